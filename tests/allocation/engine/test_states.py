"""The knapsack in whole cases against every answer there is."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from allocation.engine.states import Knapsack, solve_states


def knapsack(seed: int, pull: float = 0.0) -> Knapsack:
    """Five offers with up to three cases each; money for about half of them; `pull` is the price of a pallet."""
    rng = np.random.Generator(np.random.PCG64(seed))
    spend = rng.uniform(5, 60, 5).round(2)
    load = rng.uniform(0.02, 0.2, 5).round(3)
    room = rng.integers(1, 4, 5)
    low, high = (0.3, 0.5) if pull else (-np.inf, np.inf)
    end = high if pull > 0 else low
    return Knapsack(
        gain=spend * rng.uniform(0.1, 0.6, 5) - pull * load,
        spend=spend,
        room=room,
        gain_credit=np.full(5, 0.005),
        spend_credit=np.full(5, 0.01),
        money=float((spend * room).sum() / 2),
        constant=pull * end if pull else 0.0,
        hurdle=0.3,
        load=load,
        volumes=(low, high),
        pull=pull,
    )


def answers(given: Knapsack) -> list[tuple[float, np.ndarray]]:
    """Every affordable answer within the range, worth its gain without the price of volume, and no credits."""
    found = []
    for chosen in product(*(range(most + 1) for most in given.room.tolist())):
        cases = np.array(chosen)
        load = float(given.load @ cases)
        within = given.volumes[0] <= load <= given.volumes[1]
        if within and given.spend @ cases <= given.money:
            short = (given.volumes[1] if given.pull > 0 else given.volumes[0]) - load if given.pull else 0.0
            found.append((given.constant + float(given.gain @ cases) - given.pull * short, cases))
    return found


@pytest.mark.parametrize("pull", [0.0, 12.0, -12.0])
@pytest.mark.parametrize("most", [2, 5, 100])
@pytest.mark.parametrize("limit", [2, 10, 10_000])
def test_no_answer_is_worth_more_than_the_bound(pull: float, most: int, limit: int) -> None:
    for seed in range(40):
        given = knapsack(seed, pull)
        best = max((value for value, _ in answers(given)), default=-np.inf)
        found = solve_states(given, 0.0, most, limit)
        assert found.bound >= best - 1e-9
        assert found.bound <= given.linear_bound() + 1e-6 or found.bound == 0.0


def test_with_room_enough_the_best_answer_is_found() -> None:
    for seed in range(60):
        given = replace(knapsack(seed), gain_credit=np.zeros(5), spend_credit=np.zeros(5))
        best, cases = max(answers(given), key=lambda pair: pair[0])
        found = solve_states(given, 0.0, 1_000, 100_000)
        assert found.bound == pytest.approx(best, abs=1e-9)
        assert any((plan == cases).all() for plan in found.plans)


def test_nothing_passes_a_target_above_the_best() -> None:
    given = knapsack(1)
    found = solve_states(given, given.linear_bound() + 1, 100, 100)
    assert (found.bound, found.plans) == (given.linear_bound() + 1, ())
