"""Spending as the workers do it: drafts that are promised with few statements, and whole carts with their pallets."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from allocation.models import Cart, CartLine, Policy
from allocation.snapshot import Candidate
from allocation.states import CartState
from clients.models import Client, Store
from clients.services import hold_balance
from common.fields import amount as sql_amount
from common.money import ZERO, cents
from common.transactions import durable
from inventory.models import Asin
from inventory.packaging import case_box
from inventory.services import reserve_units
from pallets.lines import lines_on, loads_of, total_of
from pallets.loading import pack_loads
from pallets.proposal import Proposal
from pallets.services.carts import save_proposal
from pallets.services.locking import lock_goods

MOST_CASES = 2
DRAFTS = 40  # at once
KEPT = 10
TRIED_AGAIN = 0.7
_FIRST_CODE = 900_000_000  # no cart that numbers itself comes as far
_CODES_OF_ONE = 1_000_000


@dataclass(frozen=True)
class Draft:
    """A draft cart: what promising it takes, units by ASIN id and USD."""

    code: str
    client_id: int
    units: Mapping[int, int]
    total: Decimal


@durable
def promise(draft: Draft) -> None:
    """Reserve and hold all of `draft`, or nothing: the locks, the services and their order are those of
    `pallets.services.carts`, without what it packs, prices and tells.

    Raises InsufficientUnits, InsufficientBalance, Conflict where it is no draft any more, Busy.
    """
    cart = Cart.objects.select_for_update().only("code", "state", "version").get(code=draft.code)
    lock_goods(draft.units, [draft.client_id])
    reserve_units(units=draft.units, reference=draft.code)
    hold_balance(client_id=draft.client_id, amount=draft.total, key=f"hold:{draft.code}", reference=draft.code)
    cart.move(CartState.CONFIRMED, hold=draft.total, hold_open=draft.total, confirmed_at=timezone.now())
    Client.objects.filter(pk=draft.client_id).update(total_allocated=F("total_allocated") + sql_amount(draft.total))


def promise_whole(proposal: Proposal) -> str:
    """A whole cart with its pallets, as generating does it once it is solved and packed; its code. Raises as that."""
    return save_proposal(proposal=proposal, confirm=True).code


def is_kept(code: str) -> bool:
    """Whether nobody cancels the promised draft `code`, one in ten: the panel charges it."""
    return int(code.removeprefix("C-")) % KEPT == 0


class Drafts:
    """Drafts of one worker, which has codes of its own."""

    def __init__(self, worker: int, chance: random.Random) -> None:
        self._next = _FIRST_CODE + worker * _CODES_OF_ONE
        self._chance = chance
        self._asins = list(Asin.objects.order_by("pk"))
        self._stores = list(Store.objects.order_by("pk"))
        self._policy = Policy.objects.get(slug="oldest-first")
        self._ready: list[Draft] = []

    def take(self) -> Draft:
        """The next one; new ones are made where none is left."""
        if not self._ready:
            self._ready = _write([self._plan() for _ in range(DRAFTS)])
        return self._ready.pop()

    def put_back(self, draft: Draft) -> None:
        """It was refused, and is mostly tried again; always, only the large ones would be left in the end."""
        if self._chance.random() < TRIED_AGAIN:
            self._ready.insert(self._chance.randint(0, len(self._ready)), draft)

    def _plan(self) -> tuple[Cart, list[CartLine]]:
        store, cases = self._chance.choice(self._stores), some_cases(self._asins, self._chance)
        lines = [_line(asin, count) for asin, count in cases.items()]
        goods, shipping = (sum((getattr(one, name) for one in lines), ZERO) for name in ("cost", "shipping"))
        self._next += 1
        return Cart(
            code=f"C-{self._next}",
            client_id=store.client_id,
            store=store,
            policy=self._policy,
            amount=goods + shipping,
            goods=goods,
            shipping=shipping,
            is_pooled=True,
        ), lines


def some_cases(asins: Sequence[Asin], chance: random.Random) -> dict[Asin, int]:
    """Cases of one or two ASINs, one or two of each."""
    chosen = chance.sample(asins, min(len(asins), chance.choice((1, 1, 2))))
    return {asin: chance.randint(1, MOST_CASES) for asin in chosen}


def _line(asin: Asin, cases: int) -> CartLine:
    units = cases * asin.case_pack
    return CartLine(
        asin=asin,
        cases=cases,
        case_pack=asin.case_pack,
        units=units,
        unit_cost=asin.unit_cost,
        cost=cents(asin.unit_cost * units),
        shipping=cents(asin.max_shipping * units),
        min_shipping=asin.min_shipping,
        max_shipping=asin.max_shipping,
    )


@durable
def _write(plans: Sequence[tuple[Cart, list[CartLine]]]) -> list[Draft]:
    Cart.objects.bulk_create(cart for cart, _ in plans)
    ids = dict(Cart.objects.filter(code__in=[cart.code for cart, _ in plans]).values_list("code", "pk"))
    for cart, lines in plans:
        for line in lines:
            line.cart_id, line.pk = ids[cart.code], None
    CartLine.objects.bulk_create(line for _, lines in plans for line in lines)
    return [
        Draft(cart.code, cart.client_id, {one.asin_id: one.units for one in lines}, cart.goods + cart.shipping)
        for cart, lines in plans
    ]


def propose_some(count: int, chance: random.Random) -> list[Proposal]:
    """Proposals for whole carts on a pallet of their own, each small enough to be paid for now and then."""
    asins, stores = list(Asin.objects.order_by("pk")), list(Store.objects.select_related("client").order_by("pk"))
    policy = Policy.objects.get(slug="oldest-first")
    return [_propose(chance.choice(stores), policy, some_cases(asins, chance)) for _ in range(count)]


def _propose(store: Store, policy: Policy, cases: Mapping[Asin, int]) -> Proposal:
    candidates = {
        asin.code: Candidate(asin, case_box(asin, None), count, asin.unit_cost) for asin, count in cases.items()
    }
    counts = {asin.code: count for asin, count in cases.items()}
    pallets = pack_loads(loads_of(candidates, counts), effort="fast")
    lines = lines_on(pallets, candidates, counts)
    return Proposal(
        store=store,
        policy=policy,
        amount=total_of(lines),
        lines=tuple(lines),
        pallets=tuple(pallets),
        worth=sum((pallet.fill for pallet in pallets), Decimal(0)),
        is_pooled=False,
        build_anyway=True,
        value=ZERO,
        bound=ZERO,
    )
