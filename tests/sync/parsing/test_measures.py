"""Lengths in inches and weights in pounds."""

import pytest

from sync.parsing.cells import BadCell
from sync.parsing.measures import parse_dimensions, parse_weight


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("12.9 x 9.9 x 9.1 inches", ("12.90", "9.90", "9.10")),
        ('6.3" x 5.7" x 3.1"', ("6.30", "5.70", "3.10")),
        ("11.9x9.8x6.8 in", ("11.90", "9.80", "6.80")),
        ("17.3 × 14.1 × 9.9", ("17.30", "14.10", "9.90")),
        ("8 X 6 X .5 IN.", ("8.00", "6.00", "0.50")),
        ("30 x 20 x 10 cm", ("11.81", "7.87", "3.94")),
        ("254mm x 127mm x 25.4mm", ("10.00", "5.00", "1.00")),
        ("2 x 1.5 x 1 ft", ("24.00", "18.00", "12.00")),
        ("10 feet x 1 foot x 0.1 Ft.", ("120.00", "12.00", "1.20")),
        ("2' x 1' x 0.5'", ("24.00", "12.00", "6.00")),
        ("6'' x 5'' x 3''", ("6.00", "5.00", "3.00")),
        ("2′ x 1’ x 3 ft", ("24.00", "12.00", "36.00")),
        ("1 centimetre x 2 cm. x 300 centimeters", ("0.39", "0.79", "118.11")),
        ("12.9\u00a0x\u00a09.9\u00a0x\u00a09.125", ("12.90", "9.90", "9.13")),
    ],
)
def test_dimensions(typed: str, stored: tuple[str, str, str]) -> None:
    found = parse_dimensions(typed)
    assert found is not None
    assert tuple(str(side) for side in found) == stored


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("12 x 9", "is not length x width x height"),
        ("12 x 9 x", "is not length x width x height"),
        ("12 x 9 x 8 x 7", "is not length x width x height"),
        ("big", "is not length x width x height"),
        ("-1 x 9 x 8", "is not length x width x height"),
        ("1e1 x 9 x 8", "is not length x width x height"),
        ("１ x 9 x 8", "is not length x width x height"),
        ("12 in x 9 cm x 8 in", "mixes units of length"),
        ("1' x 9'' x 8''", "mixes units of length"),
        ("10.01 x 1 x 1 ft", "is above 120"),
        ("12 x 9 x 8 m", "is not length x width x height"),
        ("0 x 9 x 8", "is below 0.01"),
        ("12 x 9 x 121", "is above 120"),
        pytest.param("9" * 5000, "is not length x width x height", id="5000 digits"),
        (12.5, "is not length x width x height"),
    ],
)
def test_dimensions_refused(typed: object, problem: str) -> None:
    with pytest.raises(BadCell) as caught:
        parse_dimensions(typed)
    assert caught.value.problem == problem


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("40.48 ounces", "2.53"),
        ("32.32 oz", "2.02"),
        ("1.89 Pounds", "1.89"),
        ("20.8 lb", "20.80"),
        ("12.7", "12.70"),
        (12.7, "12.70"),
        ("5 lbs.", "5.00"),
        ("1 oz", "0.0625"),
        ("1.5oz", "0.0938"),
        ("1 kg", "2.2046"),
        ("2.5 Kilograms", "5.5116"),
        ("453.59237 grams", "1.00"),
        ("500 g", "1.1023"),
        ("1,120 oz", "70.00"),
    ],
)
def test_weights(typed: object, stored: str) -> None:
    assert str(parse_weight(typed)) == stored


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("heavy", "is not a weight in pounds, ounces, kilograms or grams"),
        ("5 stone", "is not a weight in pounds, ounces, kilograms or grams"),
        ("-5", "is not a weight in pounds, ounces, kilograms or grams"),
        ("NaN", "is not a weight in pounds, ounces, kilograms or grams"),
        ("٣ lb", "is not a weight in pounds, ounces, kilograms or grams"),
        ("0", "is below 0.0001"),
        ("2001 lb", "is above 2,000"),
    ],
)
def test_weights_refused(typed: str, problem: str) -> None:
    with pytest.raises(BadCell) as caught:
        parse_weight(typed)
    assert caught.value.problem == problem


def test_blank_measures_are_no_value() -> None:
    assert (parse_dimensions(" "), parse_weight(None)) == (None, None)
