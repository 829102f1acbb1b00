import pytest

from clients.models import Store
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.batches import BUYERS


@pytest.fixture
def store() -> Store:
    """A store ungated for toys, of a client with $10,000."""
    store = make_store(client=make_client(balance="10000.00", name="Acme Buyers"))
    ungate(store)
    return store


@pytest.fixture
def market() -> tuple[Store, ...]:
    """A store each of two clients over 100 cases of 6: $60 a case and up to $9 shipping. All of them go out."""
    make_asin(on_hand=600)
    stores = tuple(make_store(number, client=make_client(number, balance=money)) for number, money in BUYERS)
    for store in stores:
        ungate(store)
    return stores
