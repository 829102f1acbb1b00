"""Reads of pallets as words."""

from typing import TYPE_CHECKING, Self

from django.db import models

from pallets.states import PalletState

if TYPE_CHECKING:
    from pallets.models import Pallet


class PalletQuerySet(models.QuerySet["Pallet"]):
    def open(self) -> Self:
        """Pallets that can still be changed or cancelled."""
        return self.filter(state__in=[PalletState.PLANNED, PalletState.PACKED])
