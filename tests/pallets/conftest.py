import pytest

from clients.models import Store
from tests.factories import make_client, make_store, ungate


@pytest.fixture
def store() -> Store:
    """A store ungated for toys, of a client with $10,000."""
    store = make_store(client=make_client(balance="10000.00", name="Acme Buyers"))
    ungate(store)
    return store
