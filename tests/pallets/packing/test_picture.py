import itertools
import xml.etree.ElementTree as ElementTree

import pytest

from pallets.packing.order import Carton, Order
from pallets.packing.pack import pack
from pallets.packing.picture import PalletPicture, isometric_svg, painter_order
from pallets.packing.picture_faces import Look

SVG = "{http://www.w3.org/2000/svg}"
LOW = {"sku": "A", "x": 0, "y": 0, "z": 0, "dx": 100, "dy": 100, "dz": 100}


def test_one_titled_carton_of_three_faces() -> None:
    root = ElementTree.fromstring(isometric_svg([LOW], looks={"A": Look("#336699")}))
    groups = root.findall(f"{SVG}g")
    assert [group.findtext(f"{SVG}title") for group in groups] == ["A"]
    # #336699 as it is towards x, 30 % towards white on top, 22 % towards black towards y.
    assert [path.get("fill") for path in groups[0].findall(f"{SVG}path")] == ["#7094b8", "#336699", "#285077"]
    assert groups[0].findall(f"{SVG}path")[0].get("d") == "M0.0 -100.0L86.6 -50.0L0.0 0.0L-86.6 -50.0Z"
    assert root.get("viewBox") == "-358 -112 786 624"


def test_sku_is_escaped() -> None:
    sku = '<b>&"\x00'
    root = ElementTree.fromstring(isometric_svg([LOW | {"sku": sku}], label='x"y'))
    assert root.findtext(f"{SVG}g/{SVG}title") == '<b>&"\ufffd'
    assert root.get("aria-label") == 'x"y'


def test_each_sku_has_its_own_colour() -> None:
    rows = [LOW | {"sku": f"S{n:02}", "x": 100 * n} for n in range(24)]
    root = ElementTree.fromstring(isometric_svg(rows))
    fills = {group.findall(f"{SVG}path")[1].get("fill") for group in root.findall(f"{SVG}g")}
    assert len(fills) == 24


def test_a_colour_in_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="a colour must be #rrggbb, not 'url\\(x\\)'"):
        Look("url(x)")


def marks(look: Look, **sides: int) -> tuple[list[str | None], int]:
    """The texts on a carton and the number of marks."""
    root = ElementTree.fromstring(isometric_svg([LOW | sides], looks={"A": look}))
    (group,) = root.findall(f"{SVG}g")
    paths = group.findall(f"{SVG}path")
    return [text.text for text in group.findall(f"{SVG}text")], sum(path.get("fill") == "none" for path in paths)


def test_faces_are_numbered_and_sides_are_marked() -> None:
    assert marks(Look("#336699", "7")) == (["7", "7", "7"], 0)
    assert marks(Look("#336699", "7", upright=True)) == (["7", "7", "7"], 2)
    assert marks(Look("#336699", "7", upright=True, fragile=True)) == (["7", "7", "7"], 4)


def test_a_face_too_small_to_be_read_stays_empty() -> None:
    """A carton 3 in high: its sides take no number and no mark, its top does."""
    assert marks(Look("#336699", "7", fragile=True), dz=30) == (["7"], 0)
    assert marks(Look("#336699", "12", fragile=True), dx=20, dy=20, dz=20) == ([], 0)


@pytest.mark.parametrize(("colour", "ink"), [("#edc948", "#111827"), ("#4e79a7", "#ffffff")])
def test_what_is_printed_can_be_read(colour: str, ink: str) -> None:
    assert Look(colour).ink == ink


STEPS = [1] * 8 + [2]


def block() -> list[dict[str, object]]:
    """Eight equal cartons in a cube, and one of another kind on top."""
    rows = [LOW | {"x": 100 * i, "y": 100 * j, "z": 100 * k} for i in range(2) for j in range(2) for k in range(2)]
    return [*rows, LOW | {"sku": "B", "z": 200}]


def ids(root: ElementTree.Element) -> list[str | None]:
    return [use.get("href") for use in root.iter(f"{SVG}use")]


def test_faces_inside_a_block_are_not_drawn() -> None:
    root = ElementTree.fromstring(PalletPicture(block()[:8]).whole("P"))
    groups = root.findall(f"{SVG}g")
    # One of eight cartons is behind all others; twelve faces look outwards.
    assert (len(groups), sum(len(group.findall(f"{SVG}path")) for group in groups)) == (7, 12)


def test_a_carton_of_the_same_step_hides_and_one_of_a_later_step_does_not() -> None:
    pair = [LOW, LOW | {"z": 100}]
    assert len(PalletPicture(pair, steps=[1, 1]).parts[0].markup.split("<path")) == 3
    assert len(PalletPicture(pair, steps=[1, 2]).parts[0].markup.split("<path")) == 4


def test_a_step_shows_what_stands_after_it() -> None:
    picture = PalletPicture(block(), steps=STEPS)
    stock = ElementTree.fromstring(picture.stock("p"))
    known = {f"#{group.get('id')}" for group in stock.iter(f"{SVG}g") if group.get("id")}
    first = ElementTree.fromstring(picture.after(1, "p", "After step 1"))
    second = ElementTree.fromstring(picture.after(2, "p", "After step 2"))
    whole = ElementTree.fromstring(picture.finished("p", "P"))
    for root in (first, second, whole):
        assert set(ids(root)) <= known
        assert root.get("viewBox") == first.get("viewBox")
    assert first.get("aria-label") == "After step 1"
    # The ground, seven cartons that are seen, and those seven again as what shines through.
    assert (len(ids(first)), first.find(f"{SVG}g[@class='faint']")) == (15, None)
    faint = second.findall(f"{SVG}g[@class='faint']/{SVG}use")
    assert [use.get("href", "").endswith("-faint") for use in faint] == [True] * 7
    assert ids(second).count("#p-8") == 2
    assert len(ids(whole)) == 9


def test_the_sides_of_the_deck_are_named() -> None:
    root = ElementTree.fromstring(PalletPicture([LOW], words=("front <1>", "right")).whole("P"))
    assert [text.text for text in root.findall(f"{SVG}text")] == ["front <1>", "right"]


def test_an_empty_pallet_is_drawn() -> None:
    root = ElementTree.fromstring(isometric_svg([]))
    assert (len(root.findall(f"{SVG}g")), len(root.findall(f"{SVG}path"))) == (0, 39)


def test_a_long_low_box_in_front_is_drawn_after_a_tall_one() -> None:
    tall, long_low = (0, 0, 0, 100, 100, 600), (0, 100, 0, 480, 110, 10)
    assert painter_order([long_low, tall]) == [1, 0]


def test_nothing_is_drawn_before_what_it_stands_on_or_hides() -> None:
    cartons = tuple(Carton(f"S{n}", (90 + 17 * n, 80 + 11 * n, 60 + 9 * n), (True,) * 3, 9, 9.0) for n in range(6))
    placed = pack(Order(cartons)).pallets[0].placements
    boxes = [(p.x, p.y, p.z, p.x + p.dx, p.y + p.dy, p.z + p.dz) for p in placed]
    drawn = [boxes[i] for i in painter_order(boxes)]
    assert sorted(drawn) == sorted(boxes)
    assert len(boxes) > 20
    for early, late in itertools.combinations(drawn, 2):
        stacked = early[0] < late[3] and late[0] < early[3] and early[1] < late[4] and late[1] < early[4]
        assert not (stacked and early[2] >= late[5])
