"""The home page: what needs a person now, how fresh the sources are, money and stock at a glance."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from allocation.admin import CART_COLOURS
from allocation.models import Cart, Preorder, TransferSuggestion
from allocation.states import PreorderNeed
from clients.models import Client
from common.admin_columns import admin_url, badge, bar, counted, dollars, link_to, list_url, two_lines
from common.fields import MoneyField
from common.money import ZERO
from inventory.models import Asin
from notifications.admin import KIND_COLOURS
from notifications.models import Alert
from pallets.admin import STATE_COLOURS
from pallets.models import Pallet
from sync.presentation import SourceView, source_views
from ungating.models import UngatingTask

SHOWN = 6
NEED_COLOURS = {
    PreorderNeed.CONFIRM: "blue",
    PreorderNeed.CREDIT: "orange",
    PreorderNeed.OVERDUE: "red",
    PreorderNeed.ALLOCATE: "green",
}


@dataclass(frozen=True)
class Figure:
    """One number with what it counts, and the list it comes from."""

    label: Any
    value: str
    note: str
    url: str


@dataclass(frozen=True)
class Panel:
    """A short table with a link to the whole list; `empty` is said where it has no rows."""

    title: Any
    url: str
    headers: tuple[Any, ...]
    rows: list[tuple[Any, ...]]
    empty: Any


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds `figures` and `panels` of what this user may see; one query for each."""
    can = request.user.has_perm
    now = timezone.now()
    figures: list[Figure] = []
    if can("inventory.view_asin"):
        figures += stock_figures()
    if can("clients.view_client"):
        figures += money_figures()
    panels = [
        make(now)
        for permission, make in (
            ("notifications.view_alert", alerts_panel),
            ("allocation.view_transfersuggestion", suggestions_panel),
            ("ungating.view_ungatingtask", ungating_panel),
            ("allocation.view_preorder", preorders_panel),
            ("sync.view_sourcestate", sources_panel),
            ("allocation.view_cart", carts_panel),
            ("pallets.view_pallet", pallets_panel),
        )
        if can(permission)
    ]
    return context | {"figures": figures, "panels": panels, "title": _("Home")}


def stock_figures() -> list[Figure]:
    worth = ExpressionWrapper((F("on_hand") - F("reserved")) * F("unit_cost"), output_field=MoneyField())
    stock = Asin.objects.in_use().aggregate(
        units=Sum(F("on_hand") - F("reserved")),
        promised=Sum("reserved"),
        worth=Sum(worth),
        asins=Count("pk", filter=Q(on_hand__gt=F("reserved"))),
        short=Count("pk", filter=Q(shortage__gt=0)),
    )
    asins = list_url("inventory_asin", "?stock=available")
    short = f", {stock['short']:,} short" if stock["short"] else ""
    return [
        Figure(_("Stock available"), dollars(stock["worth"] or ZERO), f"{stock['asins']:,} ASINs{short}", asins),
        Figure(_("Units available"), f"{stock['units'] or 0:,}", f"{stock['promised'] or 0:,} reserved", asins),
    ]


def money_figures() -> list[Figure]:
    money = Client.objects.filter(is_active=True).aggregate(
        owned=Sum("balance"), promised=Sum("held"), clients=Count("pk", filter=Q(status="active"))
    )
    balance, held = money["owned"] or ZERO, money["promised"] or ZERO
    clients = list_url("clients_client")
    return [
        Figure(_("Client balances"), dollars(balance), f"{money['clients']:,} active clients", clients),
        Figure(_("Held for carts"), dollars(held), f"{dollars(balance - held)} left to allocate", clients),
    ]


def alerts_panel(now: datetime) -> Panel:
    alerts = Alert.objects.awake(now).order_by("-last_at", "-id")[:SHOWN]
    return Panel(
        _("Open alerts"),
        list_url("notifications_alert"),
        (_("What"), _("Since")),
        [
            (
                two_lines(link_to(alert), badge(alert.get_kind_display(), KIND_COLOURS.get(alert.kind, ""))),  # type: ignore[call-overload]
                ago(alert.last_at, now),
            )
            for alert in alerts
        ],
        _("All quiet: nothing needs you."),
    )


def suggestions_panel(now: datetime) -> Panel:
    found = TransferSuggestion.objects.open().select_related("cart__client", "mutual_store")
    return Panel(
        _("Open transfer suggestions"),
        list_url("allocation_transfersuggestion", "?state__exact=open"),
        (_("Cart"), _("Client and goods"), _("Pool in"), _("Expires")),
        [
            (
                link_to(row, row.cart.code),
                two_lines(row.cart.client.name, f"{row.units:,} units, {dollars(row.amount)}"),
                two_lines(
                    row.mutual_store.name if row.mutual_store else _("no mutual store may receive it"),
                    row.get_kind_display() if row.is_for_house else "",
                ),
                timezone.localtime(row.expires_at).strftime("%b %d"),
            )
            for row in found.order_by("expires_at", "id")[:SHOWN]
        ],
        _("No cart waits to be pooled."),
    )


def ungating_panel(now: datetime) -> Panel:
    tasks = UngatingTask.objects.open().select_related("store").order_by("-unlocks", "pk")[:SHOWN]
    return Panel(
        _("Ungating to ask for"),
        list_url("ungating_ungatingtask", "?state__exact=open"),
        (_("Brand"), _("Store"), _("Unlocks up to")),
        [
            (two_lines(link_to(task, task.brand), task.get_ask_display()), task.store.name, dollars(task.unlocks))  # type: ignore[attr-defined]
            for task in tasks
        ],
        _("Gating alone keeps no store from goods worth asking for."),
    )


def preorders_panel(now: datetime) -> Panel:
    found = Preorder.objects.needing_a_person(timezone.localdate(now)).select_related("client", "store", "asin")
    return Panel(
        _("Preorders that need you"),
        list_url("allocation_preorder"),
        (_("Preorder"), _("Client"), _("What")),
        [
            (
                two_lines(link_to(row, row.asin.code), f"{row.quantity:,} units, {date_format(row.expected_arrival)}"),
                two_lines(row.client.name, row.store.name),
                _need(row),
            )
            for row in found[:SHOWN]
        ],
        _("No preorder is late, and none has units that wait."),
    )


def _need(preorder: Any) -> Any:
    """What to do about a preorder found by `needing_a_person`, and how many units or USD of it."""
    need = PreorderNeed(preorder.need)
    note = {
        PreorderNeed.CONFIRM: f"{preorder.proposed or 0:,} units came in",
        PreorderNeed.CREDIT: f"{dollars(preorder.credit_due)} to {preorder.client.name}",
        PreorderNeed.OVERDUE: f"{preorder.to_come:,} units to come",
        PreorderNeed.ALLOCATE: f"{preorder.promised:,} units to allocate",
    }[need]
    return two_lines(badge(need.label, NEED_COLOURS[need]), note)


def sources_panel(now: datetime) -> Panel:
    rows: list[tuple[Any, ...]] = []
    for view in source_views(now=now):
        name = link_to(view.state, view.source.label) if view.state else view.source.label
        found = counted(view.refusals + view.warnings, _("row issue")) if view.refusals or view.warnings else ""
        rows.append((two_lines(name, found), view.age, _freshness(view)))
    return Panel(_("Sources"), list_url("sync_sourcestate"), (_("Source"), _("As of"), _("State")), rows, "")


def _freshness(view: SourceView) -> Any:
    """The badge; where a person is needed it leads to where one decides."""
    if view.state is None or not view.needs_a_person:
        return view.badge
    held = view.state.held_run_id
    page = reverse("admin:sync_sourcestate_held", args=[held]) if held else admin_url(view.state)
    return format_html('<a href="{}">{}</a>', page, view.badge)


def carts_panel(now: datetime) -> Panel:
    carts = Cart.objects.select_related("client", "store").order_by("-id")[:SHOWN]
    return Panel(
        _("Latest carts"),
        list_url("allocation_cart"),
        (_("Cart"), _("Client and store"), _("State"), _("Total")),
        [
            (
                link_to(cart),
                two_lines(cart.client.name, cart.store.name),
                badge(cart.get_state_display(), CART_COLOURS.get(cart.state, "")),  # type: ignore[call-overload]
                dollars(cart.total),
            )
            for cart in carts
        ],
        _("No carts yet: make the first one with “New cart”."),
    )


def pallets_panel(now: datetime) -> Panel:
    pallets = Pallet.objects.select_related("store").defer("placements").order_by("-id")[:SHOWN]
    return Panel(
        _("Latest pallets"),
        list_url("pallets_pallet"),
        (_("Pallet"), _("Store"), _("State"), _("Fill")),
        [
            (
                link_to(pallet),
                pallet.store.name,
                badge(pallet.get_state_display(), STATE_COLOURS.get(pallet.state, "")),  # type: ignore[call-overload]
                bar(pallet.fill),
            )
            for pallet in pallets
        ],
        _("No pallets yet: they are planned when a cart is confirmed."),
    )


def ago(moment: datetime, now: datetime) -> str:
    if now - moment < timedelta(minutes=1):
        return str(_("just now"))
    return f"{timesince(moment, now, depth=1)} ago"
