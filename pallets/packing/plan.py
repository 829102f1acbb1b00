"""The packed result and its figures."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from pallets.packing.order import Carton, Limits, Order

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
class Pallet:
    """`weight` is lb gross, `height` 0.1 in, both with the pallet; `fill` prices, `cube` is volume share."""

    placements: tuple[Placement, ...]
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
        """`{"pallets": [{"placements": [], "weight", "height", "fill", "cube"}], "unplaced": [], "bound"}`.

        Units as in `Pallet`: weight in lb gross, height in 0.1 in with the pallet.
        """
        plain = asdict(self)
        plain["pallets"] = list(plain["pallets"])
        plain["unplaced"] = list(plain["unplaced"])
        for pallet in plain["pallets"]:
            pallet["placements"] = list(pallet["placements"])
        return plain


def make_pallet(order: Order, placements: Iterable[Placement]) -> Pallet:
    """The pallet with its load centred on the deck, cartons listed bottom up, and its figures.

    fill = min(1, max(volume / (0.90 x deck x usable height), net weight / limit)).
    """
    cartons = {carton.sku: carton for carton in order.cartons}
    placed = _centred(sorted(placements, key=lambda p: (p.z, p.y, p.x)), order.limits.deck)
    return _measured(placed, cartons, order.limits)


def _measured(placed: list[Placement], cartons: dict[str, Carton], limits: Limits) -> Pallet:
    net = math.fsum(cartons[p.sku].weight for p in placed)
    cube = sum(p.dx * p.dy * p.dz for p in placed) / (limits.deck[0] * limits.deck[1] * limits.load_height)
    return Pallet(
        placements=tuple(placed),
        weight=round(net + limits.pallet_weight, 4),
        height=limits.pallet_height + max(p.z + p.dz for p in placed),
        fill=round(min(1.0, max(cube / FULL_CUBE, net / limits.load_weight)), 6),
        cube=round(cube, 6),
    )


def _centred(placed: list[Placement], deck: tuple[int, int]) -> list[Placement]:
    x_gap = (deck[0] - max(p.x + p.dx for p in placed) - min(p.x for p in placed)) // 2
    y_gap = (deck[1] - max(p.y + p.dy for p in placed) - min(p.y for p in placed)) // 2
    return [Placement(p.sku, p.x + x_gap, p.y + y_gap, p.z, p.dx, p.dy, p.dz) for p in placed]
