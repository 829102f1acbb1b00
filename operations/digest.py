"""What the daily digest tells: yesterday's work, and what waits for a person this morning."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.utils import timezone

from allocation.models import Cart, Preorder, TransferSuggestion
from common.admin_columns import counted, list_url
from common.andon import current_cord
from common.fields import MoneyField
from common.money import ZERO, usd
from notifications.models import Alert
from notifications.services import Section, send_digest
from pallets.models import Pallet
from pallets.states import PalletState
from sync.models import SourceState
from sync.services.polling import is_stale, polled_sources
from ungating.models import UngatingTask

SHOWN = 5


def send_daily_digest(*, now: datetime) -> int:
    """Write the digest of yesterday, in the local time zone, once; how many e-mails."""
    yesterday = timezone.localdate(now) - timedelta(days=1)
    return send_digest(sections=gather(yesterday, now=now), day=yesterday)


def gather(day: date, *, now: datetime) -> list[Section]:
    """The digest of `day` as of `now`; parts without news say so, or are left out where nobody would miss them."""
    parts = [
        _work(day),
        _suggestions(),
        _tasks(),
        _preorders(timezone.localdate(now)),
        _sources(now),
        _alerts(now),
    ]
    return [part for part in parts if part.lines]


def _work(day: date) -> Section:
    start = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))
    made = Cart.objects.filter(confirmed_at__gte=start, confirmed_at__lt=end).aggregate(
        carts=Count("pk"),
        clients=Count("client", distinct=True),
        usd=Sum(F("goods") + F("shipping"), output_field=MoneyField()),
    )
    gone = Pallet.objects.filter(state=PalletState.SHIPPED, shipped_on=day).aggregate(
        pallets=Count("pk"), stores=Count("store", distinct=True)
    )
    worth: Decimal = made["usd"] or ZERO
    lines = [
        f"{counted(made['carts'], 'cart')} confirmed for {counted(made['clients'], 'client')}: {usd(worth)}.",
        f"{counted(gone['pallets'], 'pallet')} shipped to {counted(gone['stores'], 'store')}.",
    ]
    return Section(f"Yesterday, {day:%A %B} {day.day}", lines, list_url("allocation_cart"))


def _suggestions() -> Section:
    found = TransferSuggestion.objects.open().select_related("cart__client")
    lines = [
        f"{row.cart.code}, {row.cart.client.name}: {row.units:,} units, open until {_day(row.expires_at)}"
        for row in found.order_by("expires_at", "pk")[:SHOWN]
    ]
    return _section("Transfer suggestions to answer", lines, found, "allocation_transfersuggestion")


def _tasks() -> Section:
    found = UngatingTask.objects.open().select_related("store")
    lines = [
        f"{row.brand} at {row.store.name}: ask for {row.get_ask_display().lower()}, unlocks up to {usd(row.unlocks)}"  # type: ignore[attr-defined]
        for row in found.order_by("-unlocks", "pk")[:SHOWN]
    ]
    return _section("Ungating to ask for", lines, found, "ungating_ungatingtask")


def _preorders(today: date) -> Section:
    found = Preorder.objects.overdue(today).select_related("client", "asin")
    lines = [
        f"{row.asin.code} for {row.client.name}: {row.to_come:,} units, expected {row.expected_arrival}"
        for row in found.order_by("expected_arrival", "pk")[:SHOWN]
    ]
    return _section("Preorders that are overdue", lines, found, "allocation_preorder")


def _sources(now: datetime) -> Section:
    as_of = dict(SourceState.objects.values_list("source", "as_of"))
    stale = [source for source in polled_sources() if is_stale(source, as_of.get(source), now=now)]
    lines = [f"{source.label}: {_since(as_of.get(source))}" for source in stale]
    cord = current_cord()
    if cord.is_pulled:
        lines.insert(0, f"The Andon cord is pulled, everything automatic is stopped: {cord.reason}")
    return Section("Sources that are not fresh", lines, list_url("sync_sourcestate"))


def _alerts(now: datetime) -> Section:
    found = Alert.objects.awake(now)
    return _section(
        "Open alerts",
        [alert.title for alert in found.order_by("-last_at", "-pk")[:SHOWN]],
        found,
        "notifications_alert",
    )


def _section(title: str, lines: Iterable[str], found: QuerySet[Any], model: str) -> Section:
    shown = list(lines)
    total = found.count() if len(shown) == SHOWN else len(shown)
    more = [f"and {total - SHOWN:,} more"] if total > SHOWN else []
    return Section(f"{title} ({total:,})", [*shown, *more], list_url(model))


def _day(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%b} {timezone.localtime(moment).day}"


def _since(as_of: datetime | None) -> str:
    return f"last read {timezone.localtime(as_of):%Y-%m-%d %H:%M}" if as_of else "never read"
