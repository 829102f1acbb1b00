"""What a plan is worth, whoever made it: the validator's verdict, the measures of its pallets, its cost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from pallets.packing.bound import least_pallets
from pallets.packing.measures import measure
from pallets.packing.order import Order
from pallets.packing.plan import FULL_CUBE, PackPlan, Placement
from pallets.packing.validate import validate

ROW = ("sku", "x", "y", "z", "dx", "dy", "dz")
SUMS = (
    *("cartons", "unplaced", "pallets", "bound", "volume", "cost"),
    *("towers", "heavy_on_light", "skus", "unsupported", "turned", "faults"),
)
Row = Mapping[str, Any]  # of a carton, with the keys ROW


@dataclass(frozen=True)
class Verdict:
    """A plan or several in sum. Faults are cartons: `unsupported`, `turned` against "this side up", and `faults` of
    any other kind. A fill is the larger of the cube's share and the weight's; `fills` are those of all pallets but
    the emptiest of each order, or of its only one.
    """

    cartons: int
    unplaced: int
    pallets: int
    bound: int
    fills: tuple[float, ...]
    volume: float
    cost: float
    lowest_support: float
    towers: int
    heavy_on_light: int
    skus: int
    unsupported: int = 0
    turned: int = 0
    faults: int = 0

    @property
    def fill(self) -> float:
        """Mean of `fills`."""
        return fmean(self.fills) if self.fills else 0.0

    @property
    def cost_index(self) -> float:
        """Volume-weighted mean of 2 - fill: what shipping costs where an empty pallet costs twice a full one."""
        return self.cost / self.volume if self.volume else 0.0

    @property
    def skus_a_pallet(self) -> float:
        return self.skus / self.pallets if self.pallets else 0.0

    @property
    def valid(self) -> bool:
        return not (self.unsupported or self.turned or self.faults)


def judged_plan(order: Order, plan: PackPlan) -> Verdict:
    """The verdict on a plan of ours; what the validator has against its counts, figures and steps are faults too."""
    verdict = judge(order, [[_row(placement) for placement in pallet.placements] for pallet in plan.pallets])
    found = len(validate(order, plan.as_json()))
    return replace(verdict, faults=max(verdict.faults, found - verdict.unsupported - verdict.turned))


def judge(order: Order, pallets: Sequence[Sequence[Row]]) -> Verdict:
    """The verdict on cartons placed on pallets."""
    limits = order.limits
    space, net = math.prod(limits.deck) * limits.load_height, limits.load_weight
    pounds = {carton.sku: carton.weight for carton in order.cartons}
    measures = [measure([Placement(**row) for row in rows], pounds, limits.deck) for rows in pallets]
    volumes = [sum(row["dx"] * row["dy"] * row["dz"] for row in rows) / space for rows in pallets]
    weights = [math.fsum(pounds[row["sku"]] for row in rows) / net for rows in pallets]
    fills = [max(pair) for pair in zip(volumes, weights, strict=True)]
    kinds = sum((_faults(order, rows) for rows in pallets), Counter[str]())
    cartons = sum(carton.qty for carton in order.cartons)
    return Verdict(
        cartons=cartons,
        unplaced=cartons - sum(map(len, pallets)),
        pallets=len(pallets),
        bound=least_pallets(order.cartons, limits),
        fills=tuple(sorted(fills)[min(1, len(fills) - 1) :]),
        volume=math.fsum(volumes),
        cost=math.fsum(volume * (2 - fill) for volume, fill in zip(volumes, fills, strict=True)),
        lowest_support=min((float(one.lowest_support) for one in measures), default=1.0),
        towers=sum(one.towers for one in measures),
        heavy_on_light=sum(one.heavy_on_light for one in measures),
        skus=sum(one.skus for one in measures),
        unsupported=kinds["unsupported"],
        turned=kinds["turned"],
        faults=kinds["other"],
    )


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """The sum over orders; the lowest support of all."""
    return Verdict(
        **{name: sum(getattr(one, name) for one in verdicts) for name in SUMS},
        fills=tuple(sorted(fill for one in verdicts for fill in one.fills)),
        lowest_support=min((one.lowest_support for one in verdicts), default=1.0),
    )


def _faults(order: Order, rows: Sequence[Row]) -> Counter[str]:
    """What the validator says of one pallet: each is checked as an order of its own, as at most 200 are listed."""
    counts = Counter(row["sku"] for row in rows)
    cartons = tuple(replace(carton, qty=counts[carton.sku]) for carton in order.cartons if counts[carton.sku])
    limits = order.limits
    volume = sum(row["dx"] * row["dy"] * row["dz"] for row in rows)
    cube = volume / (math.prod(limits.deck) * limits.load_height)
    pounds = {carton.sku: carton.weight for carton in cartons}
    net = math.fsum(pounds[row["sku"]] for row in rows)
    pallet = {
        "placements": list(rows),
        "weight": net + limits.pallet_weight,
        "height": limits.pallet_height + max(row["z"] + row["dz"] for row in rows),
        "fill": min(1.0, max(cube / FULL_CUBE, net / limits.load_weight)),
        "cube": cube,
    }
    plan = {"pallets": [pallet], "unplaced": [], "bound": 0}
    return Counter(_kind(fault) for fault in validate(replace(order, cartons=cartons), plan))


def _row(placement: Placement) -> Row:
    return {name: getattr(placement, name) for name in ROW}


def _kind(fault: str) -> str:
    if " rests on " in fault:
        return "unsupported"
    return "turned" if " stands on the wrong side" in fault else "other"
