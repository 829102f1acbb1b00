"""Who buys: clients, their stores, and every movement of their money."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from clients.forms import AdjustBalanceForm, ClientForm, StoreForm
from clients.models import (
    Client,
    ClientPriority,
    ClientStatus,
    EntryKind,
    LedgerEntry,
    PanelTransaction,
    Store,
    StoreStatus,
)
from clients.resources import ClientResource, StoreResource
from clients.services import adjust_balance
from common.admin_base import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    InfinitePaginator,
    RangeDateFilter,
    ReadOnlyAdmin,
    form_page,
    page_action,
)
from common.admin_columns import admin_url, badge, change_of, dollars, link, origin, state, usd
from common.admin_keys import is_key
from common.admin_sourced import SourcedAdmin
from common.import_export import ImportExportAdmin
from common.people import signed_in


def new_cart(request: HttpRequest, **chosen: int) -> list[dict[str, Any]]:
    """The link to the cart generator with a client or store `chosen`, for those who may use it."""
    if not request.user.has_perm("allocation.add_cart"):
        return []
    return [{"title": _("New cart"), "url": f"{reverse('admin:cart_generator')}?{urlencode(chosen)}"}]


@admin.register(Client)
class ClientAdmin(ImportExportAdmin, SourcedAdmin):
    form = ClientForm
    resource_classes = (ClientResource,)
    list_display = (
        "name", "panel_id", "status_badge", "priority_badge", "balance_usd", "held_usd", "available_usd",
        "allocated_usd", "last_pallet_on", "origin",
    )  # fmt: skip
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("priority", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("is_active", BooleanRadioFilter),
    )
    sortable_by = ("name", "balance_usd", "last_pallet_on")
    ordering = ("name", "panel_id")
    search_fields = ("name",)
    search_help_text = _("Client ID, name or e-mail")
    exact_search = ("panel_id",)
    text_search = ("name", "email")
    readonly_fields = (
        "balance_usd", "held_usd", "available_usd", "allocated_usd", "last_pallet_on", "origin", "created_at",
        "updated_at",
    )  # fmt: skip
    feed_name = _("the AutoFBA panel")
    feed_fields = ("panel_id", "name", "email", "status", "priority")
    fieldsets = (
        (None, {"fields": (("name", "panel_id"), ("email", "status", "priority"))}),
        (
            _("Money"),
            {
                "description": _(
                    "USD. Held = in confirmed carts and not yet charged in the panel. Available = balance − held."
                ),
                "fields": (("balance_usd", "held_usd", "available_usd"), ("allocated_usd", "last_pallet_on")),
            },
        ),
        (_("Record"), {"fields": (("is_active", "origin"), ("created_at", "updated_at"))}),
    )
    add_fieldsets = ((None, {"fields": ("name", "panel_id", "email", ("status", "priority"))}),)
    actions_detail = ("adjust_balance_page",)
    empty_title = _("No clients yet")
    empty_text = _("Load them from the AutoFBA panel with “manage.py sync panel”, import a CSV, or add one by hand.")

    origin = origin
    status_badge = state("status", _("status"), {ClientStatus.ACTIVE: "green", ClientStatus.PAUSED: "orange"})
    priority_badge = state("priority", _("priority"), {ClientPriority.HIGH: "red", ClientPriority.LOW: "blue"})
    balance_usd = usd("balance", _("balance"), sortable=True)
    held_usd = usd("held", _("held"))
    available_usd = usd("available", _("available"))
    allocated_usd = usd("total_allocated", _("total allocated"))

    def related_lists(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        return [*new_cart(request, client=obj.pk), *super().related_lists(request, obj)]

    def has_adjust_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("clients.change_client"))

    @page_action(description=_("Adjust balance"), url_path="adjust-balance", icon="payments", permissions=["adjust"])
    def adjust_balance_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.get_object(request, object_id)
        if client is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        if client.from_feed:
            messages.error(request, f"The balance of {client.name} belongs to the AutoFBA panel; change it there.")
            return redirect(admin_url(client))

        def act(values: dict[str, Any]) -> str:
            adjust_balance(client_id=client.pk, actor=signed_in(request), **values)
            return f"{client.name}: balance changed by {dollars(values['change'])}."

        return form_page(
            self,
            request,
            form=AdjustBalanceForm(request.POST or None),
            title=f"Adjust balance of {client.name}",
            submit=_("Adjust balance"),
            back=admin_url(client),
            subject=client,
            act=act,
            facts=[
                (_("balance"), dollars(client.balance)),
                (_("held"), dollars(client.held)),
                (_("available"), dollars(client.available)),
            ],
        )

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """A feed's client has no button for what only the panel may change."""
        actions: list[Any] = super().get_actions_detail(request, object_id)
        client = self.get_object(request, str(object_id))
        return [] if client is None or client.from_feed else actions


@admin.register(Store)
class StoreAdmin(ImportExportAdmin, SourcedAdmin):
    form = StoreForm
    resource_classes = (StoreResource,)
    list_display = ("name", "panel_id", "client_link", "marketplace", "status_badge", "kind", "origin")
    list_filter = (
        ("client", AutocompleteSelectFilter),
        ("status", ChoicesDropdownFilter),
        ("is_mutual", BooleanRadioFilter),
        ("source", ChoicesDropdownFilter),
        ("is_active", BooleanRadioFilter),
    )
    list_select_related = ("client",)
    autocomplete_fields = ("client",)
    sortable_by = ("name",)
    ordering = ("name", "panel_id")
    search_fields = ("name",)
    search_help_text = _("Store ID, name, or the client's name")
    exact_search = ("panel_id",)
    text_search = ("name", "client__name")
    readonly_fields = ("client_link", "origin", "created_at", "updated_at")
    feed_name = _("the AutoFBA panel")
    feed_fields = ("panel_id", "client", "name", "marketplace", "is_mutual", "status")
    fieldsets = (
        (None, {"fields": (("name", "panel_id"), "client", ("marketplace", "status", "is_mutual"))}),
        (_("Record"), {"fields": (("is_active", "origin"), ("created_at", "updated_at"))}),
    )
    add_fieldsets = ((None, {"fields": ("client", "name", "panel_id", ("marketplace", "status"), "is_mutual")}),)
    empty_title = _("No stores yet")
    empty_text = _("Load them from the AutoFBA panel with “manage.py sync panel”, import a CSV, or add one by hand.")

    origin = origin
    client_link = link("client", _("client"), name="name")
    status_badge = state("status", _("status"), {StoreStatus.ACTIVE: "green", StoreStatus.SUSPENDED: "red"})

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("client")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """A picker beside a chosen client (`?client=` key) offers that client's stores alone."""
        client = request.GET.get("client", "")
        if is_key(client) and request.path == reverse("admin:autocomplete"):
            queryset = queryset.filter(client=client)
        return super().get_search_results(request, queryset, search_term)

    def related_lists(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        return [*new_cart(request, client=obj.client_id, store=obj.pk), *super().related_lists(request, obj)]

    @admin.display(description=_("kind"))
    def kind(self, store: Store) -> Any:
        return badge(_("Mutual"), "blue") if store.is_mutual else ""


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at", "client_link", "kind_badge", "balance_usd", "held_usd", "reference", "reason", "actor",
    )  # fmt: skip
    list_display_links = ("created_at",)
    list_filter = (
        ("client", AutocompleteSelectFilter),
        ("kind", ChoicesDropdownFilter),
        ("created_at", RangeDateFilter),
    )
    list_select_related = ("client", "actor")
    paginator = InfinitePaginator
    sortable_by = ()
    search_fields = ("reference",)
    search_help_text = _("Reference (C-000123) or client ID")
    exact_search = ("reference", "client__panel_id", "key")
    fields = (
        "created_at", "client_link", "kind_badge", ("balance_usd", "held_usd"), "reference", "reason", "actor", "key",
    )  # fmt: skip
    empty_title = _("No ledger entries yet")
    empty_text = _("Every change of a balance and every hold leaves a line here that can never be changed.")

    client_link = link("client", _("client"), name="name")
    kind_badge = state(
        "kind",
        _("kind"),
        {EntryKind.PANEL: "blue", EntryKind.HOLD: "orange", EntryKind.SETTLEMENT: "green", EntryKind.CORRECTION: "red"},
    )
    balance_usd = change_of("balance_change", _("balance"), money=True)
    held_usd = change_of("held_change", _("held"), money=True)


@admin.register(PanelTransaction)
class PanelTransactionAdmin(ReadOnlyAdmin):
    list_display = ("panel_id", "occurred_at", "client_link", "kind", "amount_usd", "reference", "settled_usd")
    list_filter = (("client", AutocompleteSelectFilter), ("occurred_at", RangeDateFilter))
    list_select_related = ("client",)
    paginator = InfinitePaginator
    sortable_by = ()
    search_fields = ("reference",)
    search_help_text = _("Transaction ID or reference (C-000123)")
    exact_search = ("panel_id", "reference")
    fields = ("panel_id", "occurred_at", "client_link", "kind", ("amount_usd", "settled_usd"), "reference")
    empty_title = _("No panel transactions yet")
    empty_text = _("They come with the panel: manage.py sync panel")

    client_link = link("client", _("client"), name="name")
    amount_usd = usd("amount", _("amount"))
    settled_usd = usd("settled", _("settled"))
