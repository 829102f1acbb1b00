"""The case of an ASIN: its own, else of its units, else its category's, else the default; and what no pallet takes."""

from decimal import Decimal
from typing import Any

import pytest

from inventory.models import Asin
from inventory.packaging import CaseBox, Typical, case_box, most_cubic
from inventory.pallet_spec import GMA

SIDES = ("length", "width", "height")
Texts = tuple[str, str, str]


def asin_of(case_pack: int = 6, **measures: Any) -> Asin:
    """`unit` and `case` are sizes, `unit_weight` and `case_weight` weights, as text."""
    values: dict[str, Any] = {}
    for name, value in measures.items():
        if name in ("unit", "case"):
            values |= {f"{name}_{side}": Decimal(inches) for side, inches in zip(SIDES, value, strict=True)}
        else:
            values[name] = Decimal(value)
    return Asin(case_pack=case_pack, **values)


def sizes(*texts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, texts))


@pytest.mark.parametrize(
    ("unit", "pack", "stacked"),
    [
        (("10", "5", "2"), 1, ("10", "5", "2")),
        (("10", "5", "2"), 6, ("10", "10", "6")),  # 1 x 2 x 3: a surface of 320; 1 x 1 x 6 has 460
        (("4", "4", "4"), 8, ("8", "8", "8")),
        (("4", "4", "4"), 7, ("4", "4", "28")),  # a prime stands in a row
        (("6", "2", "2"), 12, ("6", "6", "8")),  # 1 x 3 x 4: the first of two that are as cube-like
    ],
)
def test_units_are_stacked_as_a_cube_as_far_as_they_go(unit: Texts, pack: int, stacked: Texts) -> None:
    length, width, height = sizes(*unit)
    assert most_cubic((length, width, height), pack) == sizes(*stacked)


TYPICAL = Typical((Decimal(20), Decimal(16), Decimal("10.5")), Decimal("12.34"))


@pytest.mark.parametrize(
    ("known", "typical", "size", "weight", "estimated"),
    [
        (
            {"case": ("12", "10", "8"), "case_weight": "9.5", "unit": ("3", "3", "3"), "unit_weight": "1"},
            TYPICAL, ("12", "10", "8"), "9.5", False,
        ),
        ({"unit": ("10", "5", "2"), "unit_weight": "1.25"}, TYPICAL, ("10.5", "10.5", "6.5"), "8.10", False),
        ({"case": ("12", "10", "8"), "unit_weight": "1.25"}, TYPICAL, ("12", "10", "8"), "8.10", False),
        ({"unit": ("10", "5", "2"), "case_weight": "9.5"}, TYPICAL, ("10.5", "10.5", "6.5"), "9.5", False),
        ({"case_weight": "9.5"}, TYPICAL, ("20.25", "16.25", "10.75"), "9.5", True),
        ({"case": ("12", "10", "8")}, TYPICAL, ("12", "10", "8"), "12.34", True),
        ({}, TYPICAL, ("20.25", "16.25", "10.75"), "12.34", True),
        ({}, None, ("12.25", "12.25", "12.25"), "10", True),
    ],
)  # fmt: skip
def test_a_case_is_its_own_else_of_units_else_typical_else_the_default(
    known: dict[str, Any], typical: Typical | None, size: Texts, weight: str, estimated: bool
) -> None:
    """0.5 in a side and 0.6 lb for the wrapping of units, 0.25 in a side for a guess."""
    length, width, height = sizes(*size)
    asin = asin_of(**known)
    assert case_box(asin, typical) == CaseBox((length, width, height), Decimal(weight), estimated)
    assert asin.needs_estimate is estimated


def test_a_size_with_one_side_unknown_is_not_known() -> None:
    asin = Asin(case_pack=1, case_length=Decimal(12), case_width=Decimal(10), case_weight=Decimal(5))
    assert (asin.case_size, case_box(asin).estimated) == (None, True)


@pytest.mark.parametrize(
    ("size", "weight", "upright", "estimated", "words"),
    [
        (("12", "10", "8"), "1455", False, False, ""),
        (("12", "10", "8"), "1600", False, False, "a case weighs 1,600 lb, a pallet carries 1,455 lb"),
        (("12", "10", "8"), "1455.0001", False, False, "a case weighs 1,455.0001 lb, a pallet carries 1,455 lb"),
        (("66", "48", "40"), "10", False, False, ""),
        (
            ("66", "48", "40"), "10", True, False,
            "a case of 66 x 48 x 40 in that must stand upright fits no pallet of 48 x 40 x 66 in",
        ),
        (("48.01", "48", "41"), "10", False, False, "a case of 48.1 x 48 x 41 in fits no pallet of 48 x 40 x 66 in"),
        (
            ("70.25", "48.25", "40.25"), "10", False, True,
            "a case of 70.3 x 48.3 x 40.3 in fits no pallet of 48 x 40 x 66 in; its size or weight is an estimate",
        ),
        (
            ("12", "10", "8"), "2000", False, True,
            "a case weighs 2,000 lb, a pallet carries 1,455 lb; its size or weight is an estimate",
        ),
    ],
)  # fmt: skip
def test_a_case_that_fits_no_pallet_names_the_limit_that_it_breaks(
    size: Texts, weight: str, upright: bool, estimated: bool, words: str
) -> None:
    length, width, height = sizes(*size)
    box = CaseBox((length, width, height), Decimal(weight), estimated)
    assert GMA.misfit(box, upright_only=upright) == words
