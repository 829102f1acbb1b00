"""Filters of the list of pallets."""

from common.api.filters import ListFilter, choice, flag, text
from pallets.models import Pallet
from pallets.states import PalletState


class PalletFilter(ListFilter):
    storeID = text("store__panel_id")
    state = choice(PalletState.values, "state")
    hasEstimates = flag("has_estimates")
    carrier = text("carrier", lookup_expr="iexact")
    tracking = text("tracking", lookup_expr="iexact")

    class Meta:
        model = Pallet
        fields: tuple[str, ...] = ()
