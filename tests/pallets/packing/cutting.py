"""Orders whose best packing is known, as their cartons are cut from full pallets."""

import random
from dataclasses import dataclass, replace

from pallets.packing.order import Carton, Limits, Order

Corner = tuple[int, int, int]
LEAST_SIDE = 30


@dataclass(frozen=True)
class Piece:
    """A carton's place on the pallet that it is cut from, 0.1 in."""

    low: Corner
    high: Corner

    @property
    def sides(self) -> Corner:
        x, y, z = (high - low for low, high in zip(self.low, self.high, strict=True))
        return x, y, z


def cut(rng: random.Random, room: Corner, pieces: int) -> list[Piece]:
    """A cuboid cut by planes through one piece at a time; fewer pieces where they get too small."""
    found = [Piece((0, 0, 0), room)]
    for _ in range(4 * pieces):
        if len(found) >= pieces:
            break
        piece, axis = rng.choice(found), rng.randrange(3)
        if piece.sides[axis] >= 2 * LEAST_SIDE:
            found.remove(piece)
            at = rng.randint(piece.low[axis] + LEAST_SIDE, piece.high[axis] - LEAST_SIDE)
            found += [
                replace(piece, high=_with(piece.high, axis, at)),
                replace(piece, low=_with(piece.low, axis, at)),
            ]
    return found


def cut_pallets(rng: random.Random, pallets: int, limits: Limits) -> Order:
    """An order that `pallets` full pallets hold: cartons turned anyhow, each pallet at its weight limit.

    Where groups are forbidden, a pallet is of one group of those; cartons that end at the top may be fragile.
    """
    room = (*limits.deck, limits.load_height)
    groups = sorted({group for pair in limits.forbidden_groups for group in pair}) or ["general"]
    cartons: list[Carton] = []
    for _ in range(pallets):
        group, pieces = rng.choice(groups), cut(rng, room, rng.choice((1, 2, 3, 5, 8, 20)))
        weights = [rng.random() + 0.01 for _ in pieces]
        for piece, weight in zip(pieces, weights, strict=True):
            order = rng.sample(range(3), 3)
            carton = Carton(
                sku=f"S{len(cartons):04}",
                dims_lwh=tuple(piece.sides[axis] for axis in order),  # type: ignore[arg-type]
                vertical_ok_lwh=tuple(axis == 2 or rng.random() < 0.5 for axis in order),  # type: ignore[arg-type]
                qty=1,
                weight=int(10_000 * limits.load_weight * weight / sum(weights)) / 10_000,
                fragile=piece.high[2] == room[2] and rng.random() < 0.5,
                group=group if rng.random() < 0.8 else "plain",
            )
            cartons.append(carton)
    return Order(tuple(cartons), limits)


def _with(corner: Corner, axis: int, value: int) -> Corner:
    changed = list(corner)
    changed[axis] = value
    x, y, z = changed
    return x, y, z
