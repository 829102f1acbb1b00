"""POST /generate_pallets over HTTP: exact body, both kinds of authentication, problem+json for everything wrong."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client as Browser

from access.models import ApiToken
from allocation.models import Cart
from clients.models import Store
from tests.factories import make_asin, make_client, make_store

pytestmark = pytest.mark.django_db
BODY = {"clientName": "Acme Buyers", "clientID": "1", "storeID": "1"}


@pytest.fixture(autouse=True)
def _stock() -> None:
    make_asin(on_hand=600)


@pytest.fixture
def token() -> str:
    return ApiToken.issue(user=User.objects.create_superuser("robot"), name="ERP")[1]


def post(body: Any, token: str = "", **headers: str) -> HttpResponse:
    if token:
        headers["authorization"] = f"Bearer {token}"
    raw = body if isinstance(body, str | bytes) else json.dumps(body)
    return Browser().post("/generate_pallets", raw, content_type="application/json", headers=headers)


def test_the_exact_body_gives_201_and_the_whole_answer(store: Store, token: str) -> None:
    answer = post(BODY, token)
    assert answer.status_code == 201
    data = answer.json()
    assert {"cart", "pallets", "shipping", "leftOut", "suggestions"} < set(data)
    cart = Cart.objects.get()
    assert (data["cart"]["code"], data["cart"]["state"]) == (cart.code, "palletised")
    assert (data["cart"]["goods"], data["shipping"]) == ("6000.00", "394.92")
    assert (len(data["pallets"]), len(data["pallets"][0]["placements"])) == (1, 100)
    assert cart.created_by == User.objects.get(username="robot")


def test_a_session_works_too_and_needs_its_csrf_token(store: Store) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser("anna"))
    refused = browser.post("/generate_pallets", json.dumps(BODY), content_type="application/json")
    assert (refused.status_code, Cart.objects.count()) == (403, 0)
    browser.get("/admin/password_change/")
    csrf = browser.cookies["csrftoken"].value
    allowed = browser.post(
        "/generate_pallets", json.dumps(BODY), content_type="application/json", headers={"x-csrftoken": csrf}
    )
    assert allowed.status_code == 201


def test_options_are_taken(store: Store, token: str) -> None:
    data = post(BODY | {"amount": "500.00", "policy": "balanced", "confirm": False, "buildAnyway": True}, token).json()
    assert (data["cart"]["state"], data["cart"]["policy"], data["pallets"]) == ("draft", "balanced", [])
    assert Decimal(data["cart"]["total"]) <= Decimal(500)
    pooled = post(BODY | {"amount": 500}, token).json()
    assert (pooled["cart"]["state"], pooled["pallets"], len(pooled["suggestions"])) == ("confirmed", [], 1)


def test_nobody_and_a_viewer_are_refused(store: Store) -> None:
    viewer = ApiToken.issue(user=User.objects.create_user("vera"), name="x")[1]
    assert post(BODY).status_code == 401
    assert post(BODY, "pas_wrong").status_code == 401
    assert post(BODY, viewer).status_code == 403
    assert Cart.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "status", "field", "message"),
    [
        ({"storeID": "77"}, 404, "storeID", "There is no store “77”."),
        ({"clientID": "77"}, 422, "clientID", "There is no client “77”."),
        ({"clientID": "2"}, 422, "storeID", "Store 1 does not belong to client 2."),
        ({"clientName": "Other"}, 422, "clientName", "Client 1 is called “Acme Buyers”, not “Other”."),
        ({"storeID": "2"}, 422, "storeID", "Store 2 (2) is suspended; it cannot receive goods."),
        ({"amount": "0"}, 422, "amount", "The amount must be above $0.00, not 0."),
        ({"amount": -1}, 422, "amount", "The amount must be above $0.00, not -1."),
        ({"amount": 2**63}, 422, "amount", "The amount must be at most $99,999,999.99."),
        ({"amount": "10000.01"}, 422, "amount", "is more than the $10,000.00 that Acme Buyers (1) has available."),
        ({"amount": "1"}, 422, "amount", "$1.00 pays for no whole case"),
        ({"amount": "NaN"}, 400, "amount", 'This must be a plain number such as "1234.50".'),
        ({"amount": True}, 400, "amount", "plain number"),
        ({"amount": "1_000"}, 400, "amount", "plain number"),
        ({"policy": "best"}, 422, "policy", "There is no policy “best”."),
        ({"maxUnitsPerAsin": 0}, 422, "maxUnitsPerAsin", "The most units of one ASIN must be 1 to 10,000,000, not 0."),
        ({"maxUnitsPerAsin": "5"}, 400, "maxUnitsPerAsin", "This must be a whole number without quotes."),
        ({"minRoiPercent": "-100.01"}, 422, "minRoiPercent", "must be -100 to 10,000 percent, not -100.01"),
        ({"minRoiPercent": "1.005"}, 422, "minRoiPercent", "The minimum ROI 1.005 is finer than 0.01 percent."),
        ({"minRoiPercent": "NaN"}, 400, "minRoiPercent", "plain number"),
        ({"maxUnitsPerAsin": 5}, 422, "storeID", "1 are too large or beyond a limit."),
        ({"storeID": 1}, 400, "storeID", "This must be text in quotes."),
        ({"storeID": None}, 400, "storeID", "may not be null"),
        ({"confirm": "yes"}, 400, "confirm", "Must be a valid boolean"),
        ({"balance": "1"}, 400, "balance", "There is no such field."),
    ],
)
def test_what_is_wrong_is_named_by_field(
    store: Store, token: str, change: dict[str, Any], status: int, field: str, message: str
) -> None:
    make_client("2", balance="5.00")
    make_store("2", client=store.client, status="suspended")
    answer = post(BODY | change, token)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    errors = answer.json()["errors"]
    assert [error["field"] for error in errors] == [field]
    assert message in errors[0]["message"]
    assert Cart.objects.count() == 0


@pytest.mark.parametrize(
    "raw", ["", "[]", "nonsense", '{"clientID": NaN}', "[" * 100_000, '{"clientID": "\\ud800"}', b"\xff\xfe{}", "null"]
)
def test_a_body_that_is_no_such_object_is_a_400(store: Store, token: str, raw: str | bytes) -> None:
    answer = post(raw, token)
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"
    assert Cart.objects.count() == 0


def test_an_idempotency_key_makes_a_retry_harmless(store: Store, token: str) -> None:
    body = BODY | {"amount": "500.00"}
    first = post(body, token, **{"idempotency-key": "abc"})
    again = post(body, token, **{"idempotency-key": "abc"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = post(body | {"amount": "600.00"}, token, **{"idempotency-key": "abc"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Cart.objects.count() == 1


def test_only_post_is_allowed(token: str) -> None:
    answer = Browser().get("/generate_pallets", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
