"""Floors come first: which of them fit stock, caps, number of stores and budget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocation.engine.cart import Cart
from allocation.engine.improve import Answer
from allocation.engine.market import Ints

NO_STOCK = "not enough stock"
NO_STORE = "the item may go to no further store"
NO_MONEY = "not enough budget for the goods and their shipping"


def grant(cart: Cart, floors: Ints) -> tuple[Cart, Answer, dict[int, str]]:
    """The cart with the floors that fit as its `low`, their plan, and why others do not fit, by offer.

    `floors` are cases an offer, taken in order; a floor that fits in part is granted in part.
    """
    cases = np.zeros(len(cart), dtype=np.int64)
    reasons: dict[int, str] = {}
    for index in np.flatnonzero(np.asarray(floors)).tolist():
        wanted = int(floors[index])
        room = int(cart.left(cases)[index])
        if room < wanted:
            holders = ((cart.item == cart.item[index]) & (cases > 0)).sum()
            closed = holders >= cart.openings[cart.item[index]]
            reasons[index] = NO_STORE if closed else NO_STOCK
        cases[index] = min(wanted, room)
    cases = _afford(cart, cases, reasons)
    value, spent = cart.price(cases)
    return replace(cart, low=cases), Answer(cases, value, spent), reasons


def _afford(cart: Cart, cases: Ints, reasons: dict[int, str]) -> Ints:
    """The cases that the budget pays: all, or each floor in turn as far as the money goes."""
    if cart.price(cases)[1] <= cart.budget:
        return cases
    kept = np.zeros_like(cases)
    for index in np.flatnonzero(cases).tolist():
        low, high = 0, int(cases[index])
        while low < high:
            middle = (low + high + 1) // 2
            kept[index] = middle
            low, high = (middle, high) if cart.price(kept)[1] <= cart.budget else (low, middle - 1)
        kept[index] = low
        if low < cases[index]:
            reasons[index] = NO_MONEY
    return kept
