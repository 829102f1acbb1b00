"""Rows of the portal's sheet: every field, every reason of refusal, every warning."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.parsing.issues import UnusableFile
from sync.parsing.portal import PortalFeed, PortalRow, looks_shifted, parse_portal
from sync.parsing.tables import table_from_values

TODAY = date(2026, 11, 22)
HEADER = [
    "ASIN", "Product Title", "Brand", "Category", "Supplier", "Date Added", "Qty Purchased", "Qty Remaining",
    "Unit Cost", "Min Shipping Price", "Max Shipping Price", "Package Dimensions (in)", "Item Weight",
    "Case Pack", "Case Dimensions (in)", "Case Weight", "Sale Price", "Amazon Fees", "Priority",
]  # fmt: skip
GOOD = [
    "B000000001", "Pot", "Firtor", "Grocery", "KeHE", "2026-08-21", "100", "40", "$5.00", "0.30", "0.80",
    "6 x 5 x 4", "2 lb", "8", "12 x 10 x 8", "17 lb", "9.99", "2.10", "High",
]  # fmt: skip


def parse(*rows: list[object]) -> PortalFeed:
    return parse_portal(table_from_values([HEADER, *rows], "the sheet"), today=TODAY)


def row(**cells: object) -> list[object]:
    """A good row with other cells, by header in lower case with underscores."""
    keys = [header.lower().replace(" (in)", "").replace(" ", "_") for header in HEADER]
    assert set(cells) <= set(keys)
    return [cells.get(key, good) for key, good in zip(keys, GOOD, strict=True)]


def test_one_row_in_full() -> None:
    feed = parse(row())
    assert feed.issues == ()
    assert feed.rows == (
        PortalRow(
            row=2, asin="B000000001", title="Pot", brand="Firtor", category="Grocery", supplier="KeHE",
            date_added=date(2026, 8, 21), quantity_purchased=100, remaining_quantity=40,
            unit_cost=Decimal("5.00"), min_shipping=Decimal("0.30"), max_shipping=Decimal("0.80"),
            unit_in=(Decimal(6), Decimal(5), Decimal(4)), unit_lb=Decimal(2), case_pack=8,
            case_in=(Decimal(12), Decimal(10), Decimal(8)), case_lb=Decimal(17), estimated=False,
            sale_price=Decimal("9.99"), amazon_fees=Decimal("2.10"), priority="high",
        ),
    )  # fmt: skip


REFUSALS = [
    ({"asin": "tbd"}, "asin", "invalid_asin"),
    ({"asin": ""}, "asin", "invalid_asin"),
    ({"qty_purchased": "twelve"}, "quantity_purchased", "invalid_quantity"),
    ({"qty_purchased": ""}, "quantity_purchased", "invalid_quantity"),
    ({"qty_purchased": "10,000,001"}, "quantity_purchased", "invalid_quantity"),
    ({"qty_remaining": "-1"}, "remaining_quantity", "invalid_quantity"),
    ({"qty_remaining": "101"}, "remaining_quantity", "invalid_quantity"),
    ({"qty_remaining": str(2**63)}, "remaining_quantity", "invalid_quantity"),
    ({"unit_cost": "0.00"}, "unit_cost", "invalid_unit_cost"),
    ({"unit_cost": "1,000,000.01"}, "unit_cost", "invalid_unit_cost"),
    ({"unit_cost": " "}, "unit_cost", "invalid_unit_cost"),
    ({"unit_cost": "NaN"}, "unit_cost", "invalid_unit_cost"),
    ({"min_shipping_price": "-0.01"}, "min_shipping", "invalid_shipping"),
    ({"max_shipping_price": "10000.01"}, "max_shipping", "invalid_shipping"),
    ({"max_shipping_price": ""}, "max_shipping", "invalid_shipping"),
    ({"min_shipping_price": "0.81"}, "min_shipping", "min_shipping_above_max"),
    ({"case_pack": "0"}, "case_pack", "invalid_case_pack"),
    ({"case_pack": "10001"}, "case_pack", "invalid_case_pack"),
    ({"case_pack": ""}, "case_pack", "invalid_case_pack"),
    ({"date_added": "13/13/2026"}, "date_added", "invalid_date"),
    ({"date_added": "1999-12-31"}, "date_added", "invalid_date"),
    ({"date_added": "2027-11-23"}, "date_added", "invalid_date"),
    ({"date_added": ""}, "date_added", "invalid_date"),
]


@pytest.mark.parametrize(("cells", "field", "reason"), REFUSALS, ids=str)
def test_refusals(cells: dict[str, object], field: str, reason: str) -> None:
    feed = parse(row(**cells))
    assert feed.rows == ()
    assert [(issue.row, issue.field, issue.reason, issue.severity) for issue in feed.issues] == [
        (2, field, reason, "refused")
    ]


@pytest.mark.parametrize(
    "cells",
    [
        {"qty_purchased": "0", "qty_remaining": "0"},
        {"qty_purchased": "10000000", "qty_remaining": "10000000"},
        {"unit_cost": "0.01"},
        {"unit_cost": "1000000"},
        {"min_shipping_price": "0", "max_shipping_price": "0"},
        {"min_shipping_price": "10000", "max_shipping_price": "10000"},
        {"case_pack": "1"},
        {"case_pack": "10000"},
        {"date_added": "2000-01-01"},
        {"date_added": "2027-11-22"},
    ],
    ids=str,
)
def test_the_ends_of_each_range_are_accepted(cells: dict[str, object]) -> None:
    assert parse(row(**cells)).issues == ()


def test_faults_are_named_in_order_and_all_listed() -> None:
    bad = row(
        asin="tbd", qty_purchased="x", unit_cost="-4.50", min_shipping_price="2", max_shipping_price="1",
        case_pack="six", date_added="soon",
    )  # fmt: skip
    (issue,) = parse(bad).issues
    assert (issue.key, issue.field, issue.value, issue.reason) == ("tbd", "asin", "tbd", "invalid_asin")
    assert issue.message == (
        "ASIN 'tbd' is not an ASIN: 10 characters, B and 9 letters or digits, or an ISBN-10. Also: "
        "Qty Purchased 'x' is not a whole number; Unit Cost '-4.50' is below 0.01; "
        "Min Shipping Price '2' is above Max Shipping Price '1'; Case Pack 'six' is not a whole number; "
        "Date Added 'soon' is not a date such as 2026-08-21, 8/21/2026 (month first) or Aug 21, 2026."
    )


def test_a_duplicate_counts_only_after_an_accepted_row() -> None:
    feed = parse(row(unit_cost="TBD"), row(product_title="second"), row(asin="b000000001", case_pack="six"))
    assert [found.title for found in feed.rows] == ["second"]
    assert [(issue.row, issue.reason) for issue in feed.issues] == [
        (2, "invalid_unit_cost"),
        (4, "duplicate_asin"),
    ]
    assert (
        feed.issues[1].message == "ASIN 'b000000001' is already in row 3. Also: Case Pack 'six' is not a whole number."
    )


@pytest.mark.parametrize(
    ("cells", "reason", "field", "left"),
    [
        ({"package_dimensions": "6 x 5"}, "invalid_dimensions", "unit_in", None),
        ({"case_dimensions": "0 x 5 x 4"}, "invalid_dimensions", "case_in", None),
        ({"item_weight": "heavy"}, "invalid_weight", "unit_lb", None),
        ({"case_weight": "-1"}, "invalid_weight", "case_lb", None),
        ({"sale_price": "0"}, "invalid_sale_price", "sale_price", None),
        ({"amazon_fees": "#N/A"}, "invalid_amazon_fees", "amazon_fees", None),
        ({"priority": "urgent"}, "invalid_priority", "priority", ""),
        ({"product_title": "x" * 501}, "text_cut", "title", "x" * 500),
        ({"brand": "x" * 201}, "text_cut", "brand", "x" * 200),
        ({"category": "x" * 201}, "text_cut", "category", "x" * 200),
        ({"supplier": "x" * 201}, "text_cut", "supplier", "x" * 200),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
def test_warnings(cells: dict[str, object], reason: str, field: str, left: object) -> None:
    feed = parse(row(**cells))
    assert [(issue.row, issue.key, issue.reason, issue.field, issue.severity) for issue in feed.issues] == [
        (2, "B000000001", reason, field, "warning")
    ]
    assert getattr(feed.rows[0], field) == left


@pytest.mark.parametrize(
    ("blank", "estimated"),
    [
        ([], False),
        (["package_dimensions", "item_weight"], False),
        (["case_dimensions", "case_weight"], False),
        (["package_dimensions", "case_dimensions"], True),
        (["item_weight", "case_weight"], True),
    ],
)
def test_estimated_where_nothing_is_known(blank: list[str], estimated: bool) -> None:
    feed = parse(row(**dict.fromkeys(blank, "")))
    assert [found.estimated for found in feed.rows] == [estimated]


def test_cells_beyond_the_header_are_told() -> None:
    (issue,) = parse([*row(), "stray"]).issues
    assert (issue.reason, issue.severity, issue.value) == ("extra_cells", "warning", "stray")


def test_numbers_and_dates_of_a_workbook() -> None:
    feed = parse(row(unit_cost=5.1, qty_purchased=100.0, case_pack=8, date_added=datetime(2026, 8, 21)))
    (found,) = feed.rows
    assert (found.unit_cost, found.quantity_purchased, found.date_added) == (
        Decimal("5.10"),
        100,
        date(2026, 8, 21),
    )


def parse_known(known: dict[str, str], *rows: list[object], header: list[str] = HEADER) -> PortalFeed:
    return parse_portal(table_from_values([header, *rows], "the sheet"), today=TODAY, known=known)


def known(*rows: list[object]) -> dict[str, str]:
    """What is stored of `rows`: ASIN by hash."""
    return {row_hash: asin for asin, row_hash in parse(*rows).hashes.items()}


def test_a_known_row_is_not_read_and_any_other_cell_makes_another_row() -> None:
    stored = known(row())
    same = parse_known(stored, row(), row(asin="B000000002"))
    assert (same.unchanged, [found.asin for found in same.rows]) == (("B000000001",), ["B000000002"])
    assert (same.issues, same.data_rows) == ((), 2)
    for place in range(len(GOOD)):
        other = parse_known(stored, [*GOOD[:place], f"{GOOD[place]} ", *GOOD[place + 1 :]])
        assert (other.unchanged, len(other.rows)) == ((), 1)


@pytest.mark.parametrize("cell", [8, 8.0, "8.0", Decimal(8), Decimal("8.0")], ids=repr)
def test_a_number_is_another_cell_than_its_text(cell: object) -> None:
    stored = known(row(case_pack="8"))
    assert parse_known(stored, row(case_pack=cell)).unchanged == ()
    assert parse_known(known(row(case_pack=cell)), row(case_pack=cell)).unchanged == ("B000000001",)


def test_the_hash_is_of_the_cells_by_their_columns() -> None:
    stored = known(row(amazon_fees="", priority=""))
    turned = parse_known(
        stored, [*reversed(row(amazon_fees="", priority="")), "a note"], header=[*HEADER[::-1], "Note"]
    )
    assert turned.unchanged == ("B000000001",)
    fewer = parse_known(stored, row()[:-2], header=HEADER[:-1])
    assert (fewer.unchanged, fewer.rows[0].priority) == ((), "")
    assert all(len(row_hash) == 32 for row_hash in stored)


def test_a_row_with_a_warning_has_no_hash() -> None:
    feed = parse(row(sale_price="0"), row(asin="B000000002"), [*row(asin="B000000003"), "stray"])
    assert list(feed.hashes) == ["B000000002"]
    assert [issue.reason for issue in parse_known(known(row()), [*row(), "stray"]).issues] == ["extra_cells"]


def test_known_rows_and_rows_that_are_read_are_duplicates_of_each_other() -> None:
    stored = known(row())
    feed = parse_known(stored, row(), row(), row(unit_cost="6"))
    assert (feed.unchanged, feed.rows) == (("B000000001",), ())
    assert [(issue.row, issue.reason) for issue in feed.issues] == [(3, "duplicate_asin"), (4, "duplicate_asin")]
    feed = parse_known(stored, row(unit_cost="6"), row())
    assert (feed.unchanged, [found.unit_cost for found in feed.rows]) == ((), [Decimal("6.00")])
    assert "is already in row 2" in feed.issues[0].message


def test_what_a_cell_was_read_as_holds_for_cells_of_its_kind_only() -> None:
    feed = parse(
        row(case_pack=1), row(asin="B000000002", case_pack=True), row(asin="B000000003", case_pack="1"),
        row(asin="B000000004", qty_purchased="8", case_pack="8"), row(asin="B000000005", case_pack="8 "),
    )  # fmt: skip
    assert [(found.asin, found.case_pack) for found in feed.rows] == [
        ("B000000001", 1), ("B000000003", 1), ("B000000005", 8),
    ]  # fmt: skip
    assert [(issue.row, issue.reason) for issue in feed.issues] == [(3, "invalid_case_pack"), (5, "invalid_quantity")]


def test_known_rows_count_where_a_shifted_column_is_looked_for() -> None:
    good = [row(asin=f"B{place:09}") for place in range(5)]
    bad = [row(asin="tbd") for _ in range(5)]
    feed = parse_known(known(*good), *good, *bad)
    assert (len(feed.unchanged), len(feed.refused), looks_shifted(feed)) == (5, 5, None)


def test_a_shifted_column_is_noticed() -> None:
    rows = [["", *row()[:-1]] for _ in range(10)]
    message = looks_shifted(parse(*rows))
    assert message is not None
    assert message.startswith(
        "10 of 10 rows would be refused, 10 of them as invalid_asin: the sheet looks damaged, for example "
        "by a shifted column. First one: row 2. ASIN is missing."
    )


@pytest.mark.parametrize(("good", "bad", "noticed"), [(0, 9, False), (5, 5, False), (5, 6, True), (4, 5, False)])
def test_half_of_ten_rows_is_the_line(good: int, bad: int, noticed: bool) -> None:
    rows = [row(asin=f"B{place:09}") for place in range(good)] + [row(asin="tbd") for _ in range(bad)]
    assert (looks_shifted(parse(*rows)) is not None) is noticed


cells = st.one_of(
    st.none(), st.text(), st.floats(), st.integers(), st.booleans(), st.datetimes(), st.sampled_from(GOOD)
)


@given(st.lists(st.lists(cells, max_size=21), max_size=4))
def test_any_cells_are_rows_or_issues(values: list[list[object]]) -> None:
    try:
        feed = parse(*values)
    except UnusableFile as error:
        assert "no rows below it" in str(error)
    else:
        assert len(feed.rows) + len(feed.refused) <= feed.data_rows
        assert all(issue.message.isprintable() for issue in feed.issues)


@given(st.lists(st.lists(st.one_of(st.text(), st.sampled_from(HEADER)), max_size=20), max_size=4))
def test_any_header_is_read_or_unusable(values: list[list[str]]) -> None:
    try:
        parse_portal(table_from_values(values, "the sheet"), today=TODAY)
    except UnusableFile as error:
        assert str(error).startswith("the sheet")
