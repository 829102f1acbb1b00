"""The arrays make exactly the boxes that the plain rules make one by one."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.models import Asin
from inventory.packaging import case_box, most_cubic
from inventory.packaging_arrays import Boxes, Measures, as_typical, stack_most_cubic
from inventory.pallet_spec import GMA
from tests import plain

SIDES = ("length", "width", "height")
CATEGORIES = ("", "toys", "books")


def decimals(most: str, places: int) -> st.SearchStrategy[Decimal | None]:
    smallest = Decimal(1).scaleb(-places)
    return st.none() | st.decimals(smallest, Decimal(most), places=places)


# Unknown, usual and huge sides: what a column can hold.
side = decimals("60", 2) | decimals("999999.99", 2)
weight = decimals("90", 4) | decimals("999999.9999", 4)
asin = st.builds(
    Asin,
    category_key=st.sampled_from(CATEGORIES),
    case_pack=st.sampled_from([1, 2, 6, 7, 24, 48]) | st.integers(1, 10_000),
    upright_only=st.booleans(),
    **{f"{of}_{name}": side for of in ("unit", "case") for name in SIDES},
    **{f"{of}_weight": weight for of in ("unit", "case")},
)


def whole(value: Decimal | None, places: int) -> int:
    return int((value or Decimal(0)).scaleb(places))


def measures(asins: list[Asin]) -> Measures:
    def sizes(of: str) -> list[list[int]]:
        return [[whole(getattr(asin, f"{of}_{name}"), 2) for name in SIDES] for asin in asins]

    columns = (
        [asin.case_pack for asin in asins],
        sizes("unit"),
        [whole(asin.unit_weight, 4) for asin in asins],
        sizes("case"),
        [whole(asin.case_weight, 4) for asin in asins],
        [CATEGORIES.index(asin.category_key) for asin in asins],
    )
    return Measures(*(np.array(column, dtype=np.int64) for column in columns))


@given(st.lists(asin, min_size=1, max_size=12))
def test_boxes_loads_and_misfits_are_those_of_the_plain_rules(asins: list[Asin]) -> None:
    read = measures(asins)
    boxes = read.boxes(read.typical(len(CATEGORIES)))
    typical = plain.typical_cases(asins)
    loads = GMA.loads(boxes)
    fits = GMA.fits(boxes, np.array([asin.upright_only for asin in asins]))
    for place, asin in enumerate(asins):
        box = case_box(asin, typical.get(asin.category_key))
        found = as_typical(boxes, place)
        assert (found.size, found.weight, read.estimated[place]) == (box.size, box.weight, box.estimated)
        assert loads[place] == plain.billionths(box)
        assert fits[place] == (not GMA.misfit(box, upright_only=asin.upright_only))


@pytest.mark.parametrize(
    ("size", "upright_only", "fits"),
    [
        ((48, 40, 66), True, True),
        ((40, 48, 66), True, True),
        ((66, 48, 40), True, False),
        ((66, 48, 40), False, True),
        ((48.1, 40, 66), False, False),
        ((48, 48, 41), False, False),
    ],
)
def test_a_case_fits_if_it_may_stand_so(size: tuple[float, float, float], upright_only: bool, fits: bool) -> None:
    boxes = Boxes(np.array([[round(side * 1000) for side in size]]), np.array([100_000]))
    assert GMA.fits(boxes, np.array([upright_only])).tolist() == [fits]
    light = (Decimal(1455 * 100_000), Decimal(1455 * 100_000 + 1))
    assert [GMA.fits(Boxes(boxes.size, np.array([int(weight)])), np.array([upright_only]))[0] for weight in light] == [
        fits,
        False,
    ]


@given(st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)), st.integers(1, 60))
def test_ties_between_arrangements_go_the_same_way(unit: tuple[int, int, int], pack: int) -> None:
    length, width, height = (Decimal(side) for side in unit)
    stacked = stack_most_cubic(np.array([unit]), np.array([pack]))
    assert tuple(stacked[0].tolist()) == most_cubic((length, width, height), pack)


def test_a_category_whose_cases_are_all_unknown_has_the_default() -> None:
    unknown = Asin(case_pack=1, category_key="toys", case_weight=Decimal(3))
    read = measures([unknown])
    assert as_typical(read.typical(len(CATEGORIES)), 1).size == (12, 12, 12)
    boxes = read.boxes(read.typical(len(CATEGORIES)))
    assert (boxes.size.tolist(), boxes.weight.tolist()) == ([[12_250, 12_250, 12_250]], [300_000])
