"""Reads of ungating statuses as words."""

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from clients.models import Store
    from ungating.models import UngatingStatus


class UngatingStatusQuerySet(models.QuerySet["UngatingStatus"]):
    def in_use(self) -> Self:
        return self.filter(is_active=True)

    def of(self, store: "Store") -> Self:
        return self.in_use().filter(store=store)
