"""The manifest of a shipment: its pallets, what the carrier asks, totals by client and by ASIN, and who signs."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer

from common.money import usd
from pallets.documents.csv_table import Cell, csv_bytes
from pallets.documents.lettering import BOLD, draw
from pallets.documents.pages import WIDTH, Columns, Heading, Part, Text, figures_table, render
from pallets.documents.sheets import (
    LineSheet,
    PalletSheet,
    ShipmentSheet,
    Total,
    by_asin,
    by_client,
    day,
    figure,
    number_ranges,
    totals,
)

PALLETS = Columns(
    ("No.", 24, 1, 1),
    ("Pallet", 54, 0, 1),
    ("Contents", 110, 0, 1),
    ("Cartons", 42, 1, 1),
    ("Units", 42, 1, 1),
    ("Gross lb", 46, 1, 1),
    ("L x W x H in", 72, 1, 1),
    ("lb/ft³", 38, 1, 1),
    ("Fill", 32, 1, 1),
    ("Shipping", 56, 1, 1),
)
SUMS = (("On pallet no.", 90, 0, 2), ("Cases", 44, 1, 1), ("Units", 50, 1, 1), ("Shipping", 70, 1, 1))
CLIENTS = Columns(("Client", 180, 0, 1), ("Client ID", 80, 0, 1), *SUMS)
ASINS = Columns(("Product", 190, 0, 1), ("ASIN", 66, 0, 1), *SUMS)
CSV_HEADS = (
    "Row", "Code", "Name", "Pallets", "Cartons", "Units", "Shipping USD", "Gross lb", "Length in", "Width in",
    "Height in", "Cubic feet", "Density lb/ft3", "Freight class", "Linear feet",
)  # fmt: skip
NOTE = (
    "Freight class by density alone (NMFTA 13-tier scale of July 19, 2025), pallets and their height included. "
    "Linear feet: two pallets abreast, nothing stacked."
)
ESTIMATES = "Some sizes or weights are estimates: measure and weigh before the carrier is booked."


class SignOff(Flowable):  # type: ignore[misc]
    """Two boxes to sign in: what was loaded, and what was received."""

    HEIGHT = 118

    def __init__(self, pallets: int, cartons: int) -> None:
        super().__init__()
        self.count = f"{_count(pallets, 'pallet')}, {_count(cartons, 'carton')}"

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, self.HEIGHT

    def draw(self) -> None:
        half = (WIDTH - 16) / 2
        for x, title in ((0.0, f"Warehouse: loaded {self.count}"), (half + 16, f"Driver: received {self.count}")):
            self.canv.rect(x, 0, half, self.HEIGHT - 6)
            draw(self.canv, x + 6, self.HEIGHT - 22, title, 9.5, font=BOLD, width=half - 12)
            for place, caption in enumerate(("Name", "Signature", "Date and time · seal or trailer no.")):
                y = self.HEIGHT - 46 - place * 28
                self.canv.line(x + 6, y, x + half - 6, y)
                draw(self.canv, x + 6, y - 8, caption, 6.5)


def manifest_pdf(shipment: ShipmentSheet) -> bytes:
    """The manifest of `shipment` on letter pages."""
    rows = [_pallet_row(place, pallet) for place, pallet in enumerate(shipment.pallets, start=1)]
    story: list[Flowable] = [
        Part(f"Manifest {shipment.code} · {shipment.store}"),
        Heading("Manifest", shipment.code, _head(shipment)),
        figures_table(_figures(shipment), 6),
        *([Text(ESTIMATES, bold=True, size=10)] if shipment.has_estimates else []),
        Text(NOTE, size=7, most=2),
        *_section("Pallets", PALLETS.table([*rows, _pallets_total(shipment)])),
        *_section("By client", _totals_table(CLIENTS, shipment, by_client)),
        *_section("By ASIN", _totals_table(ASINS, shipment, by_asin)),
        KeepTogether([Spacer(0, 14), SignOff(len(shipment.pallets), shipment.cartons)]),
    ]
    return render(f"Manifest {shipment.code}", story)


def manifest_csv(shipment: ShipmentSheet) -> bytes:
    """One row for the shipment, each pallet, each client and each ASIN, told apart by the first column."""
    return csv_bytes(CSV_HEADS, _csv_rows(shipment))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _head(shipment: ShipmentSheet) -> tuple[str, str, str]:
    carrier = " · ".join(
        [
            f"Carrier {shipment.carrier or '____________'}",
            f"PRO / tracking {shipment.tracking or '____________'}",
            f"{shipment.state} {day(shipment.shipped_on)}" if shipment.shipped_on else shipment.state,
        ]
    )
    amazon = f"FBA shipment ID {shipment.amazon_id or 'not known yet'}"
    return f"{shipment.store} · store ID {shipment.store_id} · {shipment.marketplace}", amazon, carrier


def _figures(shipment: ShipmentSheet) -> list[tuple[str, str]]:
    return [
        ("PALLETS", f"{len(shipment.pallets)}"),
        ("CARTONS", f"{shipment.cartons:,}"),
        ("UNITS", f"{shipment.units:,}"),
        ("CLIENTS", f"{len({line.client_id for line in shipment.lines})}"),
        ("ASINS", f"{len({line.asin for line in shipment.lines})}"),
        ("SHIPPING", usd(shipment.shipping)),
        ("GROSS LB", figure(shipment.weight)),
        ("CUBIC FEET", figure(shipment.volume)),
        ("DENSITY LB/FT³", f"{shipment.density}" if shipment.density is not None else "–"),
        ("FREIGHT CLASS", shipment.freight_class or "–"),
        ("LINEAR FEET", f"{shipment.linear_feet}"),
        ("HAZMAT", "YES" if shipment.is_hazmat else "No"),
    ]


def _section(title: str, table: Any) -> list[Flowable]:
    return [Spacer(0, 10), CondPageBreak(70), Text(title, bold=True, size=11), table]


def _pallet_row(place: int, pallet: PalletSheet) -> list[Text]:
    return PALLETS.row(
        (
            f"{place}",
            pallet.code,
            pallet.contents,
            f"{pallet.cartons:,}",
            f"{pallet.units:,}",
            figure(pallet.weight),
            f"{pallet.length} x {pallet.width} x {figure(pallet.height)}",
            f"{pallet.density}",
            f"{pallet.fill:.0%}",
            usd(pallet.shipping),
        )
    )


def _pallets_total(shipment: ShipmentSheet) -> list[Text]:
    cells = ["", "Total", "", f"{shipment.cartons:,}", f"{shipment.units:,}", figure(shipment.weight)]
    density = "" if shipment.density is None else f"{shipment.density}"
    return PALLETS.row([*cells, "", density, "", usd(shipment.shipping)], bold=True)


def _totals_table(columns: Columns, shipment: ShipmentSheet, key: Callable[[LineSheet], tuple[str, str]]) -> Any:
    found = totals(shipment, key)
    rows = [columns.row(_total_cells(total.name, total.key, number_ranges(total.pallets), total)) for total in found]
    whole = Total("", "", (), sum(one.cases for one in found), shipment.units, shipment.shipping)
    return columns.table([*rows, columns.row(_total_cells("Total", "", "", whole), bold=True)])


def _total_cells(name: str, key: str, pallets: str, total: Total) -> Sequence[str]:
    return name, key, pallets, f"{total.cases:,}", f"{total.units:,}", usd(total.shipping)


def _csv_rows(shipment: ShipmentSheet) -> Iterable[Sequence[Cell]]:
    yield (
        "Shipment", shipment.code, shipment.store, len(shipment.pallets), shipment.cartons, shipment.units,
        shipment.shipping, shipment.weight, None, None, None, _hundredths(shipment.volume), shipment.density,
        shipment.freight_class, shipment.linear_feet,
    )  # fmt: skip
    for pallet in shipment.pallets:
        yield (
            "Pallet", pallet.code, pallet.contents, 1, pallet.cartons, pallet.units, pallet.shipping, pallet.weight,
            pallet.length, pallet.width, pallet.height, _hundredths(pallet.volume), pallet.density, None, None,
        )  # fmt: skip
    for kind, key in (("Client", by_client), ("ASIN", by_asin)):
        for one in totals(shipment, key):
            row = (kind, one.key, one.name, len(one.pallets), one.cases, one.units, one.shipping)
            yield (*row, *[None] * (len(CSV_HEADS) - len(row)))


def _hundredths(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))
