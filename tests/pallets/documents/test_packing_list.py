"""The packing list: what lies on a pallet client by client, on as many pages as it takes, and as a table."""

import codecs
from dataclasses import replace
from decimal import Decimal

import pytest

from pallets.documents.packing_list import packing_list_csv, packing_lists_pdf
from pallets.documents.sheets import number_ranges
from tests.pallets.documents.papers import codes, line, pallet, pictures, rows, texts

HEADS = (
    "Pallet,Shipment,FBA shipment ID,Store ID,Store,Client ID,Client,Cart,ASIN,Product,Cases,Case pack,Units,"
    "Carton length in,Carton width in,Carton height in,Carton lb,Steps,Shipping USD\r\n"
)


def test_everything_that_is_on_one_pallet() -> None:
    two = line(2, client="Zeta", client_id="20", cases=1, units=6, size=None, weight=None, fragile=True, group="hazmat")
    pdf = packing_lists_pdf([pallet(lines=(line(1, steps=(1, 3, 4)), two), has_estimates=True, is_pooled=True)])
    (text,) = texts(pdf)
    assert rows(text) == [
        "Packing list P-000123",
        "Acme Toys Outlet · store ID 100045 · US",
        "Shipment S-000012 · pallet 2 of 5 · FBA15DXK3R9Q",
        "Planned Nov 21, 2026 · Pooled",
        *("CARTONS", "4", "UNITS", "24", "ASINS", "2", "GROSS LB", "1,045.5", "SIZE IN", "48 x 40 x 58", "FILL", "83%"),
        "HAZMAT · FRAGILE · MEASURE: ESTIMATED",
        *("□", "ASIN", "Product", "Cart", "Cases", "Pack", "Units", "Carton, in", "lb", "Steps"),
        "Acme Buyers (1): 3 cases, 18 units",
        *("□", "B000000001", "Product 1", "C-000012", "3", "6", "18", "12 x 10.5 x 8", "10.3", "1, 3–4"),
        "Zeta (20): 1 case, 6 units",
        *("□", "B000000002", "[fragile, hazmat] Product 2", "C-000012", "1", "6", "6", "measure", "weigh"),
        *("Total", "4", "24"),
        "Packing list P-000123 · Acme Toys Outlet",
        "Page 1 of 1",
    ]
    assert codes(pictures(pdf)[0]) == {"Code128": "P-000123"}


def test_sixty_lines_take_pages_that_repeat_the_heads_and_lose_no_line() -> None:
    title = "A product whose name is long enough to be broken into two lines of the list"
    lines = [line(number, client=f"Client {number // 21}", client_id=f"{number // 21}") for number in range(60)]
    pages = texts(packing_lists_pdf([pallet(lines=tuple(replace(one, title=title) for one in lines)), pallet(124)]))
    assert [rows(page)[-1] for page in pages] == ["Page 1 of 3", "Page 2 of 3", "Page 3 of 3", "Page 1 of 1"]
    assert ["Packing list P-000123" in page for page in pages] == [True, True, True, False]
    assert [rows(page)[:3] for page in pages[1:3]] == [["□", "ASIN", "Product"]] * 2
    listed = [row for page in pages[:3] for row in rows(page) if row.startswith("B0")]
    assert listed == [f"B{number:09d}" for number in range(60)]
    for page in pages[:3]:
        found = rows(page)
        heads = [place for place, row in enumerate(found) if row.startswith("Client ")]
        assert all(found[place + 2].startswith("B0") for place in heads)


def test_a_pallet_without_lines_or_shipment_still_prints() -> None:
    lone = pallet(lines=(), cartons=1, shipment="", amazon_id="", place=0, places=0, state="Cancelled")
    (text,) = texts(packing_lists_pdf([lone]))
    assert "In no shipment yet" in text
    assert "Planned Nov 21, 2026 · Cancelled" in text


@pytest.mark.parametrize("name", ["北京玩具 Ж 🎉", "W" * 500, "<b>&amp;</b>", "\ud800\x00", "", "word " * 100])
def test_no_name_breaks_the_list(name: str) -> None:
    odd = pallet(lines=(line(1, client=name, title=name, cart=name, group=name),), store=name)
    (text,) = texts(packing_lists_pdf([odd]))
    assert ("B000000001" in text, rows(text)[-1]) == (True, "Page 1 of 1")


def test_names_are_read_back_in_their_own_letters() -> None:
    (text,) = texts(packing_lists_pdf([pallet(lines=(line(1, client="北京玩具 Ж 🎉"),))]))
    assert "北京玩具" in text
    assert " Ж □ (1): 3 cases, 18 units" in text


def test_the_same_data_gives_the_same_bytes() -> None:
    assert packing_lists_pdf([pallet(), pallet(2)]) == packing_lists_pdf([pallet(), pallet(2)])


def test_csv_to_the_byte() -> None:
    two = line(2, client='=HYPERLINK("x")', client_id="20", title="Blöcke, 100", size=None, weight=None, steps=(1, 2))
    where = "P-000123,S-000012,FBA15DXK3R9Q,100045,'@Store"
    body = (
        f"{where},1,Acme Buyers,C-000012,B000000001,Product 1,3,6,18,12.00,10.50,8.00,10.25,,12.34\r\n"
        f'{where},20,"\'=HYPERLINK(""x"")",C-000012,B000000002,"Blöcke, 100",3,6,18,,,,,1–2,12.34\r\n'
    )
    sheet = pallet(lines=(line(1), two), store="@Store")
    assert packing_list_csv([sheet]) == codecs.BOM_UTF8 + (HEADS + body).encode()
    assert packing_list_csv([]) == codecs.BOM_UTF8 + HEADS.encode()


def test_csv_takes_odd_names_and_exact_money() -> None:
    odd = line(1, client="\ud800", title="a\r\nb", shipping=Decimal("0.00"), weight=Decimal("0.0001"))
    text = packing_list_csv([pallet(lines=(odd,))]).decode("utf-8-sig")
    assert text.endswith(',1,?,C-000012,B000000001,"a\r\nb",3,6,18,12.00,10.50,8.00,0.0001,,0.00\r\n')


@pytest.mark.parametrize(
    ("numbers", "text"), [((), ""), ((4,), "4"), ((1, 2), "1–2"), ((5, 3, 1, 4), "1, 3–5"), ((2, 2, 9), "2, 9")]
)
def test_steps_as_ranges(numbers: tuple[int, ...], text: str) -> None:
    assert number_ranges(numbers) == text
