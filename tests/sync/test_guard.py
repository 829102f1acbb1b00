"""When a run is held for changing too much."""

import pytest

from sync.services.guard import HeldRun, hold_where, is_mass_change, vanishing_problem


@pytest.mark.parametrize(
    ("vanishing", "active", "held"),
    [
        (0, 0, False),
        (1, 1, True),  # more than half
        (1, 2, False),  # half
        (25, 50, False),
        (26, 51, True),
        (25, 200, False),  # more than 10 %, but not more than 25
        (26, 200, True),
        (26, 260, False),  # 10 %
        (26, 259, True),
        (100_000, 1_000_000, False),
        (100_001, 1_000_000, True),
    ],
)
def test_more_than_a_tenth_and_25_or_more_than_half(vanishing: int, active: int, held: bool) -> None:
    assert is_mass_change(vanishing=vanishing, active=active) is held


def test_every_problem_is_told_at_once() -> None:
    problems = ["The header changed.", "", vanishing_problem(words="stores", vanishing=2, active=3)]
    with pytest.raises(HeldRun) as held:
        hold_where(problems, accepted=False)
    assert [problem.message for problem in held.value.problems] == [
        "The header changed.",
        "2 of 3 stores in use are no longer in the source and would be deactivated.",
    ]
    hold_where(problems, accepted=True)
    hold_where(["", ""], accepted=False)
