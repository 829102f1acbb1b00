"""The packed result and its figures."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pallets.packing.stock import Load, Stock

FULL_CUBE = 0.90  # the share of the cube that counts as a full pallet in `fill`


@dataclass(frozen=True)
class Placement:
    """One carton: corner nearest the origin and sides, 0.1 in; x along the first deck side, z upwards."""

    sku: str
    x: int
    y: int
    z: int
    dx: int
    dy: int
    dz: int


@dataclass(frozen=True)
class Step:
    """What is put down at once: `nx` x `ny` x `nz` cartons of sides dx, dy, dz from the corner (x, y, z) on."""

    step: int
    sku: str
    nx: int
    ny: int
    nz: int
    x: int
    y: int
    z: int
    dx: int
    dy: int
    dz: int

    def placements(self) -> list[Placement]:
        """Its cartons, bottom up."""
        return [
            Placement(
                self.sku, self.x + i * self.dx, self.y + j * self.dy, self.z + k * self.dz, self.dx, self.dy, self.dz
            )
            for k in range(self.nz)
            for j in range(self.ny)
            for i in range(self.nx)
        ]


@dataclass(frozen=True)
class Pallet:
    """`weight` is lb gross, `height` 0.1 in, both with the pallet; `fill` prices, `cube` is volume share.

    The steps, in turn, build the placements: each rests on the deck or on earlier ones and is reached from above.
    """

    placements: tuple[Placement, ...]
    steps: tuple[Step, ...]
    weight: float
    height: int
    fill: float
    cube: float


@dataclass(frozen=True)
class Unplaced:
    """`qty` cartons of a SKU that are on no pallet, and why."""

    sku: str
    qty: int
    reason: str


@dataclass(frozen=True)
class PackPlan:
    """`bound`: no packing of every carton that fits a pallet can use fewer pallets than this."""

    pallets: tuple[Pallet, ...]
    unplaced: tuple[Unplaced, ...]
    bound: int

    def as_json(self) -> dict[str, Any]:
        """`{"pallets": [{"placements": [], "steps": [], "weight", ...}], "unplaced": [], "bound"}`, keys as the fields.

        Units as in `Pallet`: weight in lb gross, height in 0.1 in with the pallet.
        """
        return {
            "pallets": [
                vars(pallet) | {"placements": _plain(pallet.placements), "steps": _plain(pallet.steps)}
                for pallet in self.pallets
            ],
            "unplaced": _plain(self.unplaced),
            "bound": self.bound,
        }


def _plain(rows: Iterable[object]) -> list[dict[str, Any]]:
    return [dict(vars(row)) for row in rows]


def make_pallet(stock: Stock, load: Load) -> Pallet:
    """The pallet with its load centred on the deck, cartons and steps listed bottom up, and its figures.

    fill = min(1, max(volume / (0.90 x deck x usable height), net weight / limit)).
    """
    limits = stock.limits
    steps = _centred(stock, load)
    placed = sorted((carton for step in steps for carton in step.placements()), key=lambda p: (p.z, p.y, p.x))
    net = math.fsum(
        carton.weight for carton, n in zip(stock.cartons, load.used.tolist(), strict=True) for _ in range(n)
    )
    cube = int((load.used * stock.volume).sum()) / stock.cube
    return Pallet(
        placements=tuple(placed),
        steps=steps,
        weight=round(net + limits.pallet_weight, 4),
        height=limits.pallet_height + max(p.z + p.dz for p in placed),
        fill=round(min(1.0, max(cube / FULL_CUBE, net / limits.load_weight)), 6),
        cube=round(cube, 6),
    )


def _centred(stock: Stock, load: Load) -> tuple[Step, ...]:
    """A block rests on lower ones only, and none is put under another: the lowest first can always be built."""
    blocks = sorted(load.blocks, key=lambda b: (b.z, b.y, b.x))
    deck = stock.limits.deck
    x_gap = (deck[0] - max(b.x + b.nx * b.dx for b in blocks) - min(b.x for b in blocks)) // 2
    y_gap = (deck[1] - max(b.y + b.ny * b.dy for b in blocks) - min(b.y for b in blocks)) // 2
    return tuple(
        Step(i, stock.cartons[b.sku].sku, b.nx, b.ny, b.nz, b.x + x_gap, b.y + y_gap, b.z, b.dx, b.dy, b.dz)
        for i, b in enumerate(blocks, start=1)
    )
