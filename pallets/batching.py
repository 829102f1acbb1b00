"""The carts of many clients from one plan: solve together, then pack and price store by store. All reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from itertools import groupby

from allocation.engine.check import check
from allocation.engine.explain import StoreReasons
from allocation.engine.market import Market
from allocation.engine.outcome import Report, Stop
from allocation.engine.plan import Line, Plan
from allocation.engine.position import Position
from allocation.engine.report import make_plan
from allocation.engine.setup import problem_of
from allocation.engine.solve import search
from allocation.snapshot import Snapshot
from allocation.snapshot_words import LeftOut
from clients.models import Client, Store
from common.errors import DomainError
from common.money import CENT, ZERO
from pallets.fitting import fit_cases
from pallets.lines import Cases
from pallets.proposal import Proposal

GATED = "It may receive nothing that is in stock."
ELSEWHERE = "Its client's money earns more in another of its stores."
NOTHING_LEFT = "Nothing was left that it may receive, that its client can pay for and that is worth its shipping."
DROPPED = "its last case was dropped: packed on real pallets the cart cost more than planned"


@dataclass(frozen=True)
class Draft:
    """One store's cart on paper, or the `problem` why there is none, and everything that is left out of it."""

    store: Store
    left_out: tuple[LeftOut, ...]
    proposal: Proposal | None = None
    problem: str = ""


@dataclass(frozen=True)
class BatchPlan:
    """The engine's plan for all stores of a snapshot, checked.

    `first_picks` has by panel id the USD of value that a client reaches at most if it chooses first; every client that
    can should get the share `guaranteed` of it. `bound` in USD is the value that no carts of all clients exceed.
    """

    snapshot: Snapshot
    market: Market
    plan: Plan
    first_picks: Mapping[str, float]
    guaranteed: float

    @property
    def value(self) -> Decimal:
        """USD of value after shipping, as the engine plans it; packed on real pallets it is a little less."""
        return self.plan.value

    @property
    def bound(self) -> Decimal:
        return self.plan.bound

    @property
    def hurdles(self) -> dict[str, Decimal]:
        """Value in USD that each client's last dollar earns, by panel id."""
        return {row.id: round(Decimal(row.hurdle), 6) for row in self.plan.clients}

    @property
    def prices(self) -> dict[str, str]:
        """USD of value that one more case of an ASIN would bring at most, by code; only where that is something."""
        return {row.id: str(row.price) for row in self.plan.items if row.price}

    @cached_property
    def _position(self) -> Position:
        return Position(self.market, self.plan)

    def drafts(self) -> Iterator[Draft]:
        """Store by store, in the order of the snapshot: together no client's carts cost more than its budget."""
        for client, stores in groupby(self.snapshot.stores, key=lambda store: store.client):
            buyer = next(buyer for buyer in self.market.buyers if buyer.id == client.panel_id)
            left = Decimal(buyer.budget).scaleb(-2)
            own = list(stores)
            for place, store in enumerate(own):
                later = sum((self._planned(other) for other in own[place + 1 :]), ZERO)
                draft = self._draft(store, left - later)
                left -= draft.proposal.total if draft.proposal else ZERO
                yield draft

    def _lines(self, store: Store) -> Sequence[Line]:
        return self._position.lines.get(store.panel_id, [])

    def _planned(self, store: Store) -> Decimal:
        """USD that the engine spends on the store."""
        return sum((line.cost + line.shipping for line in self._lines(store)), ZERO)

    def _draft(self, store: Store, amount: Decimal) -> Draft:
        cases = {line.item: line.cases for line in self._lines(store)}
        left_out = (*self.snapshot.left_out(store), *self._outbid(store))
        if not cases:
            return Draft(store, left_out, problem=self._why_none(store))
        try:
            proposal = self._packed(store, cases, amount, left_out)
        except DomainError as error:
            return Draft(store, left_out, problem=str(error))
        return Draft(store, proposal.left_out, proposal)

    def _why_none(self, store: Store) -> str:
        if not self.snapshot.offered(store).any():
            return GATED
        others = [other for other in self.snapshot.stores if other.client_id == store.client_id]
        return ELSEWHERE if any(self._lines(other) for other in others) else NOTHING_LEFT

    def _outbid(self, store: Store) -> Iterator[LeftOut]:
        """Eligible and in stock, yet not in the plan, and what kept it out."""
        for why in StoreReasons(self._position, store.panel_id).left_out():
            yield LeftOut(why.item, str(why.code), why.words())

    def _packed(self, store: Store, cases: Cases, amount: Decimal, left_out: tuple[LeftOut, ...]) -> Proposal:
        """The cases packed and priced; some are dropped where they cost more than `amount`. Raises DomainError."""
        policy = self.snapshot.policy
        packed = fit_cases(self.snapshot, store, cases, amount, effort="fast", least=policy.standalone_fill)
        dropped = (LeftOut(code, "dropped", DROPPED) for code in cases if code not in packed.cases)
        return Proposal(
            store=store,
            policy=policy,
            amount=amount,
            lines=tuple(packed.lines),
            pallets=() if packed.is_pooled else tuple(packed.pallets),
            worth=packed.worth,
            is_pooled=packed.is_pooled,
            build_anyway=False,
            value=packed.value,
            bound=max(self.first_pick(store.client), packed.value),
            left_out=(*left_out, *dropped),
        )

    def first_pick(self, client: Client) -> Decimal:
        """USD of value that no cart of this client exceeds, to the cent above."""
        return Decimal(self.first_picks[client.panel_id]).quantize(CENT, rounding=ROUND_CEILING)


def plan_batch(
    snapshot: Snapshot,
    *,
    budgets: Mapping[str, Decimal],
    fairness: Decimal,
    effort: str,
    stop: Stop | None = None,
    progress: Report | None = None,
) -> BatchPlan:
    """The best carts for all stores of the snapshot, each client within its budget in USD (by panel id)."""
    market = snapshot.market(budgets=budgets, effort=effort, fairness=float(fairness))
    outcome = search(market, stop=stop, progress=progress)
    plan = make_plan(market, outcome)
    if faults := check(problem_of(market, plan), plan):
        raise AssertionError(f"the engine made an invalid plan: {faults[:3]}")
    picks = {buyer.id: served.first_pick for buyer, served in zip(market.buyers, outcome.served, strict=True)}
    return BatchPlan(snapshot, market, plan, picks, float(fairness) * outcome.share)
