"""Text on paper: any name shows or is replaced, and none is wider than its place.

Every PDF embeds what it uses of the fonts beside this file: DejaVu for Latin, Greek, Cyrillic and most other
alphabets, Noto for common Chinese, Japanese and Korean. What they do not draw, such as an emoji, becomes an empty box.
Right-to-left text is not reordered.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
FALLBACKS = ("NotoSansSC-SemiBold", "NotoSansKR-SemiBold")
NO_GLYPH, CUT = "□", "…"
VARIATIONS = "\ufe00", "\ufe0f"  # they only choose how the character before them looks


@cache
def glyphs(font: str) -> Any:
    """The glyphs of one of our fonts by code point; makes the font known at first use."""
    pdfmetrics.registerFont(TTFont(font, Path(__file__).with_name("fonts") / f"{font}.ttf"))
    return pdfmetrics.getFont(font).face.charToGlyph


def clean(text: str) -> str:
    """`text` on one line: accents joined, control characters and invisible marks gone, spaces collapsed."""
    shown = (char for char in unicodedata.normalize("NFC", text) if not _invisible(char))
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in shown).split())


def _invisible(char: str) -> bool:
    """Joiners, direction marks and the like."""
    return unicodedata.category(char) == "Cf" or VARIATIONS[0] <= char <= VARIATIONS[1]


def runs(text: str, font: str) -> list[tuple[str, str]]:
    """`text` as (font, piece), every piece drawn by one font."""
    shown = [_shown(char, font) for char in clean(text)]
    return [(name, "".join(char for _, char in pieces)) for name, pieces in groupby(shown, key=lambda one: one[0])]


def _shown(char: str, font: str) -> tuple[str, str]:
    """The first font that draws `char`, or an empty box."""
    for name in (font, *FALLBACKS):
        if ord(char) in glyphs(name):
            return name, char
    return font, NO_GLYPH


def width_of(text: str, size: float, font: str = PLAIN) -> float:
    """Points that `text` takes on one line."""
    return float(sum(pdfmetrics.stringWidth(piece, name, size) for name, piece in runs(text, font)))


def cut(text: str, size: float, width: float, font: str = PLAIN) -> str:
    """As much of `text` as `width` points hold, with an ellipsis where it is not all."""
    text = clean(text)
    if width_of(text, size, font) <= width:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        half = (fits + too_long) // 2
        if width_of(text[:half] + CUT, size, font) <= width:
            fits = half
        else:
            too_long = half
    return text[:fits].rstrip() + CUT


def fit(text: str, sizes: Sequence[float], width: float, font: str = PLAIN) -> float:
    """The first of `sizes`, largest first, at which `text` is no wider than `width` points; else the last."""
    return next((size for size in sizes if width_of(text, size, font) <= width), sizes[-1])


def wrap(text: str, size: float, width: float, most: int, font: str = PLAIN) -> list[str]:
    """`text` on at most `most` lines of `width` points, broken between words; the last one is cut."""
    words, lines = clean(text).split(), [""]
    while words:
        joined = f"{lines[-1]} {words[0]}".strip()
        if len(lines) == most or (not lines[-1] and width_of(words[0], size, font) > width):
            return [*lines[:-1], cut(" ".join([lines[-1], *words]), size, width, font)]
        if width_of(joined, size, font) <= width:
            lines[-1] = joined
            words.pop(0)
        else:
            lines.append("")
    return lines


def draw(
    canvas: Any, x: float, y: float, text: str, size: float, *, font: str = PLAIN, width: float = 1e6, align: float = 0
) -> None:
    """Write `text` on the base line `y`, cut to `width` points; `align` 0 puts its left end at x, ½ its middle, 1 its
    right end.
    """
    text = cut(text, size, width, font)
    x -= width_of(text, size, font) * align
    for name, piece in runs(text, font):
        canvas.setFont(name, size)
        canvas.drawString(x, y, piece)
        x += pdfmetrics.stringWidth(piece, name, size)
