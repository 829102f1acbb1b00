"""Whole cases of scarce stock from shares of cases."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.engine.market import Floats, Ints
from allocation.engine.reserve import Reserved, claim, reserve


def reserved(wanted: list[list[float]], stock: list[int], room: int = 9, weight: float = 1.0) -> list[list[int]]:
    """Cases by buyer and item when each buyer's block is all items in order."""
    items = np.arange(len(stock))
    claims = [claim(items, np.full(len(stock), room), np.array(row), np.full(len(stock), weight)) for row in wanted]
    return [full(row, len(stock)).tolist() for row in reserve(claims, np.array(stock))]


def full(row: Reserved, items: int) -> Ints:
    cases = np.zeros(items, dtype=np.int64)
    cases[row[0]] = row[1]
    return cases


def test_whole_claims_are_kept_whole() -> None:
    assert reserved([[2.0, 0.0], [1.0, 3.0]], [3, 3]) == [[2, 0], [1, 3]]


def test_what_is_short_of_a_case_goes_to_the_largest_parts() -> None:
    assert reserved([[1.6], [0.3], [1.1]], [3]) == [[2], [0], [1]]


def test_who_lost_a_part_of_one_item_is_first_at_the_next() -> None:
    # Half a case each of two items for two: the earlier buyer gets the first, the later one the second.
    assert reserved([[0.5, 0.5], [0.5, 0.5]], [1, 1]) == [[1, 0], [0, 1]]


def test_claims_above_the_stock_shrink() -> None:
    assert reserved([[6.0], [3.0]], [6]) == [[4], [2]]


def test_room_is_never_exceeded() -> None:
    assert reserved([[0.7], [0.7]], [2], room=0) == [[0], [0]]


def test_crumbs_count_for_nothing() -> None:
    assert reserved([[0.0005], [2.0]], [3]) == [[0], [2]]
    assert reserve([], np.array([3])) == []


amounts = st.lists(st.lists(st.floats(0, 5), min_size=3, max_size=3), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(amounts, st.lists(st.integers(0, 9), min_size=3, max_size=3), st.integers(0, 4))
def test_stock_and_room_hold_and_little_is_lost(wanted: list[list[float]], stock: list[int], room: int) -> None:
    asked: Floats = np.minimum(np.array(wanted), room)
    kept = np.array(reserved(asked.tolist(), stock, room))
    assert (kept.sum(axis=0) <= stock).all() and (kept <= room).all()
    assert (kept.sum(axis=0) >= np.minimum(stock, np.floor(asked.sum(axis=0) - 0.02)) - 1).all()
