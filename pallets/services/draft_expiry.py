"""Drafts that nobody confirms expire: their prices and stock are no longer those of the day. They hold nothing."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from allocation.models import Cart
from allocation.models.cart import CartChange
from allocation.states import CartState
from common.transactions import durable
from pallets.services.locking import lock_cart


def expire_drafts(*, now: datetime) -> list[str]:
    """Expire every draft that nobody has made, edited or brought up to date within DRAFT_DAYS before `now`, but for
    those of a batch that waits or runs; their codes. Safe to repeat.
    """
    return [code for code in _due(now).order_by("pk").values_list("code", flat=True) if _expire(code=code, now=now)]


def _due(now: datetime) -> QuerySet[Cart]:
    since = now - timedelta(days=settings.DRAFT_DAYS)
    touched = Exists(CartChange.objects.filter(cart=OuterRef("pk"), created_at__gt=since))
    return Cart.objects.filter(~touched, state=CartState.DRAFT, created_at__lte=since, batch__slot=None)


@durable
def _expire(*, code: str, now: datetime) -> bool:
    """False where someone was faster: it was confirmed, edited or discarded."""
    cart = lock_cart(code)
    if not _due(now).filter(pk=cart.pk).exists():
        return False
    days = settings.DRAFT_DAYS
    cart.move(CartState.EXPIRED, note=f"Nobody confirmed it within {'a day' if days == 1 else f'{days} days'}")
    return True
