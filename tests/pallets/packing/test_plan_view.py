import xml.etree.ElementTree as ElementTree

import pytest

from pallets.packing.picture_faces import Look
from pallets.packing.plan_view import SideWords, inches, plan_view_svg

SVG = "{http://www.w3.org/2000/svg}"
STEP = {"step": 2, "sku": "A", "nx": 2, "ny": 1, "nz": 3, "x": 100, "y": 60, "z": 0, "dx": 120, "dy": 90, "dz": 80}
BELOW = {"sku": "<B>", "x": 0, "y": 200, "z": 0, "dx": 100, "dy": 100, "dz": 100}
LOOKS = {"A": Look("#4e79a7", "1"), "<B>": Look("#f28e2b", "2")}


def drawn(
    step: dict[str, object] = STEP, below: tuple[dict[str, object], ...] = (), **more: object
) -> ElementTree.Element:
    return ElementTree.fromstring(plan_view_svg(step, below, looks=LOOKS, **more))  # type: ignore[arg-type]


def texts(root: ElementTree.Element) -> list[str | None]:
    return [text.text for text in root.iter(f"{SVG}text") if text.text]


def rects(root: ElementTree.Element) -> list[tuple[str | None, ...]]:
    return [tuple(rect.get(key) for key in ("x", "y", "width", "height", "fill")) for rect in root.iter(f"{SVG}rect")]


def test_the_block_lies_on_the_deck_with_its_distances() -> None:
    root = drawn()
    assert rects(root) == [
        ("0", "0", "480", "400", "#e9d8bd"),
        ("100", "60", "120", "90", "#4e79a7"),
        ("220", "60", "120", "90", "#4e79a7"),
        ("100", "60", "240", "90", "none"),
    ]
    # Number on each carton; along the front: block, gap left, gap right; along the right, from the front backwards.
    assert texts(root) == ["1", "1", "24.0″", "10.0″", "14.0″", "9.0″", "25.0″", "6.0″"]


def test_a_gap_of_nothing_is_not_written() -> None:
    assert texts(drawn(STEP | {"x": 0, "y": 310})) == ["1", "1", "24.0″", "24.0″", "9.0″", "31.0″"]


def test_a_narrow_gap_is_written_beside_its_line_under_the_block() -> None:
    (narrow,) = [text for text in drawn(STEP | {"x": 4}).iter(f"{SVG}text") if text.text == "0.4″"]
    assert (narrow.get("x"), narrow.get("text-anchor")) == ("9", "start")
    (narrow,) = [text for text in drawn(STEP | {"x": 236}).iter(f"{SVG}text") if text.text == "0.4″"]
    assert (narrow.get("x"), narrow.get("text-anchor")) == ("471", "end")


def test_what_stands_already_shows_its_highest_carton_on_each_footprint() -> None:
    tower = (BELOW, BELOW | {"z": 100, "sku": "A"})
    pale = [rect for rect in rects(drawn(below=tower)) if rect[0] == "0" and rect[1] == "200"]
    assert pale == [("0", "200", "100", "100", "#bcccde")]


def test_words_are_escaped() -> None:
    root = drawn(STEP | {"sku": "<B>"}, words=SideWords("rear", "left & on", "<front>"), label='"x"')
    assert texts(root)[-3:] == ["rear", "left & on", "<front>"]
    assert root.get("aria-label") == '"x"'


@pytest.mark.parametrize(("tenths", "told"), [(0, "0.0″"), (4, "0.4″"), (480, "48.0″")])
def test_inches(tenths: int, told: str) -> None:
    assert inches(tenths) == told
