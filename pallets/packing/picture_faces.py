"""One box of the isometric picture: its faces, and what is printed on them. Lengths in 0.1 in."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

Corner = tuple[float, float, float]
Cuboid = tuple[int, int, int, int, int, int]  # x1, y1, z1, x2, y2, z2
Face = str  # "top", "right" (towards +x) or "left" (towards +y)

RIGHT, DOWN = math.cos(math.pi / 6), 0.5
FACES: tuple[Face, ...] = ("top", "right", "left")
SHADES = {"top": (255, 0.30), "right": (0, 0.0), "left": (0, 0.22)}  # towards white or black, by this share
# A face lies in the picture by these two steps: one to the right along its lower edge, one down.
SLANTS = {
    "top": (RIGHT, DOWN, -RIGHT, DOWN),
    "right": (RIGHT, -DOWN, 0.0, 1.0),
    "left": (RIGHT, DOWN, 0.0, 1.0),
}
LEAST_TEXT, MOST_TEXT = 20.0, 56.0  # smaller is not read, larger is loud
LEAST_MARK, MOST_MARK = 16.0, 34.0
DARK, LIGHT = "#111827", "#ffffff"
ARROWS = "M2.5 9V2M.8 3.8 2.5 1.6 4.2 3.8M7.5 9V2M5.8 3.8 7.5 1.6 9.2 3.8M.6 10H9.4"
GLASS = "M2.6 .8H7.4C7.4 4 6.6 5.2 5 5.4 3.4 5.2 2.6 4 2.6 .8ZM5 5.4V9.2M2.8 9.4H7.2"


@dataclass(frozen=True)
class Look:
    """How the cartons of one SKU are drawn: `colour` as #rrggbb, `text` on the faces, and their handling marks."""

    colour: str
    text: str = ""
    upright: bool = False
    fragile: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.colour):
            raise ValueError(f"a colour must be #rrggbb, not {self.colour!r}")

    @property
    def ink(self) -> str:
        """Dark or light, whichever is read better on the colour."""
        red, green, blue = (int(self.colour[i : i + 2], 16) for i in (1, 3, 5))
        return DARK if red * 299 + green * 587 + blue * 114 > 140_000 else LIGHT


def box_faces(box: Cuboid, colour: str, faces: Iterable[Face] = FACES) -> str:
    """These faces of the box as paths; the other three are never seen."""
    corners = _corners(box)
    return "".join(f'<path fill="{_mixed(colour, *SHADES[face])}" d="{_path(corners[face])}"/>' for face in faces)


def printed(box: Cuboid, look: Look, faces: Iterable[Face] = FACES) -> str:
    """The look's text in the middle of each face that is large enough, its marks in a corner of the sides."""
    return "".join(_face_print(box, look, face) for face in faces)


def lettering(face: Face, at: Corner, size: float, text: str, fill: str) -> str:
    """Text centred at a point, lying in the plane of a face."""
    return (
        f'<text transform="{_slant(face, at)}" y="{size * 0.36:.0f}" font-size="{size:.0f}" text-anchor="middle" '
        f'stroke="none" fill="{fill}">{clean(text)}</text>'
    )


def clean(value: str) -> str:
    """Escaped, without characters that XML cannot hold."""
    return escape(re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", value))


def pale(colour: str) -> str:
    """The colour as it recedes behind others on a white ground."""
    return _mixed(colour, 255, 0.62)


def _corners(box: Cuboid) -> dict[Face, tuple[Corner, ...]]:
    x1, y1, z1, x2, y2, z2 = box
    return {
        "top": ((x1, y1, z2), (x2, y1, z2), (x2, y2, z2), (x1, y2, z2)),
        "right": ((x2, y1, z2), (x2, y2, z2), (x2, y2, z1), (x2, y1, z1)),
        "left": ((x1, y2, z2), (x2, y2, z2), (x2, y2, z1), (x1, y2, z1)),
    }


def _face_print(box: Cuboid, look: Look, face: Face) -> str:
    x1, y1, z1, x2, y2, z2 = box
    wide, high = {"top": (x2 - x1, y2 - y1), "right": (y2 - y1, z2 - z1), "left": (x2 - x1, z2 - z1)}[face]
    middle = {
        "top": ((x1 + x2) / 2, (y1 + y2) / 2, z2),
        "right": (x2, (y1 + y2) / 2, (z1 + z2) / 2),
        "left": ((x1 + x2) / 2, y2, (z1 + z2) / 2),
    }[face]
    size = min(high * 0.6, wide / (0.7 * max(len(look.text), 1)), MOST_TEXT)
    text = lettering(face, middle, size, look.text, look.ink) if look.text and size >= LEAST_TEXT else ""
    return text if face == "top" else text + _marks(look, face, middle, wide, high)


def _marks(look: Look, face: Face, middle: Corner, wide: float, high: float) -> str:
    """From the upper left corner of a side; left out where there is no room beside the text."""
    paths = [path for path, wanted in ((ARROWS, look.upright), (GLASS, look.fragile)) if wanted]
    size = min(MOST_MARK, high / 3.2, wide / 3.2)
    if size < LEAST_MARK:
        return ""
    parts = []
    for n, path in enumerate(paths):
        right, up = -wide / 2 + size * (0.25 + 1.2 * n), high / 2 - size * 0.25
        x, y, z = middle
        at = (x, y - right, z + up) if face == "right" else (x + right, y, z + up)
        parts.append(
            f'<path transform="{_slant(face, at)} scale({size / 10:.2f})" d="{path}" fill="none" stroke="{look.ink}"/>'
        )
    return "".join(parts)


def _slant(face: Face, at: Corner) -> str:
    a, b, c, d = SLANTS[face]
    x, y = _seen(at)
    return f"matrix({a:.3f} {b:.3f} {c:.3f} {d:.3f} {x:.1f} {y:.1f})"


def _seen(corner: Corner) -> tuple[float, float]:
    x, y, z = corner
    return (x - y) * RIGHT, (x + y) * DOWN - z


def _path(corners: Iterable[Corner]) -> str:
    points = (_seen(corner) for corner in corners)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _mixed(colour: str, towards: int, share: float) -> str:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part + (towards - part) * share):02x}" for part in parts)
