"""When a run is held for changing too much."""

import pytest

from sync.services.guard import ANY_CHANGE, Doubt, HeldRun, digest_of, hold_where, is_mass_change, vanishing_doubt


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
    doubts = [Doubt("The header changed."), None, vanishing_doubt(words="stores", vanishing=["7", "2"], active=3)]
    with pytest.raises(HeldRun) as held:
        hold_where(doubts, accepted="")
    assert [problem.message for problem in held.value.problems] == [
        "The header changed.",
        "2 of 3 stores in use are no longer in the source and would be deactivated.",
    ]
    hold_where(doubts, accepted=ANY_CHANGE)
    hold_where(doubts, accepted=held.value.digest)
    hold_where([None, None], accepted="")


def test_a_yes_is_to_just_what_was_shown() -> None:
    shown = [vanishing_doubt(words="stores", vanishing=["2", "7"], active=3)]
    others = [vanishing_doubt(words="stores", vanishing=["2", "8"], active=3)]
    with pytest.raises(HeldRun) as held:
        hold_where(shown, accepted="")
    with pytest.raises(HeldRun):
        hold_where(others, accepted=held.value.digest)
    again = vanishing_doubt(words="stores", vanishing=["7", "2"], active=3)
    assert again is not None
    assert digest_of([again]) == held.value.digest
