"""The manifest: every pallet, the carrier's figures, totals that add up, room to sign; and all papers in one file."""

import codecs
from datetime import date
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

from pallets.documents.bundle import documents_zip
from pallets.documents.label import labels_pdf
from pallets.documents.manifest import manifest_csv, manifest_pdf
from pallets.documents.packing_list import packing_list_csv, packing_lists_pdf
from pallets.documents.sheets import ShipmentSheet
from tests.pallets.documents.papers import codes, line, pallet, pictures, rows, shipment, texts


def two_pallets() -> ShipmentSheet:
    zeta = line(2, client="Zeta", client_id="20", cases=1, units=6, shipping=Decimal("0.66"))
    return shipment(
        pallet(1, lines=(line(1), zeta), place=1, places=2),
        pallet(2, lines=(zeta,), place=2, places=2, weight=Decimal("500.00"), height=Decimal("30.00")),
    )


def test_everything_on_one_page() -> None:
    pdf = manifest_pdf(two_pallets())
    (text,) = texts(pdf)
    assert rows(text) == [
        "Manifest S-000012",
        "Acme Toys Outlet · store ID 100045 · US",
        "FBA shipment ID FBA15DXK3R9Q",
        "Carrier Estes · PRO / tracking PRO 77 · Open",
        *("PALLETS", "2", "CARTONS", "5", "UNITS", "30", "CLIENTS", "2", "ASINS", "2", "SHIPPING", "$13.66"),
        *("GROSS LB", "1,545.5", "CUBIC FEET", "97.8", "DENSITY LB/FT³", "15.81", "FREIGHT CLASS", "70"),
        *("LINEAR FEET", "4", "HAZMAT", "No"),
        "Freight class by density alone (NMFTA 13-tier scale of July 19, 2025), pallets and their height included. "
        "Linear feet: two pallets abreast, nothing stacked.",
        "Pallets",
        *("No.", "Pallet", "Contents", "Cartons", "Units", "Gross lb", "L x W x H in", "lb/ft³", "Fill", "Shipping"),
        *("1", "P-000001", "Mixed: 2 ASINs", "4", "24", "1,045.5", "48 x 40 x 58", "16.22", "83%", "$13.00"),
        *("2", "P-000002", "Single ASIN B000000002", "1", "6", "500", "48 x 40 x 30", "15.00", "83%", "$0.66"),
        *("Total", "5", "30", "1,545.5", "15.81", "$13.66"),
        "By client",
        *("Client", "Client ID", "On pallet no.", "Cases", "Units", "Shipping"),
        *("Acme Buyers", "1", "1", "3", "18", "$12.34"),
        *("Zeta", "20", "1–2", "2", "12", "$1.32"),
        *("Total", "5", "30", "$13.66"),
        "By ASIN",
        *("Product", "ASIN", "On pallet no.", "Cases", "Units", "Shipping"),
        *("Product 1", "B000000001", "1", "3", "18", "$12.34"),
        *("Product 2", "B000000002", "1–2", "2", "12", "$1.32"),
        *("Total", "5", "30", "$13.66"),
        *("Warehouse: loaded 2 pallets, 5 cartons", "Name", "Signature", "Date and time · seal or trailer no."),
        *("Driver: received 2 pallets, 5 cartons", "Name", "Signature", "Date and time · seal or trailer no."),
        "Manifest S-000012 · Acme Toys Outlet",
        "Page 1 of 1",
    ]
    assert codes(pictures(pdf)[0]) == {"Code128": "S-000012"}


def test_what_is_not_known_yet_can_be_written_by_hand() -> None:
    hazardous = pallet(1, lines=(line(1, cases=1, group="Hazmat"),), has_estimates=True)
    (text,) = texts(manifest_pdf(shipment(hazardous, carrier="", tracking="", amazon_id="")))
    assert "FBA shipment ID not known yet" in text
    assert "Carrier ____________ · PRO / tracking ____________ · Open" in text
    assert "Some sizes or weights are estimates: measure and weigh before the carrier is booked." in text
    assert rows(text)[rows(text).index("HAZMAT") + 1] == "YES"
    assert "Driver: received 1 pallet, 1 carton" in text


def test_a_shipment_that_has_left_says_when() -> None:
    (text,) = texts(manifest_pdf(shipment(pallet(1), state="Shipped", shipped_on=date(2026, 11, 23))))
    assert "Shipped Nov 23, 2026" in text


def test_a_full_trailer_takes_pages_and_the_signatures_stay_together() -> None:
    pallets = [pallet(number, lines=tuple(line(number * 3 + one) for one in range(3))) for number in range(1, 27)]
    pages = texts(manifest_pdf(shipment(*pallets)))
    assert [rows(page)[-1] for page in pages] == [
        f"Page {number} of {len(pages)}" for number in range(1, len(pages) + 1)
    ]
    assert [row for page in pages for row in rows(page) if row.startswith("P-")] == [one.code for one in pallets]
    assert [row for page in pages for row in rows(page) if row.startswith("B0")] == [
        f"B{one:09d}" for one in range(3, 81)
    ]
    signed = ["Warehouse: loaded 26 pallets, 234 cartons" in page for page in pages]
    assert signed == [False] * (len(pages) - 1) + [True]
    assert "Driver: received 26 pallets, 234 cartons" in pages[-1]
    assert {"27,183", "16.22", "52"} <= set(rows(pages[0]))


def test_an_empty_shipment_prints() -> None:
    (text,) = texts(manifest_pdf(shipment()))
    assert "Driver: received 0 pallets, 0 cartons" in text
    assert manifest_csv(shipment()).decode("utf-8-sig").splitlines()[1:] == [
        "Shipment,S-000012,Acme Toys Outlet,0,0,0,0.00,0.00,,,,0.00,,,0"
    ]


def test_csv_to_the_byte() -> None:
    text = (
        "Row,Code,Name,Pallets,Cartons,Units,Shipping USD,Gross lb,Length in,Width in,Height in,Cubic feet,"
        "Density lb/ft3,Freight class,Linear feet\r\n"
        "Shipment,S-000012,Acme Toys Outlet,2,5,30,13.66,1545.50,,,,97.78,15.81,70,4\r\n"
        "Pallet,P-000001,Mixed: 2 ASINs,1,4,24,13.00,1045.50,48,40,58.00,64.44,16.22,,\r\n"
        "Pallet,P-000002,Single ASIN B000000002,1,1,6,0.66,500.00,48,40,30.00,33.33,15.00,,\r\n"
        "Client,1,Acme Buyers,1,3,18,12.34,,,,,,,,\r\n"
        "Client,20,Zeta,2,2,12,1.32,,,,,,,,\r\n"
        "ASIN,B000000001,Product 1,1,3,18,12.34,,,,,,,,\r\n"
        "ASIN,B000000002,Product 2,2,2,12,1.32,,,,,,,,\r\n"
    )
    assert manifest_csv(two_pallets()) == codecs.BOM_UTF8 + text.encode()


def test_one_file_with_all_papers_the_same_bytes_for_the_same_data() -> None:
    sheet = two_pallets()
    bundle = documents_zip(sheet)
    with ZipFile(BytesIO(bundle)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == {
            "S-000012/labels.pdf": labels_pdf(sheet.pallets),
            "S-000012/packing_lists.pdf": packing_lists_pdf(sheet.pallets),
            "S-000012/packing_list.csv": packing_list_csv(sheet.pallets),
            "S-000012/manifest.pdf": manifest_pdf(sheet),
            "S-000012/manifest.csv": manifest_csv(sheet),
        }
        assert {info.date_time for info in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert len(texts(opened.read("S-000012/labels.pdf"))) == 8
    assert documents_zip(two_pallets()) == bundle
