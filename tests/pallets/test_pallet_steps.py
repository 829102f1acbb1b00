import pytest

from pallets.pallet_steps import cartons, place, title, where

DECK = (480, 400)
STEP = {"step": 1, "sku": "B0", "nx": 1, "ny": 1, "nz": 1, "x": 0, "y": 0, "z": 0, "dx": 100, "dy": 100, "dz": 100}


@pytest.mark.parametrize(
    ("x", "y", "told"),
    [
        (0, 0, "at the left rear corner"),
        (190, 0, "in the middle of the rear side"),
        (380, 20, "at the right rear corner"),
        (10, 150, "in the middle of the left side"),
        (190, 150, "in the middle of the deck"),
        (380, 150, "in the middle of the right side"),
        (0, 300, "at the left front corner"),
        (190, 300, "in the middle of the front side"),
        (370, 290, "at the right front corner"),
    ],
)
def test_where_on_the_deck(x: int, y: int, told: str) -> None:
    assert place(STEP | {"x": x, "y": y}, DECK) == told


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ({"nx": 4, "x": 40}, "along the rear side"),
        ({"nx": 4, "x": 40, "y": 300}, "along the front side"),
        ({"nx": 4, "x": 40, "y": 150}, "from left to right across the middle"),
        ({"ny": 3}, "along the left side"),
        ({"ny": 4, "x": 380}, "along the right side"),
        ({"ny": 4, "x": 190}, "from rear to front across the middle"),
        ({"nx": 4, "ny": 4}, "over the whole deck"),
        ({"nx": 3}, "at the left rear corner"),
    ],
)
def test_a_block_of_three_quarters_of_a_side_lies_along_it(block: dict[str, int], told: str) -> None:
    assert place(STEP | block, DECK) == told


def test_what_goes_where_in_a_sentence() -> None:
    step = STEP | {"nx": 2, "nz": 3, "dx": 120}
    assert title(step, DECK) == ("2 × 1 × 3 of B0 (6 cases), long side along the 48″ side, at the left rear corner")
    assert title(STEP, DECK) == "1 × 1 × 1 of B0 (1 case), square base, at the left rear corner"
    assert "long side along the 40″ side" in title(STEP | {"dy": 120}, DECK)
    assert where(step) == (
        "Each stands on 12.0 × 10.0″ and is 10.0″ high. "
        "The block: flush with the left edge, flush with the rear edge, on the deck."
    )
    assert where(STEP | {"x": 4, "y": 125, "z": 182}) == (
        "Each stands on 10.0 × 10.0″ and is 10.0″ high. "
        "The block: 0.4″ from the left edge, 12.5″ from the rear edge, 18.2″ above the deck."
    )


def test_the_cartons_of_a_step() -> None:
    step = STEP | {"nx": 2, "nz": 2, "x": 5, "y": 7, "z": 9, "dz": 50}
    found = [(row["x"], row["y"], row["z"]) for row in cartons(step)]
    assert found == [(5, 7, 9), (105, 7, 9), (5, 7, 59), (105, 7, 59)]
    assert cartons(step)[0] == {"sku": "B0", "x": 5, "y": 7, "z": 9, "dx": 100, "dy": 100, "dz": 50}
