"""Lists of what has changed since a moment."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine

from clients.models import Client
from tests.api.conftest import Get, found, refused
from tests.factories import make_client

LISTS = ["asins", "clients", "stores", "ungating", "preorders", "pallets", "shipments", "carts"]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_of_things_that_change_can_be_read_by_change(
    get: Get, fill_lists: Callable[[int], None], name: str
) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False):
        fill_lists(1)
    rows = 2 if name in {"asins", "stores"} else 1
    path = f"/api/{name}"
    assert len(found(get(path, modified_since="2026-11-22T12:00:00Z"), "modifiedAt")) == rows
    assert found(get(path, modified_since="2026-11-22T12:00:01Z"), "modifiedAt") == []


@pytest.mark.parametrize(
    "moment",
    [
        *(
            "2026-11-22T12:00:00Z",
            "2026-11-22t12:00:00.000z",
            "2026-11-22 12:00:00Z",
            "2026-11-22T07:00:00-05:00",
        ),
        *("2026-11-22T13:00:00+01:00", "2026-11-22T13:00:00 01:00", "2026-11-22 13:00:00 01:00"),
    ],
)
def test_a_moment_is_the_same_in_every_zone(get: Get, moment: str) -> None:
    make_client("1")
    make_client("2")
    Client.objects.filter(panel_id="1").update(updated_at=datetime(2026, 11, 22, 11, 59, 59, tzinfo=UTC))
    Client.objects.filter(panel_id="2").update(updated_at=datetime(2026, 11, 22, 12, tzinfo=UTC))
    response = get("/api/clients", modified_since=moment)
    assert found(response, "clientID") == ["2"]
    assert found(response, "modifiedAt") == ["2026-11-22T07:00:00-05:00"]


@pytest.mark.parametrize(
    "moment",
    [
        *(
            "yesterday",
            "2026-11-22",
            "2026-11-22T12:00:00",
            "1700000000",
            "2026-13-01T00:00:00Z",
            "2026-W47-1",
        ),
        *(
            "2026-11-22T25:00:00Z",
            "0001-01-01T00:00:00+23:59",
            "2026-11-22T12:00:00+99:00",
            "２026-11-22T12:00:00Z",
        ),
        *("2026-11-22T12:00Z", "9999-12-31T23:59:59-01:00", "2026-02-30T00:00:00Z", "100%"),
    ],
)
def test_what_is_no_moment_is_refused(get: Get, moment: str) -> None:
    message = f"“{moment}” is not a date and time with an offset, such as 2026-11-22T10:00:00Z."
    assert refused(get("/api/clients", modified_since=moment)) == [("modified_since", message)]
