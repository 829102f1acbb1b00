"""The week in figures, as a manager reads it: money, stock, carts, pallets, answers, and what is left to do."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Sum

from allocation.models import Cart, Preorder, TransferSuggestion
from allocation.states import HOLDING, CartState, SuggestionState
from clients.models import Client, PanelTransaction
from common.admin_columns import counted
from common.fields import MoneyField
from common.money import ZERO, usd
from inventory.models import Asin
from notifications.models import Alert, AlertState
from pallets.models import Pallet
from pallets.states import PalletState
from ungating.models import UngatingTask

LONGEST = 160
WIDTH = 12  # of the first column


def summary(refused: list[str], *, since: datetime) -> Iterator[str]:
    """One line a subject of what happened `since`; `refused` are the steps that the system refused in clear words."""
    subjects = {
        "Money": _money(since),
        "Stock": _stock(),
        "Carts": _carts(),
        "Pallets": _pallets(),
        "Suggestions": _suggestions(),
        "Preorders": _preorders(),
        "To do": _to_do(),
    }
    if refused:
        first = f"the first: {refused[0][:LONGEST]}"
        subjects["Refused"] = f"{counted(len(refused), 'step')} in clear words, {first}"
    for name, words in subjects.items():
        yield f"{name:{WIDTH}}{words}"


def _money(since: datetime) -> str:
    told = PanelTransaction.objects.filter(occurred_at__gte=since).order_by()
    moved = dict(told.values_list("kind").annotate(usd=Sum("amount")))
    now = Client.objects.aggregate(balance=Sum("balance"), held=Sum("held"))
    return (
        f"{usd(moved.get('deposit') or ZERO)} deposited, {usd(-(moved.get('charge') or ZERO))} charged by the panel; "
        f"balances {usd(now['balance'] or ZERO)}, of which {usd(now['held'] or ZERO)} held"
    )


def _stock() -> str:
    found = Asin.objects.aggregate(
        there=Sum("on_hand"),
        reserved=Sum("reserved"),
        short=Sum("shortage"),
        worth=Sum(F("on_hand") * F("unit_cost"), output_field=MoneyField()),
    )
    worth = usd(found["worth"] or ZERO)
    return f"{found['there']:,} units worth {worth}, {found['reserved']:,} reserved, {found['short']:,} short"


def _carts() -> str:
    made = Cart.objects.exclude(state=CartState.DRAFT)
    shipped = made.filter(state=CartState.SHIPPED)
    total = Client.objects.aggregate(usd=Sum("total_allocated"))["usd"] or ZERO
    ended = made.filter(state__in=[CartState.CANCELLED, CartState.EXPIRED]).count()
    return (
        f"{usd(total)} allocated to {counted(shipped.values('client').distinct().count(), 'client')}: "
        f"{shipped.count()} shipped, {made.filter(state__in=HOLDING).count()} open, {ended} cancelled or expired"
    )


def _pallets() -> str:
    shipped = list(Pallet.objects.filter(state=PalletState.SHIPPED).values_list("fill", "is_pooled"))
    fill = sum((fill for fill, _pooled in shipped), Decimal(0)) / max(len(shipped), 1)
    pooled = sum(pooled for _fill, pooled in shipped)
    return f"{counted(len(shipped), 'pallet')} shipped, {fill:.0%} full on average, {pooled} of them pooled"


def _suggestions() -> str:
    states = Counter(TransferSuggestion.objects.values_list("state", flat=True))
    return ", ".join(f"{states[state]} {state.label.lower()}" for state in SuggestionState)


def _preorders() -> str:
    promised = sum(one.promised for one in Preorder.objects.promised())
    pending = Preorder.objects.claiming().count()
    return f"{counted(promised, 'unit')} here and kept for their clients, {pending} still to come in full"


def _to_do() -> str:
    alerts = Alert.objects.filter(state=AlertState.OPEN).count()
    return f"{counted(alerts, 'open alert')}, {counted(UngatingTask.objects.open().count(), 'ungating task')}"
