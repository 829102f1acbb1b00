"""Preorders, carts, suggestions and pallets: what each looks like, and its filters."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocation.models import Cart
from clients.models import Store
from pallets.models import Shipment
from tests.api.conftest import (
    Get,
    found,
    make_cart,
    make_pallet,
    make_preorder,
    make_suggestion,
)
from tests.api.test_goods import without_times
from tests.factories import make_asin, make_client, make_store


@pytest.fixture
def store(get: Get) -> Store:
    return make_store("3", client=make_client("7"))


@pytest.fixture
def mutual(get: Get) -> Store:
    return make_store("5", client=make_client("9", name="House"), is_mutual=True)


def test_a_preorder(get: Get, store: Store) -> None:
    make_preorder(store, make_asin(), paid=Decimal("20.50"), flag="The store is suspended.")
    (row,) = get("/api/preorders").json()["results"]
    assert without_times(row) == {
        "clientID": "7",
        "storeID": "3",
        "asin": "B000000001",
        "quantity": 12,
        "arrived": 0,
        "allocated": 0,
        "unitCost": "10.00",
        "amount": "120.00",
        "paid": "20.50",
        "due": "99.50",
        "creditDue": "0.00",
        "creditedAt": None,
        "expectedArrival": "2026-12-24",
        "status": "pending",
        "flag": "The store is suspended.",
        "isActive": True,
        "source": "manual",
    }


@pytest.mark.parametrize(
    ("parameters", "quantities"),
    [
        ({"clientID": "7"}, [12, 36, 48]),
        ({"storeID": "5"}, [24]),
        ({"asin": "b000000002"}, [24]),
        ({"status": "pending"}, [12, 36]),
        ({"status": "cancelled"}, [48]),
        ({"overdue": "true"}, [36]),
        ({"overdue": "false"}, [12, 24, 48]),
        ({"creditDue": "true"}, [48]),
        ({"creditDue": "false"}, [12, 24, 36]),
        ({"isActive": "true"}, [12, 24, 36, 48]),
    ],
)
def test_filters_of_preorders(
    get: Get, store: Store, mutual: Store, parameters: dict[str, str], quantities: list[int]
) -> None:
    make_preorder(store, make_asin("B000000001"), expected_arrival=date(2099, 1, 1))
    make_preorder(mutual, make_asin("B000000002"), quantity=24, state="arrived")
    make_preorder(store, make_asin("B000000003"), quantity=36, expected_arrival=date(2026, 1, 1))
    make_preorder(store, make_asin("B000000004"), quantity=48, state="cancelled", paid=Decimal("5.00"))
    assert found(get("/api/preorders", **parameters), "quantity") == quantities


def test_a_cart(get: Get, store: Store) -> None:
    left_out = [{"asin": "B000000009", "reason": "The brand is gated."}]
    cart = make_cart(
        store,
        make_asin("B000000001"),
        value=Decimal("90.00"),
        bound=Decimal("90.03"),
        left_out=left_out,
        policy_weights={"base": "1.000"},
    )
    (row,) = get("/api/carts").json()["results"]
    assert without_times(row) == {
        "cart": cart.code,
        "clientID": "7",
        "storeID": "3",
        "state": "draft",
        "amount": "500.00",
        "policy": "oldest-first",
        "goods": "60.00",
        "shipping": "3.00",
        "total": "63.00",
        "hold": "0.00",
        "holdOpen": "0.00",
        "palletsWorth": "0.0000",
        "value": "90.00",
        "bound": "90.03",
        "gap": "0.000333",
        "pooled": False,
        "buildAnyway": False,
        "note": "",
        "confirmedAt": None,
    }
    assert get(f"/api/carts/{cart.code}").json() == row | {
        "policyWeights": {"base": "1.000"},
        "lines": [
            {
                "asin": "B000000001",
                "cases": 1,
                "casePack": 6,
                "units": 6,
                "returned": 0,
                "unitCost": "10.00",
                "cost": "60.00",
                "shipping": "3.00",
                "shippingPerUnit": "0.5000",
                "total": "63.00",
                "minShipping": "0.5000",
                "maxShipping": "1.5000",
                "value": "0.00",
            }
        ],
        "leftOut": left_out,
    }


def test_the_gap_of_a_cart_may_be_huge_or_missing(get: Get, store: Store) -> None:
    make_cart(store, value=Decimal("0.01"), bound=Decimal("999999999999.99"))
    make_cart(store)
    assert found(get("/api/carts"), "gap") == ["99999999999998.000000", None]


@pytest.mark.parametrize(
    ("parameters", "states"),
    [
        ({"clientID": "7"}, ["draft"]),
        ({"storeID": "5"}, ["cancelled"]),
        ({"state": "cancelled"}, ["cancelled"]),
        ({"pooled": "true"}, ["cancelled"]),
        ({"policy": "oldest-first"}, ["draft", "cancelled"]),
        ({"policy": "balanced"}, []),
        ({"cart": "C-000000"}, []),
    ],
)
def test_filters_of_carts(get: Get, store: Store, mutual: Store, parameters: dict[str, str], states: list[str]) -> None:
    make_cart(store)
    make_cart(mutual, state="cancelled", is_pooled=True)
    assert found(get("/api/carts", **parameters), "state") == states


def test_a_suggestion(get: Get, store: Store, mutual: Store) -> None:
    cart = make_cart(store)
    make_suggestion(cart, mutual)
    (row,) = get("/api/suggestions").json()["results"]
    assert without_times(row) == {
        "cart": cart.code,
        "clientID": "7",
        "storeID": "3",
        "kind": "transfer",
        "mutualStoreID": "5",
        "units": 6,
        "eligibleUnits": 0,
        "amount": "0.00",
        "goods": [],
        "fill": "0.0085",
        "topUp": None,
        "reason": "Too small.",
        "state": "open",
        "note": "",
        "decidedAt": None,
        "expiresAt": "2026-11-22T07:00:00-05:00",
    }


@pytest.mark.parametrize(
    ("parameters", "stores"),
    [
        ({}, ["5", None]),
        ({"mutualStoreID": "5"}, ["5"]),
        ({"clientID": "9"}, [None]),
        ({"storeID": "3"}, ["5"]),
        ({"state": "open"}, ["5", None]),
        ({"state": "accepted"}, []),
    ],
)
def test_filters_of_suggestions(
    get: Get, store: Store, mutual: Store, parameters: dict[str, str], stores: list[str | None]
) -> None:
    make_suggestion(make_cart(store), mutual)
    make_suggestion(make_cart(mutual), None)
    assert found(get("/api/suggestions", **parameters), "mutualStoreID") == stores


def test_a_pallet(get: Get, store: Store) -> None:
    placements = [{"sku": "B000000001", "x": 0, "y": 0, "z": 0, "dx": 120, "dy": 100, "dz": 80}]
    cart = make_cart(store, make_asin("B000000001"))
    pallet = make_pallet(cart, placements=placements, state="shipped", shipped_on=date(2026, 11, 20))
    (row,) = get("/api/pallets").json()["results"]
    assert without_times(row) == {
        "pallet": pallet.code,
        "storeID": "3",
        "state": "shipped",
        "cartons": 1,
        "volume": "960.00",
        "weight": "55.00",
        "height": "14.00",
        "fill": "0.0085",
        "cube": "0.0076",
        "hasEstimates": False,
        "pooled": False,
        "shipment": None,
        "shippedOn": "2026-11-20",
        "carrier": "",
        "tracking": "",
        "note": "",
        "lines": [
            {
                "cart": cart.code,
                "clientID": "7",
                "asin": "B000000001",
                "cases": 1,
                "units": 6,
                "shippingPerUnit": "0.5000",
                "shipping": "3.00",
            }
        ],
    }
    assert get(f"/api/pallets/{pallet.code}").json() == row | {"steps": [], "placements": placements}


@pytest.mark.parametrize(
    ("parameters", "states"),
    [
        ({"storeID": "3"}, ["planned"]),
        ({"state": "packed"}, ["packed"]),
        ({"hasEstimates": "true"}, ["packed"]),
        ({"carrier": "ups"}, ["packed"]),
        ({"tracking": "1Z"}, []),
        ({"pooled": "true"}, ["packed"]),
        ({"shipment": "S-000001"}, ["packed"]),
    ],
)
def test_filters_of_pallets(
    get: Get, store: Store, mutual: Store, parameters: dict[str, str], states: list[str]
) -> None:
    make_pallet(make_cart(store))
    shipment = Shipment.objects.create(store=mutual, code="S-000001")
    make_pallet(make_cart(mutual), state="packed", has_estimates=True, carrier="UPS", is_pooled=True, shipment=shipment)
    assert found(get("/api/pallets", **parameters), "state") == states


@pytest.mark.parametrize("lines", [2, 20])
def test_one_cart_and_one_pallet_take_the_same_queries_whatever_their_lines(get: Get, store: Store, lines: int) -> None:
    cart: Cart = make_cart(store, *(make_asin(f"B{number:09d}") for number in range(lines)))
    pallet = make_pallet(cart)
    taken = []
    for path in (f"/api/carts/{cart.code}", f"/api/pallets/{pallet.code}"):
        with CaptureQueriesContext(connection) as queries:
            assert len(get(path).json()["lines"]) == lines
        taken.append(len(queries))
    # Token with its user, permissions of the user and of the groups; the cart, its lines, their ASINs;
    # the pallet, its lines.
    assert taken == [6, 5]
