"""ASINs, clients, stores and ungating statuses: what each looks like, and its filters."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from clients.models import Client
from inventory.models import Asin
from tests.api.conftest import Get, found
from tests.factories import make_asin, make_client, make_store, ungate
from ungating.models import UngatingStatus


def without_times(row: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if key not in {"createdAt", "modifiedAt"}}


def test_an_asin(get: Get) -> None:
    make_asin(sale_price=Decimal("19.99"), amazon_fees=Decimal("4.50"), supplier="Bolt")
    Asin.objects.update(reserved=10)
    expected = {
        "asin": "B000000001",
        "title": "Product B000000001",
        "brand": "Acme",
        "category": "Toys & Games",
        "supplier": "Bolt",
        "dateAdded": "2026-08-22",
        "priority": "medium",
        "quantityPurchased": 120,
        "onHand": 120,
        "reserved": 10,
        "availableUnits": 110,
        "availableCases": 18,
        "looseUnits": 2,
        "shortage": 0,
        "unitCost": "10.00",
        "minShipping": "0.5000",
        "maxShipping": "1.5000",
        "salePrice": "19.99",
        "amazonFees": "4.50",
        "profit": "5.49",
        "casePack": 6,
        "caseLength": "12.00",
        "caseWidth": "10.00",
        "caseHeight": "8.00",
        "caseWeight": "10.0000",
        "unitLength": None,
        "unitWidth": None,
        "unitHeight": None,
        "unitWeight": None,
        "estimated": False,
        "uprightOnly": False,
        "fragile": False,
        "group": "",
        "isActive": True,
        "source": "manual",
    }
    (row,) = get("/api/asins").json()["results"]
    assert without_times(row) == expected
    assert get("/api/asins/B000000001").json() == row


@pytest.mark.parametrize(
    ("parameters", "codes"),
    [
        ({"brand": " ACME  labs"}, ["B000000002"]),
        ({"brand": "Acme"}, ["B000000001"]),
        ({"category": "books"}, ["0306406152"]),
        ({"priority": "medium"}, ["B000000001", "0306406152"]),
        ({"priority": "high"}, ["B000000002"]),
        ({"inStock": "true"}, ["B000000001", "0306406152"]),
        ({"inStock": "false"}, ["B000000002"]),
        ({"isActive": "false"}, ["0306406152"]),
        ({"supplier": "BOLT"}, ["B000000002"]),
        ({"estimated": "true"}, ["0306406152"]),
        ({"asin": "b000000002"}, ["B000000002"]),
        ({"search": "b000000001"}, ["B000000001"]),
        ({"search": "B00000000"}, ["B000000001", "B000000002"]),
        ({"search": "basketball"}, ["B000000002"]),
        ({"search": "acme"}, ["B000000001", "B000000002"]),
        ({"search": "100%"}, []),
        ({"search": "acme", "inStock": "true"}, ["B000000001"]),
    ],
)
def test_filters_of_asins(get: Get, parameters: dict[str, str], codes: list[str]) -> None:
    make_asin("B000000001", title="Torch 100 W")
    make_asin("B000000002", title="Basketball", brand="Acme Labs", priority="high", on_hand=0, supplier="Bolt")
    make_asin("0306406152", brand="Ink", category="Books", priority="medium", case_weight=None, is_active=False)
    assert found(get("/api/asins", **parameters), "asin") == codes


def test_a_client(get: Get) -> None:
    make_client("7", name="Ann", email="ann@example.com", priority="high")
    Client.objects.update(held=Decimal("250.5"))
    (row,) = get("/api/clients").json()["results"]
    assert without_times(row) == {
        "clientID": "7",
        "clientName": "Ann",
        "email": "ann@example.com",
        "status": "active",
        "priority": "high",
        "house": False,
        "balance": "1000.00",
        "held": "250.50",
        "available": "749.50",
        "totalAllocated": "0.00",
        "lastPalletOn": None,
        "isActive": True,
        "source": "manual",
    }
    assert get("/api/clients/7").json() == row


@pytest.mark.parametrize(
    ("parameters", "ids"),
    [
        ({"clientID": "8"}, ["8"]),
        ({"clientName": "ANN  lee"}, ["7"]),
        ({"status": "paused"}, ["8"]),
        ({"priority": "low"}, ["8"]),
        ({"house": "true"}, ["9"]),
        ({"house": "false"}, ["7", "8"]),
        ({"isActive": "false"}, []),
        ({"search": "LEE"}, ["7"]),
        ({"search": "9"}, ["9"]),
    ],
)
def test_filters_of_clients(get: Get, parameters: dict[str, str], ids: list[str]) -> None:
    make_client("7", name="Ann Lee")
    make_client("8", name="Bob", status="paused", priority="low")
    for number in ("1", "2"):
        make_store(number, client=Client.objects.filter(panel_id="9").first() or make_client("9"), is_mutual=True)
    assert found(get("/api/clients", **parameters), "clientID") == ids


def test_a_store(get: Get) -> None:
    make_store("3", client=make_client("7", name="Ann"), name="Ann's shop")
    (row,) = get("/api/stores").json()["results"]
    assert without_times(row) == {
        "storeID": "3",
        "storeName": "Ann's shop",
        "clientID": "7",
        "clientName": "Ann",
        "marketplace": "US",
        "mutual": False,
        "status": "active",
        "isActive": True,
        "source": "manual",
    }
    assert get("/api/stores/3").json() == row


@pytest.mark.parametrize(
    ("parameters", "ids"),
    [
        ({"clientID": "7"}, ["3", "4"]),
        ({"clientID": "nobody"}, []),
        ({"storeID": "5"}, ["5"]),
        ({"status": "suspended"}, ["4"]),
        ({"mutual": "true"}, ["5"]),
        ({"mutual": "false"}, ["3", "4"]),
        ({"marketplace": "ca"}, ["5"]),
        ({"isActive": "true"}, ["3", "4", "5"]),
        ({"search": "STORE 4"}, ["4"]),
        ({"search": "5"}, ["5"]),
    ],
)
def test_filters_of_stores(get: Get, parameters: dict[str, str], ids: list[str]) -> None:
    ann = make_client("7")
    make_store("3", client=ann)
    make_store("4", client=ann, status="suspended")
    make_store("5", client=make_client("8"), is_mutual=True, marketplace="CA")
    assert found(get("/api/stores", **parameters), "storeID") == ids


def test_an_ungating_status(get: Get) -> None:
    store = make_store("3", client=make_client("7"))
    ungate(store, "Acme", "brand", status="gated", override="ungated", override_reason="Approved by phone.")
    (row,) = get("/api/ungating").json()["results"]
    assert without_times(row) == {
        "storeID": "3",
        "clientID": "7",
        "scope": "brand",
        "value": "Acme",
        "status": "ungated",
        "feedStatus": "gated",
        "override": "ungated",
        "overrideReason": "Approved by phone.",
        "reason": "",
        "approvalUrl": "",
        "checkedAt": None,
        "expiresAt": None,
        "isActive": True,
        "source": "manual",
    }


@pytest.mark.parametrize(
    ("parameters", "values"),
    [
        ({"storeID": "3"}, ["B000000001", "Acme", "Toys"]),
        ({"clientID": "8"}, ["Acme"]),
        ({"scope": "brand"}, ["Acme", "Acme"]),
        ({"value": "b000000001"}, ["B000000001"]),
        ({"value": " ACME "}, ["Acme", "Acme"]),
        ({"status": "ungated"}, ["Acme", "Acme"]),
        ({"status": "unknown"}, ["Toys"]),
        ({"status": "gated"}, ["B000000001"]),
        ({"feedStatus": "gated"}, ["B000000001", "Acme"]),
        ({"overridden": "true"}, ["Acme"]),
        ({"overridden": "false", "storeID": "3"}, ["B000000001", "Toys"]),
        ({"isActive": "false"}, []),
    ],
)
def test_filters_of_ungating(get: Get, parameters: dict[str, str], values: list[str]) -> None:
    hour = timedelta(hours=1)
    store, other = make_store("3", client=make_client("7")), make_store("4", client=make_client("8"))
    ungate(store, "B000000001", "asin", status="gated", expires_at=timezone.now() + hour)
    ungate(store, "Acme", "brand", status="gated", override="ungated", expires_at=timezone.now() - hour)
    ungate(store, "Toys", expires_at=timezone.now() - hour)
    ungate(other, "Acme", "brand")
    assert found(get("/api/ungating", **parameters), "value") == values


def test_the_status_of_the_list_is_the_models_own(get: Get) -> None:
    store, now = make_store(), timezone.now()
    number = 0
    for override in ("", "gated", "not_eligible"):
        for expires_at in (None, now - timedelta(hours=1), now + timedelta(hours=1)):
            number += 1
            ungate(store, f"Brand {number}", "brand", override=override, expires_at=expires_at)
    expected = [row.effective(now) for row in UngatingStatus.objects.order_by("pk")]
    assert found(get("/api/ungating"), "status") == expected
    assert set(expected) == {"ungated", "unknown", "gated", "not_eligible"}
