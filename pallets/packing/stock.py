"""The cartons to place, with what every pass over them needs, and the loads that come out."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pallets.packing.blocks import Blocks, Floats, Ints, Mask, block_table, load_steps, weight_steps
from pallets.packing.order import Carton, Limits

FEATHER = 0.1  # a pallet full of the densest cartons that weighs less of the limit than this is light anyway

WIDE, DEEP, HIGH, SKU, COUNT, WEIGHT = range(6)  # rows of Stock.table


@dataclass(frozen=True)
class Stock:
    """`table` has a column for each block, its rows are named above; `faces` likewise: the block's base, its face
    across x, its face across y (0.01 sq in) and 1 / its surface. The rest is by SKU, `enemies` by two groups.
    `density` is -0.5 for the SKU that is lightest by volume to 0.5 for the densest; 0 where weight does not matter.
    """

    cartons: tuple[Carton, ...]
    limits: Limits
    blocks: Blocks
    table: Ints
    faces: Floats
    qty: Ints
    volume: Ints
    weight: Ints  # in steps
    fragile: Mask
    group: Ints
    enemies: Mask  # enemies[a, b]: groups a and b may not share a pallet
    density: Floats

    @cached_property
    def cube(self) -> int:
        """Volume above one deck."""
        return self.limits.deck[0] * self.limits.deck[1] * self.limits.load_height

    @cached_property
    def has_enemies(self) -> bool:
        return bool(self.enemies.any())

    @cached_property
    def net(self) -> int:
        """Weight that one pallet takes, in steps."""
        return load_steps(self.limits)


@dataclass(frozen=True)
class Block:
    """`nx` x `ny` x `nz` cartons of sides dx, dy, dz from the corner (x, y, z) on; `sku` is an index."""

    sku: int
    nx: int
    ny: int
    nz: int
    x: int
    y: int
    z: int
    dx: int
    dy: int
    dz: int


@dataclass(frozen=True)
class Load:
    """One filled pallet: its blocks and the cartons used by SKU."""

    blocks: tuple[Block, ...]
    used: Ints


def make_stock(cartons: tuple[Carton, ...], limits: Limits) -> Stock:
    """Cartons must fit a pallet one by one."""
    blocks = block_table(cartons, limits)
    volume = [math.prod(carton.dims_lwh) for carton in cartons]
    banned = {frozenset(pair) for pair in limits.forbidden_groups}
    groups = sorted({carton.group for carton in cartons})
    enemies = [[frozenset((one, other)) in banned for other in groups] for one in groups]
    base, across, along = blocks.wide * blocks.deep, blocks.deep * blocks.high, blocks.wide * blocks.high
    return Stock(
        cartons=cartons,
        limits=limits,
        blocks=blocks,
        table=np.array([blocks.wide, blocks.deep, blocks.high, blocks.sku, blocks.count, blocks.weight]),
        faces=np.array([base, across, along, 0.5 / (base + across + along)], dtype=np.float64),
        qty=np.array([carton.qty for carton in cartons], dtype=np.int64),
        volume=np.array(volume, dtype=np.int64),
        weight=np.array([weight_steps(carton.weight) for carton in cartons], dtype=np.int64),
        fragile=np.array([carton.fragile for carton in cartons], dtype=np.bool_),
        group=np.array([groups.index(carton.group) for carton in cartons], dtype=np.int64),
        enemies=np.array(enemies, dtype=np.bool_),
        density=_density(cartons, limits),
    )


def _density(cartons: tuple[Carton, ...], limits: Limits) -> Floats:
    per_volume = [carton.weight / math.prod(carton.dims_lwh) for carton in cartons]
    density = np.zeros(len(cartons))
    full = limits.deck[0] * limits.deck[1] * limits.load_height
    if max(per_volume) * full > FEATHER * limits.load_weight:
        order = sorted(range(len(cartons)), key=lambda i: (per_volume[i], i))
        density[order] = np.arange(len(cartons)) / max(1, len(cartons) - 1) - 0.5
    return density
