"""What the tests of carts and pallets look at."""

from decimal import Decimal

from django.utils import timezone

from clients.models import Client, Store
from inventory.models import Asin
from pallets.proposal import Proposal, propose
from tests.factories import default_policy


def proposed(store: Store) -> Proposal:
    """A cart on paper for $9,000, of data as it is now."""
    now = timezone.now()
    return propose(
        store=store, policy=default_policy(), amount=Decimal("9000.00"), now=now, today=now.date(), build_anyway=True
    )


def reserved(asin: Asin) -> int:
    return Asin.objects.get(pk=asin.pk).reserved


def money(store: Store) -> tuple[str, str]:
    """Balance and held of the store's client."""
    client = Client.objects.get(pk=store.client_id)
    return str(client.balance), str(client.held)
