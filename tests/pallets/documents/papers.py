"""Sheets to print, and papers read back: their text, their pictures, their codes."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from PIL.Image import Image
from pypdf import PdfReader
from pypdfium2 import PdfDocument
from zxingcpp import read_barcodes

from pallets.documents.sheets import LineSheet, PalletSheet, ShipmentSheet

PRINTER_DPI = 203


def line(number: int = 1, **fields: Any) -> LineSheet:
    """3 cases of 6 units in cartons of 12 x 10.5 x 8 in and 10.25 lb, for $12.34 of shipping."""
    values: dict[str, Any] = {
        "asin": f"B{number:09d}",
        "title": f"Product {number}",
        "client": "Acme Buyers",
        "client_id": "1",
        "cart": "C-000012",
        "cases": 3,
        "case_pack": 6,
        "units": 18,
        "shipping": Decimal("12.34"),
        "size": (Decimal("12.00"), Decimal("10.50"), Decimal("8.00")),
        "weight": Decimal("10.25"),
    }
    return LineSheet(**(values | fields))


def pallet(number: int = 123, *, lines: tuple[LineSheet, ...] = (line(1), line(2)), **fields: Any) -> PalletSheet:
    """1,045.5 lb and 58 in high, number 2 of 5 of shipment S-000012."""
    values: dict[str, Any] = {
        "code": f"P-{number:06d}",
        "state": "Planned",
        "store": "Acme Toys Outlet",
        "store_id": "100045",
        "marketplace": "US",
        "cartons": sum(one.cases for one in lines),
        "weight": Decimal("1045.50"),
        "height": Decimal("58.00"),
        "fill": Decimal("0.8312"),
        "planned_on": date(2026, 11, 21),
        "shipment": "S-000012",
        "amazon_id": "FBA15DXK3R9Q",
        "place": 2,
        "places": 5,
        "lines": lines,
    }
    return PalletSheet(**(values | fields))


def shipment(*pallets: PalletSheet, **fields: Any) -> ShipmentSheet:
    values: dict[str, Any] = {
        "code": "S-000012",
        "state": "Open",
        "store": "Acme Toys Outlet",
        "store_id": "100045",
        "marketplace": "US",
        "amazon_id": "FBA15DXK3R9Q",
        "carrier": "Estes",
        "tracking": "PRO 77",
        "pallets": pallets,
    }
    return ShipmentSheet(**(values | fields))


def texts(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def rows(text: str) -> list[str]:
    """Each piece of a page's text, in the order in which it was written."""
    return [row.strip() for row in text.splitlines() if row.strip()]


def pictures(pdf: bytes, dpi: int = PRINTER_DPI) -> list[Image]:
    """Each page as a label printer puts it on paper."""
    return [page.render(scale=dpi / 72).to_pil().convert("L") for page in PdfDocument(pdf)]


def codes(picture: Image) -> dict[str, str]:
    """What a scanner reads on `picture`, by kind of code."""
    return {code.format.name: code.text for code in read_barcodes(picture)}
