import itertools
import xml.etree.ElementTree as ElementTree

import pytest

from pallets.packing.order import Carton, Order
from pallets.packing.pack import pack
from pallets.packing.picture import isometric_svg, painter_order

SVG = "{http://www.w3.org/2000/svg}"
LOW = {"sku": "A", "x": 0, "y": 0, "z": 0, "dx": 100, "dy": 100, "dz": 100}


def test_one_titled_carton_of_three_faces() -> None:
    root = ElementTree.fromstring(isometric_svg([LOW], colours={"A": "#336699"}))
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
    with pytest.raises(ValueError, match="the colour of A must be #rrggbb, not 'url\\(x\\)'"):
        isometric_svg([LOW], colours={"A": "url(x)"})


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
