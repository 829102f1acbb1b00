"""What units are worth to a policy, exactly, for all ASINs at once."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from allocation.engine.problem import MAX_CASE_VALUE
from allocation.models import Policy
from allocation.models.policy import CLIENT_WEIGHTS, FULL_AGE_DAYS
from allocation.snapshot_shelf import CENT, NO_MARGIN, Shelf

Ints = NDArray[np.int64]

CLASSES = tuple(CLIENT_WEIGHTS)  # priorities of clients, in the order of the rows of `unit_values`
QUARTERS = 4
MOST = int(MAX_CASE_VALUE) * 10**8


def case_values(policy: Policy, shelf: Shelf, *, today: date) -> Ints:
    """`unit_values` a case. No case counts for more than the engine can count: such a one is beyond every balance."""
    most = MOST // shelf.units
    return np.clip(unit_values(policy, shelf, today=today), -most, most) * shelf.units


def unit_values(policy: Policy, shelf: Shelf, *, today: date) -> Ints:
    """What a unit is worth to the policy in 1e-8 USD before shipping: a row for each of CLASSES, a column an ASIN.

    With c = cost and m = margin in cents, weights in 1/1,000, d = days, p in half points and w in quarters, the value
    in USD is (c (2 x 365 base + 2 d age + 365 p priority) + 2 x 365 m profit) w / (2 x 365 x 1,000 x 100 x 4); times
    1e8 that is w x 25/73 of the parenthesis. 73 is odd, so that no value lies half-way between two whole ones.
    """
    base, age, priority, profit = (
        int(weight * 1_000) for weight in (policy.base, policy.age, policy.priority, policy.profit)
    )
    days = np.clip(today.toordinal() - shelf.added, 0, FULL_AGE_DAYS)
    factor = 2 * FULL_AGE_DAYS * base + 2 * days * age + FULL_AGE_DAYS * shelf.priority * priority
    margin = np.where(shelf.margin == NO_MARGIN, 0, shelf.margin)
    worth = shelf.cost // CENT * factor + 2 * FULL_AGE_DAYS * margin * profit
    return np.stack([(50 * worth * int(weight * QUARTERS) + 73) // 146 for weight in CLIENT_WEIGHTS.values()])
