"""One build step seen from above as SVG text: the deck, what stands on it, where the block goes. Lengths in 0.1 in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pallets.packing.picture_faces import MOST_TEXT, Look, clean, pale

Row = Mapping[str, Any]

BOARD, EDGE, FAINT = "#e9d8bd", "#1f2933", "#9aa3ad"
LETTERS = 21
AROUND = 28  # room for a word beside the deck
ROWS = (38, 74)  # where the gaps and the block's sides are written, beyond the deck's edge
ROOM = 80
CHARACTER = 0.6  # of the letters' height: the width of a digit


@dataclass(frozen=True)
class SideWords:
    """What stands along the sides of the deck."""

    rear: str = ""
    left: str = ""
    front: str = ""


NO_WORDS = SideWords()


def plan_view_svg(
    step: Row,
    below: Sequence[Row],
    deck: tuple[int, int] = (480, 400),
    *,
    looks: Mapping[str, Look],
    words: SideWords = NO_WORDS,
    label: str = "From above",
) -> str:
    """The deck from above, x to the right and y down, so its front is below; the step's cartons over those `below`.

    Lengths in 0.1 in. Under the deck and at its right stand the block's distances from the edges and its sides, in
    inches.
    """
    look = looks[step["sku"]]
    x, y, dx, dy = step["x"], step["y"], step["dx"], step["dy"]
    width, depth = step["nx"] * dx, step["ny"] * dy
    cells = [(x + i * dx, y + j * dy) for j in range(step["ny"]) for i in range(step["nx"])]
    drawn = "".join(_rect(*cell, dx, dy, look.colour) + _named(*cell, dx, dy, look) for cell in cells)
    drawn += f'<rect x="{x}" y="{y}" width="{width}" height="{depth}" fill="none" stroke-width="5"/>'
    view = f"{-AROUND} {-AROUND} {deck[0] + AROUND + ROOM} {deck[1] + AROUND + ROOM + AROUND}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" role="img" aria-label="{clean(label)}" '
        f'stroke="{EDGE}" stroke-width="1.6" font-family="sans-serif" font-size="{LETTERS}">'
        f"{_rect(0, 0, *deck, BOARD)}{_tops(below, looks)}{drawn}"
        f"{_measured(x, x + width, 0, deck[0], deck[1])}"
        # Turned upright: what runs along its x goes up the page, so y counts from below.
        f'<g transform="rotate(-90)">{_measured(-y - depth, -y, -deck[1], 0, deck[0])}</g>{_sides(deck, words)}</svg>'
    )


def inches(length: int) -> str:
    """`length` in 0.1 in as inches with the sign for them."""
    return f"{length / 10:.1f}″"


def _tops(rows: Iterable[Row], looks: Mapping[str, Look]) -> str:
    """The highest carton on each footprint, from low to high."""
    highest: dict[tuple[int, int, int, int], Row] = {}
    for row in sorted(rows, key=lambda row: row["z"] + row["dz"]):
        foot = (row["x"], row["y"], row["dx"], row["dy"])
        highest.pop(foot, None)
        highest[foot] = row
    return "".join(_rect(*foot, pale(looks[row["sku"]].colour), FAINT) for foot, row in highest.items())


def _rect(x: int, y: int, width: int, height: int, fill: str, stroke: str = EDGE) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" stroke="{stroke}"/>'


def _named(x: int, y: int, width: int, height: int, look: Look) -> str:
    size = min(0.6 * min(width, height), MOST_TEXT)
    middle, base = x + width / 2, y + height / 2 + size * 0.36
    return _text(middle, base, look.text, fill=look.ink, size=f"{size:.0f}", weight="600") if look.text else ""


def _text(x: float, y: float, text: str, *, fill: str = "currentColor", anchor: str = "middle", **more: str) -> str:
    style = "".join(f' font-{key}="{value}"' for key, value in more.items())
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" stroke="none" fill="{fill}"{style}>{clean(text)}</text>'
    )


def _measured(start: int, end: int, low: int, high: int, beyond: int) -> str:
    """Gap, block and gap between `low` and `high` as a draughtsman writes them, `beyond` the deck's edge."""
    near, far = beyond + ROWS[0], beyond + ROWS[1]
    lines = [(start, beyond + 4, start, far), (end, beyond + 4, end, far), (start, far - 4, end, far - 4)]
    told = _text((start + end) / 2, far - 9, inches(end - start), weight="600")
    for edge, side, inwards in ((low, start, 1), (high, end, -1)):
        if edge != side:
            lines += [(edge, beyond + 4, edge, near), (edge, near - 4, side, near - 4)]
            told += _gap(abs(side - edge), (edge + side) / 2, side, near, inwards)
    path = "".join(f"M{x1} {y1}L{x2} {y2}" for x1, y1, x2, y2 in lines)
    return f'<path d="{path}" stroke="currentColor" stroke-width="1.2" fill="none"/>{told}'


def _gap(length: int, middle: float, side: int, at: int, inwards: int) -> str:
    """A gap too narrow for its figure has it beside its line, under the block."""
    text = inches(length)
    if length > (len(text) + 1) * CHARACTER * LETTERS:
        return _text(middle, at - 9, text)
    return _text(side + 5 * inwards, at + 2, text, anchor="start" if inwards > 0 else "end")


def _sides(deck: tuple[int, int], words: SideWords) -> str:
    middle, centre = deck[0] / 2, deck[1] / 2
    return (
        _text(middle, -8, words.rear)
        + f'<g transform="rotate(-90)">{_text(-centre, -8, words.left)}</g>'
        + _text(middle, deck[1] + ROOM + 16, words.front, weight="600")
    )
