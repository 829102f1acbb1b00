"""What a store could take right now: eligible ASINs with cases in stock, and why each other one is out.

Only reads; the engine works on what is read here, outside any transaction.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from allocation.engine.problem import Client as EngineClient
from allocation.engine.problem import Item, Offer, Problem
from allocation.engine.problem import Store as EngineStore
from allocation.models import Policy
from clients.models import Store
from common.money import ZERO
from inventory.models import Asin
from inventory.packaging import CaseBox, case_box, typical_cases
from inventory.pallet_spec import GMA
from ungating.eligibility import StoreEligibility
from ungating.models import UngatingStatus


@dataclass(frozen=True)
class Candidate:
    """An ASIN that the store may take: whole cases available, value in USD a unit before shipping."""

    asin: Asin
    box: CaseBox
    cases: int
    value: Decimal


@dataclass(frozen=True)
class LeftOut:
    """An ASIN that is not in the cart: a code for machines and the reason in words."""

    asin: str
    code: str
    reason: str

    def as_json(self) -> dict[str, str]:
        return {"asin": self.asin, "code": self.code, "reason": self.reason}


@dataclass(frozen=True)
class Snapshot:
    store: Store
    candidates: dict[str, Candidate]
    left_out: tuple[LeftOut, ...]

    def problem(self, budget: Decimal, *, pooled: bool = False, effort: str = "normal") -> Problem:
        """The engine's problem for `budget` USD. A pooled cart is priced at max shipping, whatever the fill."""
        client, store = self.store.client.panel_id, self.store.panel_id
        return Problem(
            clients=(EngineClient(client, max(budget, ZERO)),),
            stores=(EngineStore(store, client),),
            items=tuple(_item(candidate, pooled) for candidate in self.candidates.values()),
            offers=tuple(Offer(store, candidate.asin.code, candidate.value) for candidate in self.candidates.values()),
            fairness=0.0,
            effort=effort,
        )


def _item(candidate: Candidate, pooled: bool) -> Item:
    asin = candidate.asin
    return Item(
        id=asin.code,
        case_pack=asin.case_pack,
        unit_cost=asin.unit_cost,
        min_shipping=asin.max_shipping if pooled else asin.min_shipping,
        max_shipping=asin.max_shipping,
        load=float(GMA.load(candidate.box)),
        stock=candidate.cases,
    )


def take_snapshot(*, store: Store, policy: Policy, now: datetime, today: date) -> Snapshot:
    """Judge every ASIN in use for `store`: two queries, one for ASINs and one for the store's statuses."""
    eligibility = StoreEligibility(UngatingStatus.objects.of(store), now=now)
    asins = list(Asin.objects.in_use().oldest_first())
    typical = typical_cases(asins)
    candidates: dict[str, Candidate] = {}
    left_out: list[LeftOut] = []
    for asin in asins:
        verdict = eligibility.judge(asin)
        box = case_box(asin, typical.get(asin.category_key))
        if not verdict.eligible:
            left_out.append(LeftOut(asin.code, verdict.status, verdict.reason))
        elif not asin.available_cases:
            left_out.append(LeftOut(asin.code, "no_stock", _no_stock(asin)))
        elif misfit := GMA.misfit(box, upright_only=asin.upright_only):
            left_out.append(LeftOut(asin.code, "too_large", misfit))
        else:
            value = policy.value_of(asin, client_priority=store.client.priority, today=today)
            candidates[asin.code] = Candidate(asin, box, asin.available_cases, value.quantize(Decimal("0.00000001")))
    return Snapshot(store, candidates, tuple(left_out))


def _no_stock(asin: Asin) -> str:
    if asin.loose:
        return f"{asin.loose} loose units are short of a case of {asin.case_pack}"
    return f"nothing available: {asin.on_hand} on hand, {asin.reserved} reserved"
