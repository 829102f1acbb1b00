"""Reads of pallets as words."""

from typing import TYPE_CHECKING, Self

from common.querysets import StampedQuerySet
from pallets.states import PalletState

if TYPE_CHECKING:
    from pallets.models import Pallet  # noqa: F401  named in strings below


class PalletQuerySet(StampedQuerySet["Pallet"]):
    def open(self) -> Self:
        """Pallets that can still be changed or cancelled."""
        return self.filter(state__in=[PalletState.PLANNED, PalletState.PACKED])
