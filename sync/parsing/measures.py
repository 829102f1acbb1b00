"""Lengths and weights as people type them, in inches and pounds."""

import re
from decimal import ROUND_HALF_UP, Decimal

from sync.parsing.cells import LONGEST_NUMBER, BadCell, bad_cell, cell_text, in_range, is_exact

Dimensions = tuple[Decimal, Decimal, Decimal]

# Nothing that goes on a pallet by the case is longer or heavier; beyond this it is a typing mistake.
LONGEST_SIDE = Decimal(120)
SHORTEST_SIDE = Decimal("0.01")
HEAVIEST = Decimal(2000)
LIGHTEST = Decimal("0.0001")
SIDE_PLACES = Decimal("0.01")
WEIGHT_PLACES = Decimal("0.0001")

_PLAIN = r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
_LENGTH_UNIT = (
    r"(?:\"|″|”|''|inches|inch|in\.?|′|’|'|feet|foot|ft\.?"
    r"|centimeters?|centimetres?|cm\.?|millimeters?|millimetres?|mm\.?)"
)
# Inches of a unit by its first letter, as a fraction: 1 cm is 100/254 in.
_INCHES = {"f": (12, 1), "′": (12, 1), "’": (12, 1), "'": (12, 1), "c": (100, 254), "m": (10, 254)}
_SIDE = rf"({_PLAIN})\s*({_LENGTH_UNIT})?"
_DIMENSIONS = re.compile(rf"{_SIDE}\s*[x×*]\s*{_SIDE}\s*[x×*]\s*{_SIDE}", re.IGNORECASE | re.ASCII)
_WEIGHT = re.compile(
    rf"((?:[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?)|{_PLAIN})\s*([a-z]*)\.?", re.IGNORECASE | re.ASCII
)
# How many of the unit make one pound (16 oz; the pound is 453.59237 g by definition).
_PER_POUND = {
    **dict.fromkeys(("", "lb", "lbs", "pound", "pounds"), Decimal(1)),
    **dict.fromkeys(("oz", "ozs", "ounce", "ounces"), Decimal(16)),
    **dict.fromkeys(("g", "gram", "grams"), Decimal("453.59237")),
    **dict.fromkeys(("kg", "kgs", "kilogram", "kilograms"), Decimal("0.45359237")),
}


def parse_dimensions(value: object) -> Dimensions | None:
    """(length, width, height) in inches, 2 places, in the order typed; without a unit they are inches.

    Reads `12.9 x 9.9 x 9.1 inches`, `6.3" x 5.7" x 3.1"`, `11.9x9.8x6.8 in`, `2 x 1.5 x 1 ft`, `30 × 20 × 10 cm`; one
    unit at the end holds for all three. `None` for a blank cell; raises `BadCell`.
    """
    text = cell_text(value)
    if not text:
        return None
    match = _DIMENSIONS.fullmatch(text) if len(text) <= 2 * LONGEST_NUMBER else None
    if match is None:
        raise bad_cell(text, "is not length x width x height")
    units = {_inches(match[place]) for place in (2, 4, 6) if match[place]}
    if len(units) > 1:
        raise BadCell("mixes units of length")
    inches = units.pop() if units else (1, 1)
    length, width, height = (_side(match[place], inches) for place in (1, 3, 5))
    return length, width, height


def _inches(unit: str) -> tuple[int, int]:
    """How many inches `unit` has, as a fraction."""
    return (1, 1) if unit == "''" else _INCHES.get(unit[0].lower(), (1, 1))


def _side(digits: str, inches: tuple[int, int]) -> Decimal:
    side = Decimal(digits)
    if inches != (1, 1):
        side = side * inches[0] / inches[1]
    in_range(side, SHORTEST_SIDE, LONGEST_SIDE)
    return side.quantize(SIDE_PLACES, rounding=ROUND_HALF_UP)


def parse_weight(value: object) -> Decimal | None:
    """Pounds, 2 places where that is exact and 4 where not; without a unit they are pounds.

    Reads `40.48 ounces`, `32 oz`, `1.89 Pounds`, `3 kg`, `250 g`. `None` for a blank cell; raises `BadCell`.
    """
    pounds = Decimal(value) if is_exact(value) else _pounds(cell_text(value))
    if pounds is None:
        return None
    in_range(pounds, LIGHTEST, HEAVIEST)
    stored = pounds.quantize(WEIGHT_PLACES, rounding=ROUND_HALF_UP)
    short = stored.quantize(SIDE_PLACES, rounding=ROUND_HALF_UP)
    return short if short == stored else stored


def _pounds(text: str) -> Decimal | None:
    if not text:
        return None
    match = _WEIGHT.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    per_pound = _PER_POUND.get(match[2].lower()) if match else None
    if match is None or per_pound is None:
        raise bad_cell(text, "is not a weight in pounds, ounces, kilograms or grams")
    return Decimal(match[1].replace(",", "")) / per_pound
