"""The fractional knapsack: hand-made values, and the same number from its dual."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.engine.knapsack import Returns, best_buys


def curve() -> Returns:
    """Two cases at 3.00 for 2.00, one at 10.00 for 5.00, one free at 1.00; the others gain nothing."""
    gain = np.array([3.0, 10.0, 1.0, -1.0, 0.0, 9.0])
    spend = np.array([2.0, 5.0, 0.0, 1.0, 1.0, 1.0])
    return best_buys(gain, spend, np.array([2, 1, 1, 5, 5, 0]))


def test_buys_in_falling_order_of_return() -> None:
    returns = curve()
    assert returns.spent.tolist() == [0.0, 5.0, 9.0]
    assert returns.earned.tolist() == [1.0, 11.0, 17.0]


@pytest.mark.parametrize(
    ("money", "value", "hurdle"),
    [
        (-1.0, 1.0, 2.0),
        (0.0, 1.0, 2.0),
        (2.5, 6.0, 2.0),
        (5.0, 11.0, 2.0),
        (7.0, 14.0, 1.5),
        (9.0, 17.0, 1.5),
        (9.5, 17.0, 0.0),
    ],
)
def test_value_and_hurdle_at_an_amount(money: float, value: float, hurdle: float) -> None:
    assert (curve().value(money), curve().hurdle(money)) == (value, hurdle)


def test_everything_bought_earns_no_more() -> None:
    assert curve().values(np.array([9.0, 100.0])).tolist() == [17.0, 17.0]


def test_nothing_on_offer_earns_nothing() -> None:
    nothing = best_buys(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64))
    assert (nothing.value(10.0), nothing.hurdle(10.0)) == (0.0, 0.0)


offers = st.lists(st.tuples(st.integers(-500, 2000), st.integers(0, 3000), st.integers(0, 6)), max_size=12)


@given(offers, st.integers(0, 20_000))
def test_equals_its_dual(rows: list[tuple[int, int, int]], money: int) -> None:
    """The least of hurdle x money + what the goods gain above the hurdle, which stands at some return."""
    gain, spend, room = (
        (np.array(column, dtype=float) for column in zip(*rows, strict=True)) if rows else [np.zeros(0)] * 3
    )
    hurdles = [0.0, 1e9, *(gain[spend > 0] / spend[spend > 0]).clip(0).tolist()]
    duals = [mu * money + float((room * np.maximum(gain - mu * spend, 0)).sum()) for mu in hurdles]
    returns = best_buys(gain, spend, room)
    assert returns.value(money) == pytest.approx(min(duals), rel=1e-9, abs=1e-6)
    at = returns.hurdle(money)
    assert at * money + float((room * np.maximum(gain - at * spend, 0)).sum()) == pytest.approx(min(duals), abs=1e-6)
