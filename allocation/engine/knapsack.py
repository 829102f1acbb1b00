"""The most that one budget earns when cases may be split: goods are bought in falling order of return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocation.engine.market import Floats, Ints


@dataclass(frozen=True)
class Returns:
    """What money earns at most, a concave curve: `spent[k]` USD earn `earned[k]` USD.

    Both rise from the goods that cost nothing (`spent[0]` = 0) to everything that gains.
    """

    spent: Floats
    earned: Floats

    def value(self, money: float) -> float:
        """USD earned with `money` USD; less than nothing counts as nothing."""
        return float(np.interp(money, self.spent, self.earned))

    def values(self, money: Floats) -> Floats:
        """USD earned with each amount of `money` in USD."""
        return np.interp(money, self.spent, self.earned)

    def hurdle(self, money: float) -> float:
        """USD that the last of `money` dollars earns (the first, for none); 0 when some of them have nothing to buy."""
        place = max(1, int(np.searchsorted(self.spent, money)))
        if place == len(self.spent):
            return 0.0
        return float((self.earned[place] - self.earned[place - 1]) / (self.spent[place] - self.spent[place - 1]))


def best_buys(gain: Floats, spend: Floats, room: Floats | Ints) -> Returns:
    """The curve of up to `room` cases an offer, each of which gains `gain` USD for `spend` (>= 0) USD.

    No choice of whole cases earns more. Ties keep the order of the offers.
    """
    wanted = (gain > 0) & (room > 0)
    free = wanted & (spend <= 0)
    paid = np.flatnonzero(wanted & ~free)
    paid = paid[np.argsort(-(gain[paid] / spend[paid]), kind="stable")]
    spent, earned = np.zeros(len(paid) + 1), np.zeros(len(paid) + 1)
    np.cumsum(spend[paid] * room[paid], out=spent[1:])
    np.cumsum(gain[paid] * room[paid], out=earned[1:])
    return Returns(spent, earned + float((gain * room)[free].sum()))
