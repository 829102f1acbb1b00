"""What one more case adds to a store's shipping, for many goods at once: the cheapest packing's shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocation.engine.market import Floats


@dataclass(frozen=True)
class Pallets:
    """A store's planned goods from the least discount per load on: cumulative `volumes` (pallets) and `discounts`.

    `loads` are pallets a case, `densities` USD of discount a pallet of load; `fill` is that of the last pallet (1 where
    there is none).
    """

    volumes: Floats
    discounts: Floats
    loads: Floats
    densities: Floats
    fill: float

    def added(self, load: Floats, discount: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """USD of shipping that one case adds beyond its least, and whether it needs another pallet.

        Exact while one pallet holds the store's goods, nearly so beyond it, where whole cases leave gaps.
        """
        opens = load > 1 - self.fill + 1e-9
        last = self.fill + load
        moved = np.where(opens, self._moved(load, discount), 0.0)
        on_new = np.where(opens, self._on_last(moved, load, discount), 0.0)
        stays = np.clip(1 - (last - moved), 0.0, 1.0) * (self._on_last(last, load, discount) - on_new)
        now = (1 - self.fill) * self._read(np.array([self.fill]))
        return (1 - moved) * on_new + stays - now, opens

    def _moved(self, load: Floats, discount: Floats) -> Floats:
        """Pallets of load that go on a new pallet: whole cases of the least dense goods, until the rest fits."""
        least = load
        if len(self.loads):
            least = np.where(discount / load < self.densities[0], load, self.loads[0])
        return np.minimum(np.ceil((load + self.fill - 1) / least - 1e-9) * least, 1.0)

    def _on_last(self, fill: Floats, load: Floats, discount: Floats) -> Floats:
        """USD of discount of the goods on a last pallet of that fill, with one case of the goods among them."""
        density = discount / load
        before = self.volumes[np.searchsorted(self.densities, density)]
        split = self._read(before) + density * (fill - before)
        inside = discount + self._read(fill - load)
        return np.where(before >= fill, self._read(fill), np.where(before + load >= fill, split, inside))

    def _read(self, volume: Floats) -> Floats:
        return np.interp(volume, self.volumes, self.discounts)


def pallets_of(load: Floats, discount: Floats, cases: Floats, fill: float) -> Pallets:
    """The pallets of a store that is sent `cases` > 0 an offer of `load` pallets and `discount` USD a case."""
    order = np.argsort(discount / load, kind="stable")
    load, discount, cases = load[order], discount[order], cases[order]
    return Pallets(
        volumes=np.concatenate(([0.0], np.cumsum(cases * load))),
        discounts=np.concatenate(([0.0], np.cumsum(cases * discount))),
        loads=load,
        densities=discount / load,
        fill=fill if len(cases) else 1.0,
    )
