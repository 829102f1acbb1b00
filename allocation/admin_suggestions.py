"""The list of transfer suggestions; the page of one needs pallets and is theirs."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from allocation.admin import code_search
from allocation.models import TransferSuggestion
from allocation.states import SuggestionKind, SuggestionState
from common.admin_base import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateFilter, ReadOnlyAdmin
from common.admin_columns import EMPTY, badge, dollars, link, link_to, state, two_lines, units, usd

SUGGESTION_COLOURS = {
    SuggestionState.OPEN: "orange",
    SuggestionState.ACCEPTED: "green",
    SuggestionState.EXPIRED: "red",
}


class TransferSuggestionAdmin(ReadOnlyAdmin):
    """What waits for an answer: whose goods, where to, what they cost, until when and why."""

    list_display = (
        "cart_and_client", "kind_badge", "mutual_link", "goods_units", "price_usd", "fill_units", "top_up_usd",
        "state_badge", "expires_in", "reason",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("mutual_store", AutocompleteSelectFilter),
        ("expires_at", RangeDateFilter),
    )
    list_select_related = ("cart__client", "mutual_store")
    sortable_by = ("expires_in",)
    ordering = ("-id",)
    search_fields = ("cart__code",)
    search_help_text = _("Cart code (C-000123 or 123) or client")
    text_search = ("cart__client__name",)
    empty_title = _("No transfer suggestions")
    empty_text = _("One appears when a confirmed cart is too small for a pallet of its own.")

    mutual_link = link("mutual_store", _("mutual store"), name="name")
    goods_units = units("units", _("units"))
    price_usd = usd("amount", _("price"))
    state_badge = state("state", _("state"), SUGGESTION_COLOURS)

    def search_named(self, term: str) -> Q | None:
        return code_search("C", term, "cart__code")

    @admin.display(description=_("cart and client"))
    def cart_and_client(self, suggestion: TransferSuggestion) -> Any:
        return two_lines(link_to(suggestion, suggestion.cart.code), suggestion.cart.client.name)

    @admin.display(description=_("kind"))
    def kind_badge(self, suggestion: TransferSuggestion) -> Any:
        return badge(suggestion.get_kind_display(), "blue" if suggestion.kind == SuggestionKind.HOUSE else "")

    @admin.display(description=_("pallet"))
    def fill_units(self, suggestion: TransferSuggestion) -> str:
        return f"{suggestion.fill:.0%}"

    @admin.display(description=_("top-up"))
    def top_up_usd(self, suggestion: TransferSuggestion) -> Any:
        """With a mark where the client has the money by now."""
        if suggestion.top_up is None:
            return EMPTY
        suffices = suggestion.is_open and not suggestion.top_up_left()
        return two_lines(dollars(suggestion.top_up), badge(_("Balance suffices"), "green") if suffices else "")

    @admin.display(description=_("expires in"), ordering="expires_at")
    def expires_in(self, suggestion: TransferSuggestion) -> str:
        if not suggestion.is_open:
            return EMPTY
        now = timezone.now()
        return timeuntil(suggestion.expires_at, now, depth=1) if suggestion.expires_at > now else _t("due now")
