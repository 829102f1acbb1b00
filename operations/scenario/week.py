"""The seven days. Each does what staff, clients and outside systems do in a week, and says in lines what came of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.contrib.auth.models import User
from django.db.models import F, Sum
from django.utils import timezone

from allocation.models import Cart, Policy, Preorder, PreorderArrival, TransferSuggestion
from allocation.services.arrival_proposals import propose_arrivals
from allocation.services.arrivals import Coming, confirm_arrivals
from allocation.states import HOLDING, ArrivalState, CartState, SuggestionKind
from clients.models import Client
from common.admin_columns import counted
from common.andon import pull_cord, release_cord
from common.errors import DomainError
from common.models import RunState
from common.money import usd
from inventory.models import Asin
from operations.digest import send_daily_digest
from operations.scenario.upstream import Upstream
from pallets.models import Pallet
from pallets.services.batch_run import run_batch
from pallets.services.batches import accept_batch, start_batch
from pallets.services.cancel import cancel_cart
from pallets.services.carts import generate_pallets
from pallets.services.expiry import expire_suggestions
from pallets.services.shipments import make_shipment, ship_shipment
from pallets.services.shipping import pack_pallet
from pallets.services.suggestions import accept_suggestion, dismiss_suggestion
from pallets.services.ungating_follow import follow_ungating
from pallets.states import PalletState
from sync.models import SourceName
from sync.services.held import discard_run
from sync.services.words import headline
from sync.tasks import tick
from ungating.models import UngatingTask

DEPOSITS = 6
DEPOSIT = Decimal("4000.00")
ARRIVING = 3
OFFERS = 4  # for the house that are taken
LATER = timedelta(days=8)  # beyond the life of a suggestion


@dataclass
class Week:
    """What the days share: the outside systems, who acts, and what was refused on the way in clear words."""

    upstream: Upstream
    actor: User
    now: datetime
    refused: list[str] = field(default_factory=list)

    def attempt(self, act: Callable[[], object]) -> bool:
        """Whether `act` could be done; a clear refusal is part of a week, anything else is an error of ours."""
        try:
            act()
        except DomainError as refusal:
            self.refused.append(str(refusal))
            return False
        return True


def monday(week: Week) -> Iterator[str]:
    """Data in, deposits, and a cart for everybody."""
    for source in SourceName:
        yield headline(week.upstream.read(source))
    poorest = Client.objects.exclude(stores__is_mutual=True).filter(status="active").order_by("balance", "pk")
    for client in poorest[:DEPOSITS]:
        week.upstream.book(client.panel_id, DEPOSIT, kind="deposit")
    yield f"{counted(DEPOSITS, 'client')} deposit {usd(DEPOSIT)} each. {headline(week.upstream.read(SourceName.PANEL))}"
    batch = start_batch(
        policy=Policy.objects.get(is_default=True),
        fairness=Decimal("0.9"),
        effort="fast",
        actor=week.actor,
        in_background=False,
    )
    made = run_batch(batch_id=batch.pk)
    done = accept_batch(batch=made, actor=week.actor)
    week.refused += [refusal.reason for refusal in done.refused]
    spent = sum((cart.total for cart in done.confirmed), Decimal(0))
    pallets = Pallet.objects.filter(state=PalletState.PLANNED).count()
    carts = counted(len(done.confirmed), "cart")
    yield f"Batch: {carts} confirmed for {usd(spent)}, {counted(pallets, 'pallet')} planned."


def tuesday(week: Week) -> Iterator[str]:
    """What is too little for a pallet of its own is pooled, or let go."""
    waiting = list(TransferSuggestion.objects.transfers().open().order_by("pk"))
    accepted = 0
    for suggestion in waiting[:-2]:
        accepted += week.attempt(partial(accept_suggestion, pk=suggestion.pk, actor=week.actor))
    dismissed = 0
    for suggestion in waiting[-2:-1]:
        reason = "The client wants to top up first"
        dismissed += week.attempt(partial(dismiss_suggestion, pk=suggestion.pk, reason=reason, actor=week.actor))
    pooled = Pallet.objects.filter(is_pooled=True, state=PalletState.PLANNED).count()
    told = counted(len(waiting), "transfer suggestion")
    yield f"{told}: {accepted} accepted onto {counted(pooled, 'pooled pallet')}, {dismissed} dismissed."
    yield from _house(week)


def _house(week: Week) -> Iterator[str]:
    """The house buys some of what clients cannot pay for, as many cases as others have left."""
    offers = list(TransferSuggestion.objects.open().filter(kind=SuggestionKind.HOUSE).order_by("-amount", "pk"))
    bought = 0
    for offer in offers[:OFFERS]:
        asins = Asin.objects.in_bulk([row["asin"] for row in offer.goods], field_name="code")
        free = {row["asin"]: asins[row["asin"]].available // row["casePack"] for row in offer.goods}
        cases = {row["asin"]: min(row["cases"], free[row["asin"]]) for row in offer.goods if free[row["asin"]] > 0}
        if cases:
            bought += week.attempt(partial(accept_suggestion, pk=offer.pk, cases=cases, actor=week.actor))
    made = TransferSuggestion.objects.exclude(made_cart=None)
    held = made.aggregate(usd=Sum("made_cart__hold_open"))
    total = usd(held["usd"] or Decimal(0))
    yield f"{counted(len(offers), 'suggestion')} for the house: {bought} of them bought, {total} of its balance held."


def wednesday(week: Week) -> Iterator[str]:
    """Goods arrive for preorders."""
    pending = list(Preorder.objects.pending().select_related("asin").order_by("expected_arrival", "pk")[:ARRIVING])
    week.upstream.deliver({one.asin.code: one.to_come for one in pending})
    yield headline(week.upstream.read(SourceName.PORTAL))
    propose_arrivals(now=timezone.now())  # as the reading has done; a second time proposes nothing
    arrived = 0
    rows = PreorderArrival.objects.filter(state=ArrivalState.PROPOSED).select_related("preorder")
    for row in list(rows.order_by("preorder__asin_id", "pk")):
        coming = Coming(row.preorder_id, row.proposed, row.preorder.arrived, row.proposed)
        arrived += week.attempt(
            partial(
                confirm_arrivals,
                asin_id=row.preorder.asin_id,
                coming=[coming],
                key=f"week-{row.pk}",
                now=timezone.now(),
                actor=week.actor,
            )
        )
    kept = sum(one.promised for one in Preorder.objects.promised())
    yield f"{counted(arrived, 'arrival')} confirmed: {counted(kept, 'unit')} kept for their preorders."


def thursday(week: Week) -> Iterator[str]:
    """A brand is opened for a store."""
    follow_ungating(now=timezone.now())
    task = UngatingTask.objects.open().select_related("store").order_by("-unlocks", "pk").first()
    if task is None:
        yield "No store is kept from anything worth asking for."
        return
    tasks = UngatingTask.objects.open().count()
    yield f"{counted(tasks, 'ungating task')}; the best: {task} at {task.store}."
    week.upstream.ungate(task.store.panel_id, task.brand)
    yield headline(week.upstream.read(SourceName.UNGATING))
    follow_ungating(now=timezone.now())
    made = week.attempt(partial(generate_pallets, store_id=task.store.panel_id, actor=week.actor))
    yield f"Amazon approves {task.brand} for {task.store}: {'a cart is made' if made else week.refused[-1]}."


def friday(week: Week) -> Iterator[str]:
    """Pallets are packed and leave; the panel charges for them."""
    planned = list(Pallet.objects.filter(state=PalletState.PLANNED).order_by("pk").values_list("code", flat=True))
    packed = [code for code in planned if week.attempt(partial(pack_pallet, code=code, actor=week.actor))]
    by_store: dict[int, list[str]] = {}
    for code, store in Pallet.objects.filter(code__in=packed).order_by("pk").values_list("code", "store_id"):
        by_store.setdefault(store, []).append(code)
    shipped = 0
    for codes in by_store.values():
        shipment = make_shipment(pallets=codes, actor=week.actor)
        leave = partial(ship_shipment, shipped_on=timezone.localdate(), carrier="LTL", actor=week.actor)
        shipped += week.attempt(partial(leave, code=shipment.code))
    yield f"{counted(len(packed), 'pallet')} packed, {counted(shipped, 'shipment')} on the way."
    charged = list(
        Cart.objects.filter(state=CartState.SHIPPED, hold_open__gt=0).select_related("client").order_by("pk")
    )
    for number, cart in enumerate(charged):
        # The panel sometimes charges a dollar less, and once a dollar more.
        wrong = {1: Decimal(-1), 2: Decimal(1)}.get(number, Decimal(0))
        week.upstream.book(cart.client.panel_id, -(cart.hold_open + wrong), kind="charge", reference=cart.code)
    yield f"The panel charges for {counted(len(charged), 'cart')}. {headline(week.upstream.read(SourceName.PANEL))}"


def saturday(week: Week) -> Iterator[str]:
    """Trouble: a sheet that was filtered, stock that is not there, and the cord."""
    sheet = week.upstream.sheet_text()
    week.upstream.filter_rows(50)
    held = week.upstream.read(SourceName.PORTAL)
    yield f"Somebody filters the sheet: {held.state}. {held.error.splitlines()[0]}"
    if held.state == RunState.HELD and held.run_id is not None:
        discard_run(run_id=held.run_id, reason="The sheet was filtered by mistake", actor=week.actor)
    week.upstream.restore_sheet(sheet)
    pull_cord(reason="The sheet is being repaired", actor=week.actor)
    yield f"The cord is pulled: {tick()}"
    release_cord(reason="The sheet is whole again", actor=week.actor)
    yield from _shortage(week)
    yield headline(week.upstream.read(SourceName.PORTAL))


def _shortage(week: Week) -> Iterator[str]:
    """Fewer units are there than are promised; a cart has to give way."""
    promised = Asin.objects.filter(reserved__gt=0, on_hand=F("reserved")).order_by("code").first()
    cart = Cart.objects.filter(state__in=HOLDING, lines__asin=promised).order_by("-pk").first() if promised else None
    if promised is None or cart is None:
        yield "Everything that is promised is there."
        return
    week.upstream.deliver({promised.code: -1})
    yield headline(week.upstream.read(SourceName.PORTAL))
    gone = week.attempt(partial(cancel_cart, code=cart.code, reason="A unit was damaged", actor=week.actor))
    then = "is cancelled" if gone else f"stays: {week.refused[-1]}"
    yield f"A unit of {promised.code} is missing: {cart.code} {then}."


def sunday(week: Week) -> Iterator[str]:
    """What nobody answered ends by itself; the digest is written."""
    expired = expire_suggestions(now=timezone.now() + LATER)
    yield f"{counted(len(expired), 'suggestion')} expired, what they held is free."
    yield f"Digest: {counted(send_daily_digest(now=timezone.now()), 'e-mail')}."


DAYS: tuple[Callable[[Week], Iterator[str]], ...] = (monday, tuesday, wednesday, thursday, friday, saturday, sunday)
