"""What a store's part-filled last pallet loses, as if cases could be split: the cheapest packing's shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from allocation.engine.cart import Cart
from allocation.engine.market import Floats

_STEEP = 1e9


@dataclass(frozen=True)
class Curve:
    """A store's goods: `volume` in pallets, `fill` of the last one, discounts laid out from the least dense.

    `volumes` and `discounts` are cumulative; the last pallet carries the discount at volume `fill` and loses
    the share (1 - fill) of it.
    """

    volume: float
    fill: float
    volumes: Floats
    discounts: Floats

    @property
    def at_stake(self) -> float:
        """USD of discount of the goods on the last pallet."""
        return float(np.interp(self.fill, self.volumes, self.discounts))

    @property
    def loss(self) -> float:
        """USD of discount that the goods on the last pallet miss."""
        return (1 - self.fill) * self.at_stake

    @property
    def threshold(self) -> float:
        """Discount per load where the last pallet begins: goods below it are on it."""
        place = int(np.searchsorted(self.volumes, self.fill - 1e-12))
        if place in (0, len(self.volumes) - 1):
            return math.inf
        run = self.volumes[place] - self.volumes[place - 1]
        return float((self.discounts[place] - self.discounts[place - 1]) / run) if run > 0 else math.inf

    def change_of_adding(self, load: Floats, discount: Floats) -> Floats:
        """USD by which the loss changes with one more case, for arrays of goods (an estimate)."""
        fill = self.fill + load
        opens = fill > 1 + 1e-9
        fill = np.where(opens, fill - 1, fill)
        curve = self._read(fill)
        if self.volume <= 0:
            stake = discount
        else:
            inside = self.at_stake + np.minimum(curve - self.at_stake, discount)
            stake = np.where(opens, np.minimum(curve, discount / load * fill), inside)
        return (1 - fill) * stake - self.loss

    def change_of_removing(self, load: Floats, discount: Floats) -> Floats:
        """USD by which the loss changes with one case less, for arrays of goods (an estimate)."""
        fill = self.fill - load
        closes = (fill < -1e-9) & (self.volume > 1)
        fill = np.maximum(np.where(closes, fill + 1, fill), 0.0)
        curve = self._read(fill)
        stake = np.where(closes, curve, np.maximum(curve, self.at_stake - discount))
        return (1 - fill) * np.maximum(stake, 0.0) - self.loss

    def _read(self, fill: Floats) -> Floats:
        return np.interp(fill, self.volumes, self.discounts)


def store_curve(cart: Cart, store: int, cases: Floats) -> Curve:
    """The curve of one store under `cases` an offer (fractions allowed)."""
    order = cart.packing_order[store][::-1]
    order = order[cases[order] > 1e-12]
    amount = cases[order]
    # The steep last piece stands for goods that are not there: beyond the volume everything would be new.
    volumes = np.concatenate(([0.0], np.cumsum(amount * cart.load[order])))
    discounts = np.concatenate(([0.0], np.cumsum(amount * cart.discount[order])))
    volume = float(volumes[-1])
    fill = volume - pallets_before(volume)
    steep = (np.append(volumes, volume + 2), np.append(discounts, discounts[-1] + _STEEP))
    return Curve(volume, fill, *steep)


def pallets_before(volume: float) -> int:
    """Full pallets in front of the last one."""
    return max(0, math.ceil(volume - 1e-9) - 1)
