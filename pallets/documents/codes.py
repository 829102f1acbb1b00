"""Bar codes whose bars are whole dots of a label printer: edges stay sharp and scanners read them."""

from itertools import groupby
from typing import Any

from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget

DOT = 72 / 203  # points; label printers print 203 dots an inch
QUIET = 10  # bars that must stay white on each side of a Code 128, ISO/IEC 15417
QR_QUIET = 4  # squares that must stay white around a QR code, ISO/IEC 18004


def on_dots(length: float) -> float:
    """`length` in points, rounded to whole dots."""
    return round(length / DOT) * DOT


def draw_code128(canvas: Any, x: float, y: float, value: str, *, width: float, height: float, align: float = 0) -> None:
    """The widest Code 128 of `value` that `width` points hold with its quiet zones; corner at (x, y), `align`ed in the
    width: 0 left, ½ middle, 1 right. `value` is plain ASCII.
    """
    bars = Code128(value, barWidth=1, quiet=0).width
    dots = max(int(width / DOT / (bars + 2 * QUIET)), 1)
    code = Code128(value, barWidth=dots * DOT, barHeight=on_dots(height), quiet=0)
    spare = width - code.width - 2 * QUIET * dots * DOT
    code.drawOn(canvas, on_dots(x + spare * align + QUIET * dots * DOT), on_dots(y))


def draw_qr(canvas: Any, x: float, y: float, text: str, *, size: float) -> None:
    """The largest QR code of `text` that a square of `size` points holds with its quiet zone; corner at (x, y).

    Error correction M: still readable with 15 % of it scratched.
    """
    code = QrCodeWidget(text, barLevel="M").qr
    code.make()
    squares = code.getModuleCount()
    side = max(int(size / DOT / (squares + 2 * QR_QUIET)), 1) * DOT
    margin = (size - squares * side) / 2
    left, top = on_dots(x + margin), on_dots(y + size - margin)
    canvas.setFillGray(0)
    for row, modules in enumerate(code.modules):
        column = 0
        for dark, squares_alike in groupby(modules, key=bool):
            count = len(list(squares_alike))
            if dark:
                canvas.rect(left + column * side, top - (row + 1) * side, count * side, side, stroke=0, fill=1)
            column += count
