"""The label: four alike, every figure on it, and codes that a scanner reads at a printer's 203 dpi."""

from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from pallets.documents.label import labels_pdf, qr_text
from tests.pallets.documents.papers import codes, line, pallet, pictures, rows, texts

ODD_NAMES = [
    "Кириллица и ещё очень длинное имя магазина, которое никуда не помещается " * 3,
    "北京玩具有限公司 東京おもちゃ 서울장난감",
    "🎉🧸👨‍👩‍👧",
    "W" * 200,
    "e\u0301clair \u202eabc\u202c \t\r\n\x00 end",
    "\ud800 <b>&amp;</b> %(x)s {y}",
    "",
]


def test_four_identical_pages_of_4_by_6_inches_for_each_pallet() -> None:
    pdf = labels_pdf([pallet(1), pallet(2)])
    reader = PdfReader(BytesIO(pdf))
    assert [tuple(map(float, page.mediabox[2:])) for page in reader.pages] == [(288.0, 432.0)] * 8
    assert reader.viewer_preferences is not None
    assert reader.viewer_preferences.print_scaling == "/None"
    drawn = [picture.tobytes() for picture in pictures(pdf, dpi=72)]
    assert [drawn.index(one) for one in drawn] == [0, 0, 0, 0, 4, 4, 4, 4]
    assert labels_pdf([pallet(1), pallet(2)]) == pdf


def test_a_scanner_reads_both_codes_on_all_four_pages() -> None:
    read = [codes(picture) for picture in pictures(labels_pdf([pallet()]))]
    text = "PALLET P-000123\nSHIPMENT S-000012\nSTORE 100045\nCARTONS 6\nGROSS LB 1045.5"
    assert read == [{"Code128": "P-000123", "QRCode": text}] * 4


@pytest.mark.parametrize("number", [1, 999999, 1234567, 123456789012])
@pytest.mark.parametrize("dpi", [203, 300])
def test_codes_of_any_length_are_read_at_either_usual_resolution(number: int, dpi: int) -> None:
    sheet = pallet(number, store_id="L-" + "9" * 38, shipment="S-123456789")
    picture = pictures(labels_pdf([sheet]), dpi)[0]
    assert codes(picture) == {"Code128": sheet.code, "QRCode": qr_text(sheet)}


def test_everything_that_people_look_for() -> None:
    assert rows(texts(labels_pdf([pallet()]))[0]) == [
        "WAREHOUSE LABEL – not Amazon's pallet label",
        "DESTINATION STORE",
        "Acme Toys Outlet",
        "Store ID 100045 · US",
        "SHIPMENT",
        "S-000012",
        "FBA SHIPMENT ID",
        "FBA15DXK3R9Q",
        "PALLET",
        "2 of 5",
        "Mixed: 2 ASINs",
        "Planned Nov 21, 2026",
        "CARTONS",
        "6",
        "UNITS",
        "36",
        "GROSS LB",
        "1,045.5",
        "HEIGHT IN",
        "58",
        "P-000123",
    ]


def test_a_pallet_in_no_shipment_says_so() -> None:
    lone = pallet(lines=(line(7),), shipment="", amazon_id="", place=0, places=0, state="Packed", is_pooled=True)
    text = texts(labels_pdf([lone]))[0]
    assert ["none yet" in text, "not known yet" in text, text.count("P-000123"), " of " in text] == [
        True,
        True,
        2,
        False,
    ]
    assert "Single ASIN B000000007" in text
    assert "Packed · Pooled" in text
    assert "SHIPMENT" not in qr_text(lone)


@pytest.mark.parametrize(
    ("fields", "marks"),
    [
        ({}, ()),
        ({"weight": Decimal("50.00")}, ()),
        ({"weight": Decimal("50.01")}, ("TEAM LIFT",)),
        ({"weight": Decimal("100.01")}, ("MECH LIFT",)),
        ({"weight": None}, ()),
        ({"group": "General"}, ()),
        ({"group": "hazmat", "fragile": True, "upright": True}, ("HAZMAT", "FRAGILE", "THIS SIDE UP ↑")),
    ],
)
def test_marks(fields: dict[str, object], marks: tuple[str, ...]) -> None:
    sheet = pallet(lines=(line(1, **fields), line(2)))
    text = texts(labels_pdf([sheet]))[0]
    assert sheet.marks == marks
    assert [mark in text for mark in marks] == [True] * len(marks)
    estimated = replace(sheet, has_estimates=True)
    assert estimated.marks == (*marks, "MEASURE: ESTIMATED")
    assert "MEASURE: ESTIMATED" in texts(labels_pdf([estimated]))[0]


def test_marks_that_find_no_room_are_counted() -> None:
    lines = tuple(line(number, group=f"a long group {number}") for number in range(1, 8))
    text = texts(labels_pdf([pallet(lines=lines)]))[0]
    assert [f"A LONG GROUP {number}" in text for number in range(1, 8)] == [True] * 4 + [False] * 3
    assert "+ 3" in text


@pytest.mark.parametrize("name", ODD_NAMES)
def test_no_name_breaks_the_label(name: str) -> None:
    sheet = pallet(store=name, store_id=name[:40], amazon_id=name[:15])
    read = [codes(picture) for picture in pictures(labels_pdf([sheet]))]
    assert read == [{"Code128": "P-000123", "QRCode": qr_text(sheet)}] * 4


def test_the_largest_figures_are_not_cut() -> None:
    heavy = pallet(lines=(line(1, cases=9_999, units=999_999),), weight=Decimal("1499.95"), place=26, places=26)
    text = texts(labels_pdf([heavy]))[0]
    assert [figure in text for figure in ("9,999", "999,999", "1,500", "26 of 26")] == [True] * 4
    assert "…" not in text
