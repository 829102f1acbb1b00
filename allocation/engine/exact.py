"""Every plan of a very small cart, priced: its best one is proven."""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from allocation.engine.cart import Cart
from allocation.engine.improve import Answer, answer
from allocation.engine.market import Ints

MOST_PLANS = 1_000


def best_of_all(cart: Cart, start: Answer, room: Ints) -> Answer | None:
    """The best plan with up to `room` cases above each floor; None when there are more than MOST_PLANS."""
    choices = np.flatnonzero(room)
    if len(choices) > MOST_PLANS.bit_length() or math.prod((room[choices] + 1).tolist()) > MOST_PLANS:
        return None
    best = start
    for extra in product(*(range(most + 1) for most in room[choices].tolist())):
        cases = cart.low.copy()
        cases[choices] += np.array(extra, dtype=np.int64)
        found = answer(cart, cases)
        if found is not None and found.value > best.value:
            best = found
    return best
