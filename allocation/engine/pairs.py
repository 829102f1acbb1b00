"""Every pair of buyer and item that can be worth buying, in single precision and in chunks of whole buyers.

This is what the search for prices reads over and over: 16 bytes a pair, and a few megabytes to work in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocation.engine.market import Floats, Ints
from allocation.engine.terms import LEAST, Terms

Singles = NDArray[np.float32]
Places = NDArray[np.int32]
_POOR = 1e-9  # USD of value a USD of budget that are not worth a look
CHUNK = 200_000  # pairs of a chunk, unless one buyer alone has more


@dataclass(frozen=True)
class Chunk:
    """Pairs that can be worth buying, of the buyers `buyers`: `counts` pairs each, from `starts` on.

    `item` is a place in the goods, `per_net` cases per USD of value after the least shipping, `per_value` USD of budget
    per USD of that, `room` cases.
    """

    buyers: Ints
    starts: Ints
    counts: Ints
    item: Places
    per_net: Singles
    per_value: Singles
    room: Singles

    @property
    def places(self) -> NDArray[np.intp]:
        """`item` as numpy counts fastest."""
        return self.item.astype(np.intp)

    def pick(self, mask: NDArray[np.bool_]) -> Chunk:
        """The pairs where `mask` says so."""
        places = np.flatnonzero(mask)
        if len(places) == len(mask):
            return self
        counts = np.add.reduceat(mask, self.starts, dtype=np.int64)
        some = counts > 0
        counts = counts[some]
        return Chunk(
            buyers=self.buyers[some],
            starts=np.cumsum(counts) - counts,
            counts=counts,
            item=self.item[places],
            per_net=self.per_net[places],
            per_value=self.per_value[places],
            room=self.room[places],
        )

    def by_buyer(self, amounts: Singles) -> Floats:
        """Sums of an amount a pair by buyer."""
        return np.add.reduceat(amounts, self.starts, dtype=np.float64)


class Packer:
    """Gathers terms buyer by buyer into chunks."""

    def __init__(self) -> None:
        self._buyers: list[int] = []
        self._parts: list[tuple[Places, Singles, Singles, Singles]] = []
        self._size = 0
        self.chunks: list[Chunk] = []

    def add(self, buyer: int, terms: Terms, room: Ints) -> None:
        good = np.flatnonzero((terms.net > np.maximum(_POOR * terms.weight, 0.0)) & (room > 0))
        if not len(good):
            return
        net = terms.net[good]
        per_value = np.maximum(terms.weight[good], LEAST) / net
        item = terms.item[good].astype(np.int32)
        part = (item, (1 / net).astype(np.float32), per_value.astype(np.float32), room[good].astype(np.float32))
        self._buyers.append(buyer)
        self._parts.append(part)
        self._size += len(good)
        if self._size >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Closes the chunk that is being filled."""
        if self._parts:
            counts = np.array([len(part[0]) for part in self._parts])
            item, per_net, per_value, room = (np.concatenate(column) for column in zip(*self._parts, strict=True))
            starts = np.cumsum(counts) - counts
            self.chunks.append(Chunk(np.array(self._buyers), starts, counts, item, per_net, per_value, room))
        self._buyers, self._parts, self._size = [], [], 0
