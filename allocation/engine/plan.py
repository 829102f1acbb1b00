"""The output of the engine as frozen dataclasses. Money is USD as `Decimal`; fills and shares are 0 to 1."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Line:
    """Cases of one item for one store; `cost` and `shipping` are USD, each rounded half up once."""

    store: str
    item: str
    cases: int
    units: int
    cost: Decimal
    shipping: Decimal


@dataclass(frozen=True)
class StorePlan:
    """`pallets` used, `last_fill` the fill of the one opened last (0 without pallets), `shipping` in USD."""

    id: str
    pallets: int
    last_fill: float
    shipping: Decimal


@dataclass(frozen=True)
class ClientPlan:
    """`hurdle`: value that the last dollar of the budget earns, in dollars.

    `share`: value reached over what the client could reach at most with first pick of all stock.
    `shortfall`: USD of value missing to the guaranteed part of an equal share.
    """

    id: str
    spent: Decimal
    hurdle: float
    share: float
    shortfall: Decimal


@dataclass(frozen=True)
class ItemPlan:
    """`used` cases and the `price` of stock: USD of value that one more case would bring, at most."""

    id: str
    used: int
    price: Decimal


@dataclass(frozen=True)
class UnmetFloor:
    """A floor that the plan reaches only with `cases`, and why."""

    store: str
    item: str
    floor: int
    cases: int
    reason: str


@dataclass(frozen=True)
class Plan:
    """What to send. No plan with the same floors kept is worth more than `bound`; both are after shipping."""

    lines: tuple[Line, ...]
    value: Decimal
    bound: Decimal
    gap: float
    status: str
    stores: tuple[StorePlan, ...]
    clients: tuple[ClientPlan, ...]
    items: tuple[ItemPlan, ...]
    unmet_floors: tuple[UnmetFloor, ...]
    reason: str | None
    effort: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """Plain dicts and lists; money as strings with 2 decimals."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, ".2f")
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value
