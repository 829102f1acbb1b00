"""Preorders from a table."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.parsing.issues import UnusableFile
from sync.parsing.preorders import Lookups, PreorderFeed, PreorderRow, parse_preorders
from sync.parsing.tables import read_table, table_from_values

TODAY = date(2026, 11, 22)
DATA = Path(__file__).resolve().parents[2] / "data"
HEADER = ["Client ID", "Store ID", "ASIN", "Quantity", "Amount Paid", "Expected Arrival", "Status"]
GOOD = ["3", "4", "B0LMUIXU57", "12", "207.84", "2026-12-01", "pending"]
LOOKUPS = Lookups(clients={"3", "5"}, stores={"4": "3", "6": "5"}, case_packs={"B0LMUIXU57": 6})


def parse(*rows: list[object]) -> PreorderFeed:
    return parse_preorders(table_from_values([HEADER, *rows], "the sheet"), today=TODAY, lookups=LOOKUPS)


def row(**cells: object) -> list[object]:
    keys = [header.lower().replace(" ", "_") for header in HEADER]
    assert set(cells) <= set(keys)
    return [cells.get(key, good) for key, good in zip(keys, GOOD, strict=True)]


def test_the_sample() -> None:
    asins = json.loads((DATA / "expected.json").read_text("utf-8"))["asins"]
    stores = json.loads((DATA / "panel" / "stores.json").read_text("utf-8"))
    owners = {store["id"]: store["client_id"] for store in stores}
    lookups = Lookups(set(owners.values()), owners, {code: found["case_pack"] for code, found in asins.items()})
    table = read_table(DATA / "preorders.csv", "preorders.csv")
    feed = parse_preorders(table, today=TODAY, lookups=lookups)
    assert (feed.issues, feed.data_rows, len(feed.rows)) == ((), 20, 20)
    assert feed.rows[0] == PreorderRow(2, "3", "3", "B0LMUIXU57", 12, Decimal("207.84"), date(2026, 11, 21), "pending")
    assert sum(found.quantity for found in feed.rows) == 430
    assert sum(found.amount_paid for found in feed.rows) == Decimal("4818.52")


REFUSALS = [
    ({"client_id": "9"}, "client_id", "unknown_client"),
    ({"client_id": ""}, "client_id", "unknown_client"),
    ({"store_id": "9"}, "store_id", "unknown_store"),
    ({"store_id": " "}, "store_id", "unknown_store"),
    ({"store_id": "6"}, "store_id", "unknown_store"),
    ({"asin": "tbd"}, "asin", "unknown_asin"),
    ({"asin": "B000000000"}, "asin", "unknown_asin"),
    ({"quantity": "0"}, "quantity", "invalid_quantity"),
    ({"quantity": "-6"}, "quantity", "invalid_quantity"),
    ({"quantity": ""}, "quantity", "invalid_quantity"),
    ({"quantity": "NaN"}, "quantity", "invalid_quantity"),
    ({"quantity": "13"}, "quantity", "invalid_quantity"),
    ({"quantity": str(2**63)}, "quantity", "invalid_quantity"),
    ({"amount_paid": "-1"}, "amount_paid", "invalid_amount"),
    ({"amount_paid": "100000000.01"}, "amount_paid", "invalid_amount"),
    ({"amount_paid": "paid"}, "amount_paid", "invalid_amount"),
    ({"expected_arrival": "soon"}, "expected_arrival", "invalid_date"),
    ({"expected_arrival": ""}, "expected_arrival", "invalid_date"),
    ({"expected_arrival": "2027-11-23"}, "expected_arrival", "invalid_date"),
    ({"status": "lost"}, "status", "unknown_status"),
]


@pytest.mark.parametrize(("cells", "field", "reason"), REFUSALS, ids=str)
def test_refusals(cells: dict[str, object], field: str, reason: str) -> None:
    feed = parse(row(**cells))
    (issue,) = feed.refused
    assert feed.rows == ()
    assert (issue.row, issue.field, issue.reason) == (2, field, reason)


def test_messages_in_the_users_words() -> None:
    feed = parse(row(store_id="6", quantity="13", status="lost"))
    assert feed.issues[0].key == "3 6 B0LMUIXU57"
    assert feed.issues[0].message == (
        "Store ID '6' belongs to client '5'. Also: Quantity '13' is not whole cases of 6; "
        "Status 'lost' is none of pending, arrived, allocated, cancelled."
    )


def test_a_duplicate_of_an_accepted_row() -> None:
    feed = parse(row(quantity="13"), row(), row(quantity="6"), row(expected_arrival="12/2/2026"))
    assert [(found.row, found.quantity) for found in feed.rows] == [(3, 12), (5, 12)]
    assert [(issue.row, issue.reason) for issue in feed.issues] == [
        (2, "invalid_quantity"),
        (4, "duplicate_preorder"),
    ]
    assert feed.issues[1].message == (
        "ASIN 'B0LMUIXU57' with this client, store and expected arrival is already in row 3."
    )


def test_workbook_cells_and_blanks() -> None:
    (found,) = parse([3, 4.0, "b0lmuixu57", 12.0, None, datetime(2026, 12, 1), None]).rows
    assert found == PreorderRow(2, "3", "4", "B0LMUIXU57", 12, Decimal("0.00"), date(2026, 12, 1), "pending")


def test_a_missing_column() -> None:
    table = table_from_values([["Client ID", "ASIN"], ["3", "B0LMUIXU57"]], "preorders.csv")
    with pytest.raises(UnusableFile, match="the columns are missing: Store ID, Quantity, Expected Arrival"):
        parse_preorders(table, today=TODAY, lookups=LOOKUPS)


cells = st.one_of(st.none(), st.text(), st.floats(), st.integers(), st.datetimes(), st.sampled_from(GOOD))


@given(st.lists(st.lists(cells, min_size=7, max_size=7), min_size=1, max_size=4))
def test_any_cells_are_rows_or_issues(values: list[list[object]]) -> None:
    try:
        feed = parse(*values)
    except UnusableFile as error:
        assert "no rows below it" in str(error)
    else:
        assert len(feed.rows) + len(feed.refused) <= feed.data_rows
