"""What all lists have in common: addresses, pages, parameters, the number of queries."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import Get, found, refused
from tests.factories import make_asin

ALL = ["asins", "clients", "stores", "ungating", "preorders", "pallets", "shipments", "carts", "suggestions"]
KEYS = {
    "asins": "asin",
    "clients": "clientID",
    "stores": "storeID",
    "pallets": "pallet",
    "carts": "cart",
    "shipments": "shipment",
}

# Token with its user; permissions of the user and of the groups; the page. Pallets: and their lines; shipments:
# and their pallets.
QUERIES = dict.fromkeys(ALL, 4) | {"pallets": 5, "shipments": 5}


@pytest.mark.parametrize("rows", [2, 20])
def test_a_page_takes_the_same_queries_whatever_its_rows(
    get: Get, fill_lists: Callable[[int], None], rows: int
) -> None:
    fill_lists(rows)
    taken = {}
    for name in ALL:
        with CaptureQueriesContext(connection) as queries:
            assert len(get(f"/api/{name}").json()["results"]) == rows * {"asins": 2, "stores": 2}.get(name, 1)
        taken[name] = len(queries)
    assert taken == QUERIES


@pytest.mark.parametrize("name", ALL)
def test_addresses_work_with_and_without_a_slash_and_nothing_is_moved(get: Get, name: str) -> None:
    assert [get(f"/api/{name}{end}").status_code for end in ("", "/")] == [200, 200]


@pytest.mark.parametrize(("name", "key"), KEYS.items())
def test_single_objects_are_found_by_their_public_id(
    get: Get, fill_lists: Callable[[int], None], name: str, key: str
) -> None:
    fill_lists(2)
    for public in found(get(f"/api/{name}"), key):
        for end in ("", "/"):
            response = get(f"/api/{name}/{public}{end}")
            assert (response.status_code, response.json()[key]) == (200, public)


def test_what_is_not_there_is_a_problem(get: Get) -> None:
    response = get("/api/stores/999")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no store “999”.",
        "code": "not_found",
        "errors": [],
    }


@pytest.mark.parametrize("path", ["/api/", "/api/nothing", "/api/asins/B000000001/x", "/api/ungating/1"])
@pytest.mark.parametrize("method", ["get", "post", "delete", "put"])
def test_an_unknown_address_is_a_problem_for_everybody(client: Any, path: str, method: str) -> None:
    response = getattr(client, method)(path)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["detail"] == f"There is nothing at {path}."


def test_no_internal_key_gets_out(get: Get, fill_lists: Callable[[int], None]) -> None:
    """Every key of every answer, nested ones too, is camel case and none is `id`."""
    fill_lists(1)
    for name in ALL:
        row = get(f"/api/{name}").json()["results"][0]
        paths = [f"/api/{name}/{row[KEYS[name]]}"] if name in KEYS else []
        for answer in [row, *(get(path).json() for path in paths)]:
            for key in {*answer, *(key for line in answer.get("lines", []) for key in line)}:
                assert re.fullmatch(r"[a-z]+([A-Z][a-z]+|ID)*", key), key
                assert key not in {"id", "pk"}


def test_pages_are_walked_forward_and_back(get: Get) -> None:
    codes = [f"B00000000{number}" for number in range(7)]
    for code in codes:
        make_asin(code)
    page = get("/api/asins", page_size="3").json()
    seen = [[row["asin"] for row in page["results"]]]
    assert page["previous"] is None
    while page["next"]:
        page = get(page["next"]).json()
        seen.append([row["asin"] for row in page["results"]])
    assert seen == [codes[:3], codes[3:6], codes[6:]]
    page = get(page["previous"]).json()
    assert [row["asin"] for row in page["results"]] == codes[3:6]


def test_a_row_that_is_added_meanwhile_moves_no_other(get: Get) -> None:
    for number in range(4):
        make_asin(f"B00000000{number}")
    page = get("/api/asins", page_size="2", inStock="true").json()
    make_asin("B00000000X")
    page = get(page["next"]).json()
    assert [row["asin"] for row in page["results"]] == ["B000000002", "B000000003"]
    assert "inStock=true" in page["next"] and "page_size=2" in page["next"]


@pytest.mark.parametrize("size", ["0", "-1", "201", "ten", "1.0", "1_0", "１０", "5000000000"])
def test_a_page_has_1_to_200_rows(get: Get, size: str) -> None:
    message = "The page size is a whole number from 1 to 200."
    assert refused(get("/api/asins", page_size=size)) == [("page_size", message)]
    assert get("/api/asins", page_size="200").status_code == 200


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "é", "%", "AAAA", b64encode(b"p=abc").decode(), b64encode(b"o=1").decode()),
        *(
            b64encode(b"p=" + b"9" * 40).decode(),
            b64encode(b"p=1&o=-5").decode(),
            b64encode(b"p=-1").decode(),
        ),
        *(b64encode(b"p=1&r=x").decode(), b64encode(b"p=" + "１".encode()).decode()),
    ],
)
def test_a_made_up_cursor_is_refused(get: Get, cursor: str) -> None:
    message = "This is not a cursor of ours: follow the next or previous link of a page."
    assert refused(get("/api/asins", cursor=cursor)) == [("cursor", message)]


def test_a_cursor_beyond_the_end_is_an_empty_page(get: Get) -> None:
    make_asin()
    cursor = b64encode(b"p=999999999999999999").decode()
    assert b64decode(cursor) == b"p=999999999999999999"
    assert found(get("/api/asins", cursor=cursor), "asin") == []


def test_unknown_empty_and_doubled_parameters_are_named(get: Get) -> None:
    response = get("/api/stores", clientId="1", colour="red", status="", mutual=["true", "false"])
    assert refused(response) == [
        ("clientId", "There is no such parameter. Did you mean clientID?"),
        (
            "colour",
            "There is no such parameter. Known: clientID, cursor, isActive, marketplace, modified_since, "
            "mutual, page_size, search, status, storeID.",
        ),
        ("status", "This parameter has no value."),
        ("mutual", "This parameter is given more than once."),
    ]


def test_a_single_object_takes_no_parameter(get: Get) -> None:
    make_asin()
    message = "There is no such parameter here: this address takes none."
    assert refused(get("/api/asins/B000000001", isActive="false")) == [("isActive", message)]


@pytest.mark.parametrize(
    ("name", "parameter", "value", "message"),
    [
        ("stores", "mutual", "yes", "“yes” is not one of: true, false."),
        ("stores", "status", "Active", "“Active” is not one of: active, suspended."),
        ("stores", "clientID", "1\x00", "Null characters are not allowed."),
        ("stores", "clientID", "1" * 201, "Ensure this value has at most 200 characters (it has 201)."),
        ("preorders", "status", "100%", "“100%” is not one of: pending, arrived, allocated, cancelled."),
        ("pallets", "state", "null", "“null” is not one of: planned, packed, shipped, cancelled."),
        (
            *("asins", "asin", "100% cotton"),
            "“100% cotton” is not an ASIN: B and nine letters or digits, or an ISBN-10.",
        ),
    ],
)
def test_a_value_that_cannot_be_is_refused(get: Get, name: str, parameter: str, value: str, message: str) -> None:
    assert refused(get(f"/api/{name}", **{parameter: value})) == [(parameter, message)]


def test_a_program_that_wants_html_gets_json(get: Get) -> None:
    assert get("/api/asins", format="api").status_code == 404
    assert get("/api/asins").headers["Content-Type"] == "application/json"
