"""The engine's plan for one store and an amount: whatever the fill, pooled, or with enough for a pallet of its own."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allocation.engine.check import check
from allocation.engine.market import Market, Minimum
from allocation.engine.plan import Plan
from allocation.engine.setup import problem_of
from allocation.engine.solve import solve
from allocation.snapshot import Snapshot
from common.errors import DomainError
from common.money import ZERO, usd
from inventory.pallet_spec import BILLION
from ungating.models import Status


class NothingToAllocate(DomainError):
    """No line fits: nothing eligible, nothing in stock, or nothing affordable."""

    code = "nothing_to_allocate"
    title = "Nothing to allocate"


class TooLittle(Exception):
    """No goods for the amount are worth the pallets asked for and more than they are pooled; `bound` in USD is the
    value that none exceeds.
    """

    def __init__(self, bound: Decimal) -> None:
        super().__init__()
        self.bound = bound


@dataclass(frozen=True)
class Alone:
    """What a pallet of its own asks of a cart: `least` pallets' worth of goods and, as the engine estimates it, a value
    of more than `beats` USD: that of the best cart that is pooled.
    """

    least: Decimal = ZERO
    beats: Decimal = ZERO

    def minimum(self) -> Minimum:
        """The same for the engine."""
        return Minimum(int(self.least * BILLION), int(self.beats.scaleb(8)))


ANYWAY = Alone()


def solved(snapshot: Snapshot, budget: Decimal, *, pooled: bool = False, effort: str = "normal") -> Plan:
    """The engine's plan for the only store, checked. Raises NothingToAllocate with the reason where it is empty."""
    plan = _solved(snapshot, budget, pooled=pooled, effort=effort)
    if not plan.lines:
        market = snapshot.market(budgets={snapshot.store.client.panel_id: budget})
        raise NothingToAllocate(_why_empty(snapshot, market, budget), field="amount" if market.goods.ids else "storeID")
    return plan


def solved_alone(snapshot: Snapshot, budget: Decimal, alone: Alone, *, effort: str = "normal") -> Plan:
    """The same for a pallet of its own. Raises TooLittle where none is found."""
    if alone == ANYWAY:
        return solved(snapshot, budget, effort=effort)
    plan = _solved(snapshot, budget, effort=effort, minimum=alone.minimum())
    if not plan.lines:
        raise TooLittle(plan.bound)
    return plan


def _solved(snapshot: Snapshot, budget: Decimal, **wishes: Any) -> Plan:
    market = snapshot.market(budgets={snapshot.store.client.panel_id: budget}, **wishes)
    plan = solve(market)
    if faults := check(problem_of(market, plan), plan):
        raise AssertionError(f"the engine made an invalid plan: {faults[:3]}")
    return plan


def cases_of(plan: Plan) -> dict[str, int]:
    return {line.item: line.cases for line in plan.lines}


def _why_empty(snapshot: Snapshot, market: Market, budget: Decimal) -> str:
    if not market.goods.ids:
        codes = Counter(row.code for row in snapshot.left_out(snapshot.store))
        gated, empty = sum(codes.pop(status, 0) for status in Status.values), codes.pop("no_stock", 0)
        others = f"; {codes.total():,} are too large or beyond a limit" if codes else ""
        return (
            f"{snapshot.store.name} may receive nothing that is in stock: {gated:,} ASINs are not ungated for it "
            f"and {empty:,} have no whole case left{others}."
        )
    cheapest = Decimal(int((market.goods.cost * market.goods.units).min())).scaleb(-4)
    return f"{usd(budget)} pays for no whole case: the cheapest one costs {usd(cheapest)} before shipping."
