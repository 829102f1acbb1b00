"""The packing list of a pallet: what lies on it, client by client, for those who build it and check it."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from reportlab.platypus import CondPageBreak, Flowable, PageBreak, Spacer

from pallets.documents.csv_table import csv_bytes
from pallets.documents.pages import LIGHT, Columns, Heading, Part, Text, figures_table, render
from pallets.documents.sheets import LineSheet, PalletSheet, by_client, day, figure, number_ranges

TICK = "□"
COLUMNS = Columns(
    (TICK, 14, 0, 1),
    ("ASIN", 62, 0, 1),
    ("Product", 150, 0, 2),
    ("Cart", 46, 0, 1),
    ("Cases", 32, 1, 1),
    ("Pack", 30, 1, 1),
    ("Units", 36, 1, 1),
    ("Carton, in", 74, 1, 1),
    ("lb", 34, 1, 1),
    ("Steps", 52, 1, 3),
)
CSV_HEADS = (
    "Pallet", "Shipment", "FBA shipment ID", "Store ID", "Store", "Client ID", "Client", "Cart", "ASIN", "Product",
    "Cases", "Case pack", "Units", "Carton length in", "Carton width in", "Carton height in", "Carton lb", "Steps",
    "Shipping USD",
)  # fmt: skip


def packing_lists_pdf(pallets: Iterable[PalletSheet]) -> bytes:
    """The packing lists of `pallets` in one file of letter pages; each starts a page and counts its own."""
    pallets = list(pallets)
    story: list[Flowable] = []
    for pallet in pallets:
        story += [*([PageBreak()] if story else []), *_part(pallet)]
    return render(f"Packing list {', '.join(pallet.code for pallet in pallets)}", story)


def packing_list_csv(pallets: Iterable[PalletSheet]) -> bytes:
    """One row for each line of `pallets`, safe to open in a spreadsheet."""
    return csv_bytes(CSV_HEADS, (_csv_row(pallet, line) for pallet in pallets for line in pallet.lines))


def _part(pallet: PalletSheet) -> list[Flowable]:
    store = f"{pallet.store} · store ID {pallet.store_id} · {pallet.marketplace}"
    shipment = " · ".join(
        word
        for word in (
            f"Shipment {pallet.shipment}" if pallet.shipment else "In no shipment yet",
            f"pallet {pallet.position}" if pallet.position else "",
            pallet.amazon_id,
        )
        if word
    )
    words = ("" if pallet.state == "Planned" else pallet.state, "Pooled" if pallet.is_pooled else "")
    state = " · ".join([f"Planned {day(pallet.planned_on)}", *(word for word in words if word)])
    figures = (
        ("CARTONS", f"{pallet.cartons:,}"),
        ("UNITS", f"{pallet.units:,}"),
        ("ASINS", f"{len(pallet.asins)}"),
        ("GROSS LB", figure(pallet.weight)),
        ("SIZE IN", f"{pallet.length} x {pallet.width} x {figure(pallet.height)}"),
        ("FILL", f"{pallet.fill:.0%}"),
    )
    parts: list[Flowable] = [
        Part(f"Packing list {pallet.code} · {pallet.store}"),
        Heading("Packing list", pallet.code, (store, shipment, state)),
        figures_table(figures, len(figures)),
    ]
    if pallet.marks:
        parts += [Text(" · ".join(pallet.marks), bold=True, size=11, most=2), Spacer(0, 4)]
    return [*parts, CondPageBreak(60), _lines_table(pallet)]


def _lines_table(pallet: PalletSheet) -> Any:
    rows: list[list[Any]] = []
    style: list[tuple[Any, ...]] = []
    for (client_id, client), found in groupby(pallet.lines, key=by_client):
        lines = list(found)
        place = len(rows) + 1
        cases, units = sum(line.cases for line in lines), sum(line.units for line in lines)
        head = f"{client} ({client_id}): {cases:,} {'case' if cases == 1 else 'cases'}, {units:,} units"
        rows += [[Text(head, bold=True, size=9)] + [""] * (len(COLUMNS.columns) - 1), *map(_row, lines)]
        style += [
            ("SPAN", (0, place), (-1, place)),
            ("BACKGROUND", (0, place), (-1, place), LIGHT),
            ("NOSPLIT", (0, place), (-1, place + 1)),
        ]
    total = ("", "Total", "", "", f"{sum(line.cases for line in pallet.lines):,}", "", f"{pallet.units:,}", "", "", "")
    rows.append(COLUMNS.row(total, bold=True))
    return COLUMNS.table(rows, style)


def _row(line: LineSheet) -> list[Text]:
    marks = [name for name, holds in (("fragile", line.fragile), ("this side up", line.upright)) if holds]
    title = f"[{', '.join([*marks, *([line.group] if line.group else [])])}] " if marks or line.group else ""
    return COLUMNS.row(
        (
            TICK,
            line.asin,
            title + line.title,
            line.cart,
            f"{line.cases:,}",
            f"{line.case_pack:,}",
            f"{line.units:,}",
            " x ".join(figure(side) for side in line.size) if line.size else "measure",
            "weigh" if line.weight is None else figure(line.weight),
            number_ranges(line.steps),
        )
    )


def _csv_row(pallet: PalletSheet, line: LineSheet) -> tuple[Any, ...]:
    return (
        pallet.code,
        pallet.shipment,
        pallet.amazon_id,
        pallet.store_id,
        pallet.store,
        line.client_id,
        line.client,
        line.cart,
        line.asin,
        line.title,
        line.cases,
        line.case_pack,
        line.units,
        *(line.size or (None, None, None)),
        line.weight,
        number_ranges(line.steps),
        line.shipping,
    )
