"""Shipments: what one looks like, and the filters of their list."""

from datetime import date

import pytest

from clients.models import Store
from pallets.models import Shipment
from tests.api.conftest import Get, found, make_cart, make_pallet
from tests.api.test_goods import without_times
from tests.factories import make_asin, make_client, make_store


@pytest.fixture
def store(get: Get) -> Store:
    return make_store("3", client=make_client("7"))


@pytest.fixture
def mutual(get: Get) -> Store:
    return make_store("5", client=make_client("9", name="House"), is_mutual=True)


def test_a_shipment(get: Get, store: Store) -> None:
    shipment = Shipment.objects.create(
        store=store, state="shipped", amazon_id="FBA15ABCDEF12", carrier="Estes", shipped_on=date(2026, 11, 20)
    )
    pallets = [
        make_pallet(make_cart(store, asin), shipment=shipment).code
        for asin in (make_asin("B000000001"), make_asin("B000000002"))
    ]
    (row,) = get("/api/shipments").json()["results"]
    assert without_times(row) == {
        "shipment": shipment.code,
        "storeID": "3",
        "state": "shipped",
        "amazonID": "FBA15ABCDEF12",
        "carrier": "Estes",
        "tracking": "",
        "shippedOn": "2026-11-20",
        "pallets": pallets,
        "cartons": 2,
        "weight": "110.00",
    }
    assert get(f"/api/shipments/{shipment.code}").json() == row
    assert get("/api/shipments/S-9").status_code == 404


@pytest.mark.parametrize(
    ("parameters", "states"),
    [
        ({"storeID": "3"}, ["open"]),
        ({"state": "cancelled"}, ["cancelled"]),
        ({"amazonID": "FBA15ABCDEF12"}, ["open"]),
        ({"carrier": "ESTES"}, ["open"]),
        ({"tracking": "1Z"}, []),
    ],
)
def test_filters_of_shipments(
    get: Get, store: Store, mutual: Store, parameters: dict[str, str], states: list[str]
) -> None:
    Shipment.objects.create(store=store, amazon_id="FBA15ABCDEF12", carrier="Estes")
    Shipment.objects.create(store=mutual, state="cancelled")
    assert found(get("/api/shipments", **parameters), "state") == states
