"""Isometric pictures of one pallet as SVG text, whole and step by step, readable on light and dark backgrounds."""

import colorsys
import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pallets.packing.picture_faces import (
    DOWN,
    FACES,
    RIGHT,
    Cuboid,
    Face,
    Look,
    box_faces,
    clean,
    lettering,
    pale,
    printed,
)

Row = Mapping[str, Any]

WOOD = "#c49a6c"
EDGE, FAINT = "#1f2933", "#8b95a1"
GOLDEN = 0.618034
MARGIN = 12.0
LETTERS = 26.0  # the words along the deck, 0.1 in high
MOST_SORTED = 1_500  # beyond this the exact back-to-front order is too dear and the nearest corner decides
STYLE = f'stroke="{EDGE}" stroke-width="1.6" stroke-linejoin="round" font-family="sans-serif" font-weight="600"'


@dataclass(frozen=True)
class _Part:
    """One carton that is seen at some step."""

    place: int
    step: int
    markup: str
    faint: str


class PalletPicture:
    """One pallet seen from above its right front corner (largest x and y), the wooden pallet under it.

    `placements` as in the plan's JSON, lengths in 0.1 in; `steps` gives the build step of each, 1 for all without it;
    `looks` says how a SKU is drawn, others get a colour from their place in the sorted SKUs. `words` stand along the
    front and the right side of the deck. Cartons that the others of their step hide are left out.
    """

    def __init__(
        self,
        placements: Sequence[Row],
        deck: tuple[int, int] = (480, 400),
        *,
        pallet_height: int = 60,
        steps: Sequence[int] | None = None,
        looks: Mapping[str, Look] | None = None,
        words: tuple[str, str] = ("", ""),
    ) -> None:
        top = max((row["z"] + row["dz"] for row in placements), default=0)
        left, right = -deck[1] * RIGHT - MARGIN, deck[0] * RIGHT + MARGIN
        high, low = -top - MARGIN, (deck[0] + deck[1]) * DOWN + pallet_height + MARGIN
        self.view = f"{left:.0f} {high:.0f} {right - left:.0f} {low - high:.0f}"
        self.ground = "".join(box_faces(box, WOOD) for box in _pallet_boards(deck, pallet_height))
        self.ground += _words(deck, pallet_height, words)
        self.parts = _parts(placements, list(steps or [1] * len(placements)), looks or {})

    def whole(self, label: str) -> str:
        """The finished pallet; it stands alone."""
        return self._svg(label, self.ground + "".join(part.markup for part in self.parts))

    def stock(self, name: str) -> str:
        """Everything that the pictures of the steps are put together from; goes once on the page, before them."""
        parts = "".join(
            f'<g id="{name}-{part.place}">{part.markup}</g><g id="{name}-{part.place}-faint">{part.faint}</g>'
            for part in self.parts
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0" aria-hidden="true" {STYLE}>'
            f'<defs><g id="{name}-ground">{self.ground}</g>{parts}</defs></svg>'
        )

    def finished(self, name: str, label: str) -> str:
        """The finished pallet; needs the `stock` of that name."""
        return self._svg(label, f'<use href="#{name}-ground"/>{_uses(self.parts, name)}')

    def after(self, step: int, name: str, label: str) -> str:
        """What stands after a step, the earlier cartons faint and its own shining through what hides them; needs the
        `stock` of that name.
        """
        standing = [part for part in self.parts if part.step <= step]
        body = f'<use href="#{name}-ground"/>'
        for is_new, run in groupby(standing, key=lambda part: part.step == step):
            uses = _uses(run, name, "" if is_new else "-faint")
            body += uses if is_new else f'<g class="faint" stroke="{FAINT}">{uses}</g>'
        new = _uses((part for part in standing if part.step == step), name)
        return self._svg(label, f'{body}<g opacity=".4">{new}</g>')

    def _svg(self, label: str, body: str) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{self.view}" role="img" aria-label="{clean(label)}" '
            f"{STYLE}>{body}</svg>"
        )


def isometric_svg(
    placements: Sequence[Row],
    deck: tuple[int, int] = (480, 400),
    *,
    pallet_height: int = 60,
    looks: Mapping[str, Look] | None = None,
    label: str = "Pallet",
) -> str:
    """The finished pallet as one SVG; see `PalletPicture`."""
    return PalletPicture(placements, deck, pallet_height=pallet_height, looks=looks).whole(label)


def painter_order(boxes: Sequence[Cuboid]) -> list[int]:
    """Indices from back to front: each box hides only what is behind it. The boxes may not overlap."""
    nearness = [sum(box) for box in boxes]
    if len(boxes) > MOST_SORTED:
        return sorted(range(len(boxes)), key=lambda i: (nearness[i], i))
    behind = _behind(np.array(boxes, dtype=np.int64).reshape(len(boxes), 6))
    waiting = behind.sum(axis=0).tolist()
    ready = [(nearness[i], i) for i, count in enumerate(waiting) if count == 0]
    heapq.heapify(ready)
    drawn: list[int] = []
    while ready:
        _, i = heapq.heappop(ready)
        drawn.append(i)
        for j in np.flatnonzero(behind[i]).tolist():
            waiting[j] -= 1
            if waiting[j] == 0:
                heapq.heappush(ready, (nearness[j], j))
    # Boxes that hide one another in a ring have no right order; nearness is the closest to it.
    return drawn + sorted(set(range(len(boxes))) - set(drawn), key=lambda i: (nearness[i], i))


def _behind(boxes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """[i, j]: box i must be drawn before box j, because their pictures overlap and a plane parts them."""
    low, high = boxes[:, :3], boxes[:, 3:]
    meet = np.ones((len(boxes), len(boxes)), dtype=np.bool_)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        # Along the line of sight x, y and z grow alike: differences of two axes are what is seen.
        least, most = low[:, one] - high[:, other], high[:, one] - low[:, other]
        meet &= (least[:, None] < most[None, :]) & (least[None, :] < most[:, None])
    parted = (high[:, None, :] <= low[None, :, :]).any(axis=2)
    return np.asarray(meet & parted)


def _parts(rows: Sequence[Row], steps: list[int], looks: Mapping[str, Look]) -> list[_Part]:
    """From back to front, which is the right order for every step: leaving boxes out keeps it right."""
    known = _looks(sorted({str(row["sku"]) for row in rows}), looks)
    boxes = [_cuboid(row) for row in rows]
    kinds = [(row["sku"], step, row["dx"], row["dy"], row["dz"]) for row, step in zip(rows, steps, strict=True)]
    corners = {(kind, *box[:3]) for kind, box in zip(kinds, boxes, strict=True)}
    parts = []
    for i in painter_order(boxes):
        faces = _open_faces(kinds[i], boxes[i], corners)
        if faces:
            look = known[str(rows[i]["sku"])]
            drawn = box_faces(boxes[i], look.colour, faces) + printed(boxes[i], look, faces)
            named = f"<g><title>{clean(str(rows[i]['sku']))}</title>{drawn}</g>"
            parts.append(_Part(i, steps[i], named, box_faces(boxes[i], pale(look.colour), faces)))
    return parts


def _uses(parts: Iterable[_Part], name: str, kind: str = "") -> str:
    return "".join(f'<use href="#{name}-{part.place}{kind}"/>' for part in parts)


def _open_faces(kind: tuple[Any, ...], box: Cuboid, corners: set[tuple[Any, ...]]) -> list[Face]:
    """The faces that no carton of the same size, SKU and step covers exactly."""
    x1, y1, z1, x2, y2, z2 = box
    covers = {"top": (x1, y1, z2), "right": (x2, y1, z1), "left": (x1, y2, z1)}
    return [face for face in FACES if (kind, *covers[face]) not in corners]


def _cuboid(row: Row) -> Cuboid:
    x, y, z = row["x"], row["y"], row["z"]
    return x, y, z, x + row["dx"], y + row["dy"], z + row["dz"]


def _pallet_boards(deck: tuple[int, int], height: int) -> list[Cuboid]:
    """Bottom boards, nine blocks and the deck of a four-way pallet, from back to front."""
    if height < 1:
        return []
    board, across, along = max(1, height // 6), deck[0] // 8, deck[1] // 8
    xs = (0, (deck[0] - across) // 2, deck[0] - across)
    ys = (0, (deck[1] - along) // 2, deck[1] - along)
    blocks = [(x, y, board - height, x + across, y + along, -board) for x in xs for y in ys]
    bottom = [(0, y, -height, deck[0], y + along, board - height) for y in ys]
    return [*bottom, *sorted(blocks, key=sum), (0, 0, -board, deck[0], deck[1], 0)]


def _words(deck: tuple[int, int], height: int, words: tuple[str, str]) -> str:
    """Under the middle of the deck's front (towards +y) and of its right side (towards +x)."""
    below = -height - LETTERS * 0.8
    front = lettering("left", (deck[0] / 2, deck[1], below), LETTERS, words[0], "currentColor")
    right = lettering("right", (deck[0], deck[1] / 2, below), LETTERS, words[1], "currentColor")
    return (front if words[0] else "") + (right if words[1] else "")


def _looks(skus: Sequence[str], given: Mapping[str, Look]) -> dict[str, Look]:
    return {sku: given.get(sku) or Look(_nth_colour(i)) for i, sku in enumerate(skus)}


def _nth_colour(n: int) -> str:
    """Hues a golden section apart, in three strengths, so that neighbours in the list differ."""
    light, strong = ((0.60, 0.60), (0.48, 0.50), (0.70, 0.55))[n % 3]
    red, green, blue = colorsys.hls_to_rgb((0.58 + n * GOLDEN) % 1, light, strong)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
