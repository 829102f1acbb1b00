"""An isometric picture of one pallet as SVG text, readable on light and dark backgrounds."""

import colorsys
import heapq
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

Corner = tuple[float, float, float]
Cuboid = tuple[int, int, int, int, int, int]  # x1, y1, z1, x2, y2, z2

WOOD = "#c49a6c"
EDGE = "#1f2933"
GOLDEN = 0.618034
MARGIN = 12.0
MOST_SORTED = 1_500  # beyond this the exact back-to-front order is too dear and the nearest corner decides
RIGHT, DOWN = math.cos(math.pi / 6), 0.5


def isometric_svg(
    placements: Sequence[Mapping[str, Any]],
    deck: tuple[int, int] = (480, 400),
    *,
    pallet_height: int = 60,
    colours: Mapping[str, str] | None = None,
    label: str = "Pallet",
) -> str:
    """One pallet seen from above its far corner (largest x and y), the wooden pallet under it.

    `placements` as in the plan's JSON, lengths in 0.1 in; `colours` gives a SKU's colour as "#rrggbb",
    others get one from their place in the sorted SKUs. Raises ValueError for a colour in another form.
    """
    shades = _colours(sorted({row["sku"] for row in placements}), colours or {})
    top = max((row["z"] + row["dz"] for row in placements), default=0)
    parts = [_box(box, WOOD) for box in _pallet_boards(deck, pallet_height)]
    boxes = [_cuboid(row) for row in placements]
    for i in painter_order(boxes):
        sku = str(placements[i]["sku"])
        parts.append(f"<g><title>{_text(sku)}</title>{_box(boxes[i], shades[sku])}</g>")
    left, right = -deck[1] * RIGHT - MARGIN, deck[0] * RIGHT + MARGIN
    high, low = -top - MARGIN, (deck[0] + deck[1]) * DOWN + pallet_height + MARGIN
    view = f"{left:.0f} {high:.0f} {right - left:.0f} {low - high:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" role="img" aria-label="{_text(label)}" '
        f'stroke="{EDGE}" stroke-width="1.6" stroke-linejoin="round">' + "".join(parts) + "</svg>"
    )


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


def _cuboid(row: Mapping[str, Any]) -> Cuboid:
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


def _box(box: Cuboid, colour: str) -> str:
    """The three faces that are seen: top, the one towards +x (right), the one towards +y (left)."""
    x1, y1, z1, x2, y2, z2 = box
    top = ((x1, y1, z2), (x2, y1, z2), (x2, y2, z2), (x1, y2, z2))
    right = ((x2, y1, z2), (x2, y2, z2), (x2, y2, z1), (x2, y1, z1))
    left = ((x1, y2, z2), (x2, y2, z2), (x2, y2, z1), (x1, y2, z1))
    faces = ((top, _mixed(colour, 255, 0.30)), (right, colour), (left, _mixed(colour, 0, 0.22)))
    return "".join(f'<path fill="{fill}" d="{_path(face)}"/>' for face, fill in faces)


def _path(corners: Iterable[Corner]) -> str:
    points = (f"{(x - y) * RIGHT:.1f} {(x + y) * DOWN - z:.1f}" for x, y, z in corners)
    return "M" + "L".join(points) + "Z"


def _colours(skus: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    found = {sku: given.get(sku) or _nth_colour(i) for i, sku in enumerate(skus)}
    for sku, colour in found.items():
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            raise ValueError(f"the colour of {sku} must be #rrggbb, not {colour!r}")
    return found


def _nth_colour(n: int) -> str:
    """Hues a golden section apart, in three strengths, so that neighbours in the list differ."""
    light, strong = ((0.60, 0.60), (0.48, 0.50), (0.70, 0.55))[n % 3]
    red, green, blue = colorsys.hls_to_rgb((0.58 + n * GOLDEN) % 1, light, strong)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _mixed(colour: str, towards: int, share: float) -> str:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part + (towards - part) * share):02x}" for part in parts)


def _text(value: str) -> str:
    """Escaped, without characters that XML cannot hold."""
    return escape(re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", value))
