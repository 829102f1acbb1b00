"""The warehouse's own 4 x 6 in label of a pallet, four times: Amazon wants labels on all four sides of a pallet."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas

from pallets.documents.codes import draw_code128, draw_qr
from pallets.documents.lettering import BOLD, clean, draw, fit, width_of, wrap
from pallets.documents.sheets import PalletSheet, day, figure

COPIES = 4
WIDTH, HEIGHT = 4 * inch, 6 * inch
MARGIN = 10
LEFT, RIGHT = MARGIN, WIDTH - MARGIN
INNER = RIGHT - LEFT
NOTICE = "WAREHOUSE LABEL – not Amazon's pallet label"
CAPTION = 7  # points of the small words above a figure
# Base lines and rules, points from the bottom.
BAND, STORE, SHIPMENT, POSITION, FIGURES, MARKS, CODE = 408, 392, 318, 276, 168, 122, 74


def labels_pdf(pallets: Iterable[PalletSheet]) -> bytes:
    """Four identical pages of 4 x 6 in for each pallet, one after another, for a label printer.

    Bars and squares of the codes are whole dots at 203 dpi, so readers are asked to print at 100 %.
    """
    pallets = list(pallets)
    file = BytesIO()
    canvas = Canvas(file, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1)
    canvas.setViewerPreference("PrintScaling", "None")
    canvas.setTitle(f"Pallet labels {', '.join(pallet.code for pallet in pallets)}")
    for place, pallet in enumerate(pallets):
        canvas.beginForm(f"label{place}")
        _draw_label(canvas, pallet)
        canvas.endForm()
        for _ in range(COPIES):
            canvas.doForm(f"label{place}")
            canvas.showPage()
    canvas.save()
    return file.getvalue()


def qr_text(pallet: PalletSheet) -> str:
    """What a phone shows: nothing but what stands on the label, no address and no secret."""
    rows = (
        f"PALLET {pallet.code}",
        f"SHIPMENT {pallet.shipment}" if pallet.shipment else "",
        f"STORE {clean(pallet.store_id)}",
        f"CARTONS {pallet.cartons}",
        f"GROSS LB {pallet.weight:.1f}",
    )
    return "\n".join(row for row in rows if row).encode(errors="replace").decode()


def _draw_label(canvas: Any, pallet: PalletSheet) -> None:
    _notice(canvas)
    _store(canvas, pallet)
    _shipment(canvas, pallet)
    _position(canvas, pallet)
    _figures(canvas, pallet)
    _marks(canvas, pallet.marks)
    draw_code128(canvas, 0, 24, pallet.code, width=WIDTH, height=CODE - 26, align=0.5)
    draw(canvas, WIDTH / 2, 7, pallet.code, 17, font=BOLD, width=INNER, align=0.5)


def _notice(canvas: Any) -> None:
    canvas.rect(0, BAND, WIDTH, HEIGHT - BAND, stroke=0, fill=1)
    canvas.setFillGray(1)
    draw(canvas, WIDTH / 2, BAND + 8, NOTICE, 10.5, font=BOLD, width=INNER, align=0.5)
    canvas.setFillGray(0)


def _store(canvas: Any, pallet: PalletSheet) -> None:
    draw(canvas, LEFT, STORE + 4, "DESTINATION STORE", CAPTION)
    size = fit(pallet.store, (24, 20, 17), INNER, BOLD)
    lines = wrap(pallet.store, size, INNER, 2, BOLD)
    for place, line in enumerate(lines):
        draw(canvas, LEFT, STORE - size * 0.8 - place * size * 1.1, line, size, font=BOLD)
    store = f"Store ID {pallet.store_id} · {pallet.marketplace}"
    draw(canvas, LEFT, STORE - 52, store, 13, font=BOLD, width=INNER)
    _rule(canvas, STORE - 58)


def _shipment(canvas: Any, pallet: PalletSheet) -> None:
    half = INNER / 2 - 4
    for x, caption, value in (
        (LEFT, "SHIPMENT", pallet.shipment or "none yet"),
        (LEFT + INNER / 2, "FBA SHIPMENT ID", pallet.amazon_id or "not known yet"),
    ):
        draw(canvas, x, SHIPMENT + 6, caption, CAPTION)
        draw(canvas, x, SHIPMENT - 10, value, fit(value, (15, 13, 11), half, BOLD), font=BOLD, width=half)
    _rule(canvas, SHIPMENT - 17)


def _position(canvas: Any, pallet: PalletSheet) -> None:
    side = 108
    width = INNER - side
    draw(canvas, LEFT, POSITION + 14, "PALLET", CAPTION)
    position = pallet.position or pallet.code
    size = fit(position, (42, 34, 27), width, BOLD)
    draw(canvas, LEFT, POSITION - 24, position, size, font=BOLD, width=width)
    draw(canvas, LEFT, POSITION - 46, pallet.contents, 12, font=BOLD, width=width)
    draw(canvas, LEFT, POSITION - 64, f"Planned {day(pallet.planned_on)}", 10, width=width)
    words = ("" if pallet.state == "Planned" else pallet.state, "Pooled" if pallet.is_pooled else "")
    more = " · ".join(word for word in words if word)
    draw(canvas, LEFT, POSITION - 78, more, 10, font=BOLD, width=width)
    draw_qr(canvas, RIGHT - side + 6, POSITION - 84, qr_text(pallet), size=side)
    _rule(canvas, FIGURES + 20)


def _figures(canvas: Any, pallet: PalletSheet) -> None:
    figures = (
        ("CARTONS", f"{pallet.cartons:,}", 54),
        ("UNITS", f"{pallet.units:,}", 66),
        ("GROSS LB", figure(pallet.weight), 90),
        ("HEIGHT IN", figure(pallet.height), 58),
    )
    x = LEFT
    for caption, value, width in figures:
        draw(canvas, x, FIGURES + 8, caption, CAPTION)
        draw(canvas, x, FIGURES - 14, value, fit(value, (21, 17, 14), width - 5, BOLD), font=BOLD)
        x += width
    _rule(canvas, FIGURES - 21)


def _marks(canvas: Any, marks: tuple[str, ...]) -> None:
    """White on black boxes in two rows at most; what finds no room is counted, never dropped silently."""
    size, height, gap = 11, 19, 5
    x, y = float(LEFT), float(MARKS)
    for place, mark in enumerate(marks):
        width = min(width_of(mark, size, BOLD) + 13, INNER)
        room = 0 if place == len(marks) - 1 else 34
        if x + width + (room if y < MARKS else 0) > RIGHT:
            if y < MARKS:
                draw(canvas, x, y + 5, f"+ {len(marks) - place}", size, font=BOLD)
                return
            x, y = LEFT, y - height - gap
        canvas.rect(x, y, width, height, stroke=0, fill=1)
        canvas.setFillGray(1)
        draw(canvas, x + 6, y + 5, mark, size, font=BOLD, width=width - 12)
        canvas.setFillGray(0)
        x += width + gap


def _rule(canvas: Any, y: float) -> None:
    canvas.setLineWidth(1.2)
    canvas.line(LEFT, y, RIGHT, y)
