"""Statuses of the ungating software."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.parsing.strict_json import load_list
from sync.parsing.ungating import UngatingRow, parse_statuses

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "ungating" / "statuses.json"
STATUS = {
    "id": "5", "store_id": "1", "scope": "brand", "value": "Café  Ulhol", "status": "No - Invoice Needed",
    "reason": "APPROVAL_REQUIRED", "approval_url": "https://sellercentral.example/apply?x=1",
    "checked_at": "2026-10-01T08:00:00Z", "expires_at": "2026-12-01T08:00:00Z",
    "updated_at": "2026-10-02T08:00:00Z",
}  # fmt: skip


def test_the_sample() -> None:
    stores = {str(number) for number in range(1, 67)}
    feed = parse_statuses(load_list(SAMPLE, "statuses"), known_stores=stores)
    assert (feed.issues, feed.total, len(feed.rows)) == ((), 1639, 1639)
    assert Counter(row.status for row in feed.rows) == {
        "ungated": 924,
        "gated": 334,
        "invoice_needed": 308,
        "not_eligible": 73,
    }
    assert Counter(row.scope for row in feed.rows) == {"category": 660, "asin": 528, "brand": 451}


def test_one_in_full() -> None:
    assert parse_statuses([STATUS], known_stores={"1"}).rows == (
        UngatingRow(
            row=1,
            id="5",
            store_id="1",
            scope="brand",
            value="Café Ulhol",
            key="café ulhol",
            status="invoice_needed",
            reason="APPROVAL_REQUIRED",
            approval_url="https://sellercentral.example/apply?x=1",
            checked_at=datetime(2026, 10, 1, 8, tzinfo=UTC),
            expires_at=datetime(2026, 12, 1, 8, tzinfo=UTC),
            updated_at=datetime(2026, 10, 2, 8, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Yes", "ungated"),
        ("UNGATED", "ungated"),
        ("No", "gated"),
        ("gated", "gated"),
        ("No - Invoice Needed", "invoice_needed"),
        ("no – invoice needed", "invoice_needed"),
        ("No, invoice needed", "invoice_needed"),
        ("invoice_needed", "invoice_needed"),
        ("not_eligible", "not_eligible"),
        ("Not Eligible", "not_eligible"),
        ("unknown", "unknown"),
    ],
)
def test_words_of_both_systems(word: str, status: str) -> None:
    (row,) = parse_statuses([STATUS | {"status": word}], known_stores={"1"}).rows
    assert row.status == status


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"id": None}, "id", "missing_field"),
        ({"store_id": "99"}, "store_id", "unknown_store"),
        ({"store_id": ""}, "store_id", "missing_field"),
        ({"scope": "supplier"}, "scope", "unknown_scope"),
        ({"scope": None}, "scope", "unknown_scope"),
        ({"value": " "}, "value", "missing_field"),
        ({"scope": "asin", "value": "tbd"}, "value", "invalid_asin"),
        ({"status": "maybe"}, "status", "unknown_status"),
        ({"status": ""}, "status", "unknown_status"),
        ({"status": True}, "status", "unknown_status"),
        ({"expires_at": "2026-12-01"}, "expires_at", "invalid_timestamp"),
        ({"checked_at": "soon"}, "checked_at", "invalid_timestamp"),
        ({"updated_at": ""}, "updated_at", "missing_field"),
    ],
)
def test_refusals(changes: dict[str, object], field: str, reason: str) -> None:
    feed = parse_statuses([STATUS | changes], known_stores={"1"})
    assert feed.rows == ()
    assert [(issue.row, issue.field, issue.reason) for issue in feed.issues] == [(1, field, reason)]


def test_an_asin_is_its_own_key() -> None:
    (row,) = parse_statuses([STATUS | {"scope": "ASIN", "value": "b0k81w1gn8"}], known_stores={"1"}).rows
    assert (row.scope, row.value, row.key) == ("asin", "B0K81W1GN8", "B0K81W1GN8")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil", "ftp://a.b", "https://"])
def test_an_address_that_is_no_web_address_is_left_out(address: str) -> None:
    feed = parse_statuses([STATUS | {"approval_url": address}], known_stores={"1"})
    assert feed.rows[0].approval_url == ""
    assert [(issue.reason, issue.severity) for issue in feed.issues] == [("invalid_url", "warning")]


def test_the_newest_for_a_store_and_key_counts_in_any_order() -> None:
    newer = STATUS | {"id": "6", "value": "CAFÉ ULHOL", "status": "Yes", "updated_at": "2026-10-03T08:00:00Z"}
    other = STATUS | {"id": "7", "scope": "category"}
    for objects, refused in (([STATUS, newer, other], 1), ([newer, STATUS, other], 2)):
        feed = parse_statuses(objects, known_stores={"1"})
        assert [(row.id, row.status) for row in feed.rows] == [("6", "ungated"), ("7", "invoice_needed")]
        (issue,) = feed.issues
        assert (issue.row, issue.key, issue.reason, issue.severity) == (
            refused,
            "5",
            "duplicate_status",
            "refused",
        )


def test_one_id_twice() -> None:
    newer = STATUS | {"value": "Other", "updated_at": "2026-10-03T08:00:00Z"}
    feed = parse_statuses([newer, STATUS], known_stores={"1"})
    assert [row.value for row in feed.rows] == ["Other"]
    assert [(issue.row, issue.reason) for issue in feed.issues] == [(2, "duplicate_id")]


def test_deletions_need_their_id_only() -> None:
    feed = parse_statuses([{"id": "5", "deleted_at": "2026-10-03T08:00:00Z"}, STATUS], known_stores={"1"})
    assert (feed.rows, [stone.id for stone in feed.deleted]) == ((), ["5"])


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from([*STATUS, "deleted_at"]),
            st.one_of(st.none(), st.text(), st.integers(), st.sampled_from(list(STATUS.values()))),
        ),
        max_size=4,
    )
)
def test_any_objects_are_rows_or_issues(objects: list[dict[str, object]]) -> None:
    feed = parse_statuses(objects, known_stores={"1"})
    assert feed.total == len(objects)
    assert len(feed.rows) + len(feed.deleted) + len(feed.issues) >= min(1, len(objects))
