"""What the worker runs by schedule."""

from django.utils import timezone

from pallets.services.expiry import expire_suggestions


def expire() -> list[str]:
    """Expire transfer suggestions that are due; the codes of their carts."""
    return expire_suggestions(now=timezone.now())
