"""The input of the engine as frozen dataclasses, and its reader.

Money is USD as `Decimal`; stock, caps and floors are whole cases; a load is a share of one full pallet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allocation.engine.fields import Reader

EFFORTS = ("fast", "normal", "thorough")
MAX_CASES = 10_000_000
MAX_CASE_PACK = 10_000
MAX_UNIT_COST = Decimal(1_000_000)
MAX_SHIPPING = Decimal(10_000)
MAX_VALUE = Decimal(100_000_000)
MAX_CASE_VALUE = Decimal(1_000_000_000)
MAX_BUDGET = Decimal(1_000_000_000_000)
MAX_WEIGHT = 1_000.0
MIN_LOAD = 1e-9


class ProblemError(ValueError):
    """Everything that is wrong with an input: `errors` is a list of {"path", "message"}."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{error['path']}: {error['message']}" for error in errors))
        self.errors = errors


@dataclass(frozen=True)
class Client:
    """One who pays: `budget` in USD covers goods and shipping of all its stores."""

    id: str
    budget: Decimal
    weight: float = 1.0


@dataclass(frozen=True)
class Store:
    id: str
    client: str


@dataclass(frozen=True)
class Item:
    """Goods: `case_pack` units a case, cost and shipping USD a unit, `load` pallets a case, `stock` cases."""

    id: str
    case_pack: int
    unit_cost: Decimal
    min_shipping: Decimal
    max_shipping: Decimal
    load: float
    stock: int
    max_stores: int | None = None


@dataclass(frozen=True)
class Offer:
    """An item that a store may take: `value` in USD a unit before shipping, `cap` and `floor` in cases."""

    store: str
    item: str
    value: Decimal
    cap: int | None = None
    floor: int = 0
    unit_cost: Decimal | None = None


@dataclass(frozen=True)
class Problem:
    clients: tuple[Client, ...]
    stores: tuple[Store, ...]
    items: tuple[Item, ...]
    offers: tuple[Offer, ...]
    fairness: float = 0.9
    effort: str = "normal"


def read_problem(data: object) -> Problem:
    """The problem in parsed JSON `data`; raises ProblemError with every fault found.

    Omitted keys take the defaults of the dataclasses; a list that is omitted is empty.
    Money may be a string ("12.50") or a number; it has at most 4 decimals, a budget 2, a value 8.
    """
    errors: list[dict[str, str]] = []
    top = Reader(data, "", errors)
    clients = [_client(row) for row in top.rows("clients")]
    stores = [_store(row) for row in top.rows("stores")]
    items = [_item(row) for row in top.rows("items")]
    offers = [_offer(row) for row in top.rows("offers")]
    fairness = top.number("fairness", 0.0, 1.0, default=0.9)
    effort = top.choice("effort", EFFORTS, default="normal")
    top.done()
    if not top.broken:
        _check_ids("clients", [client.id for client in clients], errors)
        _check_ids("stores", [store.id for store in stores], errors)
        _check_ids("items", [item.id for item in items], errors)
        _check_links(clients, stores, items, offers, errors)
    if errors:
        raise ProblemError(errors)
    return Problem(tuple(clients), tuple(stores), tuple(items), tuple(offers), fairness, effort)


def check_problem(problem: Problem) -> Problem:
    """The same rules for a problem made in code: returns it, or raises ProblemError."""
    return read_problem(problem_as_json(problem))


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """The problem as `read_problem` takes it (money as strings)."""

    def plain(value: Any) -> Any:
        return format(value, "f") if isinstance(value, Decimal) else value

    def rows(things: tuple[Any, ...]) -> list[dict[str, Any]]:
        return [{name: plain(value) for name, value in vars(thing).items()} for thing in things]

    return {
        "clients": rows(problem.clients),
        "stores": rows(problem.stores),
        "items": rows(problem.items),
        "offers": rows(problem.offers),
        "fairness": problem.fairness,
        "effort": problem.effort,
    }


def _client(row: Reader) -> Client:
    client = Client(
        id=row.text("id"),
        budget=row.money("budget", MAX_BUDGET, places=2),
        weight=row.number("weight", 0.0, MAX_WEIGHT, default=1.0, above=True),
    )
    row.done()
    return client


def _store(row: Reader) -> Store:
    store = Store(id=row.text("id"), client=row.text("client"))
    row.done()
    return store


def _item(row: Reader) -> Item:
    item = Item(
        id=row.text("id"),
        case_pack=row.whole("case_pack", 1, MAX_CASE_PACK),
        unit_cost=row.money("unit_cost", MAX_UNIT_COST),
        min_shipping=row.money("min_shipping", MAX_SHIPPING),
        max_shipping=row.money("max_shipping", MAX_SHIPPING),
        load=row.number("load", MIN_LOAD, 1.0),
        stock=row.whole("stock", 0, MAX_CASES),
        max_stores=row.whole_or_none("max_stores", 0, MAX_CASES),
    )
    row.done()
    if not row.broken and item.min_shipping > item.max_shipping:
        row.fault("min_shipping", f"{item.min_shipping} is above max_shipping {item.max_shipping}")
    return item


def _offer(row: Reader) -> Offer:
    offer = Offer(
        store=row.text("store"),
        item=row.text("item"),
        value=row.money("value", MAX_VALUE, places=8, signed=True),
        cap=row.whole_or_none("cap", 0, MAX_CASES),
        floor=row.whole("floor", 0, MAX_CASES, default=0),
        unit_cost=row.money_or_none("unit_cost", MAX_UNIT_COST),
    )
    row.done()
    if not row.broken and offer.cap is not None and offer.floor > offer.cap:
        row.fault("floor", f"{offer.floor} cases is above the cap of {offer.cap}")
    return offer


def _check_ids(name: str, ids: list[str], errors: list[dict[str, str]]) -> None:
    seen: dict[str, int] = {}
    for index, key in enumerate(ids):
        if key and key in seen:
            path = f"{name}[{index}].id"
            errors.append({"path": path, "message": f"{key!r} is already at {name}[{seen[key]}]"})
        seen.setdefault(key, index)


def _check_links(
    clients: list[Client],
    stores: list[Store],
    items: list[Item],
    offers: list[Offer],
    errors: list[dict[str, str]],
) -> None:
    """Each id that is named exists, and a store is offered an item once."""
    known = {
        "client": {c.id for c in clients},
        "store": {s.id for s in stores},
        "item": {i.id for i in items},
    }

    def check(path: str, kind: str, key: str) -> None:
        if key and key not in known[kind]:
            errors.append({"path": path, "message": f"there is no {kind} {key!r}"})

    for index, store in enumerate(stores):
        check(f"stores[{index}].client", "client", store.client)
    seen: dict[tuple[str, str], int] = {}
    packs = {item.id: item.case_pack for item in items}
    for index, offer in enumerate(offers):
        if abs(offer.value) * packs.get(offer.item, 1) > MAX_CASE_VALUE:
            message = f"a case of {packs[offer.item]} units would be worth more than {MAX_CASE_VALUE} USD"
            errors.append({"path": f"offers[{index}].value", "message": message})
        check(f"offers[{index}].store", "store", offer.store)
        check(f"offers[{index}].item", "item", offer.item)
        key = (offer.store, offer.item)
        if all(key) and key in seen:
            message = f"store {offer.store!r} is already offered {offer.item!r} at offers[{seen[key]}]"
            errors.append({"path": f"offers[{index}]", "message": message})
        seen.setdefault(key, index)
    total = math.fsum(float(client.budget) for client in clients)
    if total > float(MAX_BUDGET):
        errors.append({"path": "clients", "message": f"the budgets together are above {MAX_BUDGET}"})
