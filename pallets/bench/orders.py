"""Orders to pack: made up by a seed, or read from a folder.

A made-up carton is what wholesalers ship in: 10 to 24 in long, of the usual proportions, a third of them to be kept
upright, 4 to 18 lb a cubic foot, at most 50 lb. Few SKUs have many cartons, most have a handful.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pallets.packing.order import Carton, Effort, Limits, Order, OrderError, read_order

CUBIC_FOOT = 1_728_000  # 0.001 cubic inches
MOST_POUNDS = 50.0
LEAST_CARTONS = 3  # of a SKU
_QUARTER = 4  # an inch is measured in quarters


@dataclass(frozen=True)
class Spec:
    """A kind of made-up orders: how many of them, and what one holds. `dense` multiplies the weight of a volume."""

    name: str
    orders: int
    skus: int
    cartons: int
    dense: float = 1.0


@dataclass(frozen=True)
class Set:
    """Orders that are measured together."""

    name: str
    orders: tuple[Order, ...]


SPECS = (
    Spec("retail", 10, 25, 200),
    Spec("heavy", 3, 25, 200, dense=2.3),
    Spec("few", 3, 3, 200),
    Spec("big", 3, 60, 1_000),
)


class BadFolder(Exception):
    """The folder holds no orders, or some that cannot be read; the text names each."""


def made_up(spec: Spec, seed: int, effort: Effort) -> Set:
    """The orders of a kind: the same for the same seed."""
    limits = Limits(effort=effort)
    return Set(
        spec.name,
        tuple(
            Order(_cartons(np.random.default_rng([seed, spec.skus, number]), spec), limits, f"{spec.name}_{number:02}")
            for number in range(spec.orders)
        ),
    )


def read_sets(folder: Path, effort: Effort) -> list[Set]:
    """Every `*.json` of the folder, in sets named "folder/name before the number".

    Raises BadFolder.
    """
    found: dict[str, list[Order]] = {}
    faults = []
    for path in sorted(folder.glob("*.json")):
        kind = re.sub(r"[_-]?\d+$", "", path.stem) or "orders"
        try:
            order = read_order(json.loads(path.read_text(encoding="utf-8-sig")))
        except OrderError as error:
            faults.append(f"{path.name}: {error}")
        except (OSError, ValueError, RecursionError) as error:
            faults.append(f"{path.name} is not JSON in UTF-8: {error}")
        else:
            found.setdefault(kind, []).append(_as_asked(order, path.stem, effort))
    if faults or not found:
        raise BadFolder("; ".join(faults) or f"{folder} holds no order (*.json)")
    return [Set(f"{folder.resolve().name}/{kind}", tuple(orders)) for kind, orders in found.items()]


def _as_asked(order: Order, name: str, effort: Effort) -> Order:
    return replace(order, name=name, limits=replace(order.limits, effort=effort))


def _cartons(rng: np.random.Generator, spec: Spec) -> tuple[Carton, ...]:
    length = np.clip(rng.lognormal(np.log(17.0), 0.20, spec.skus), 10, 24)
    width = length * rng.uniform(0.55, 0.97, spec.skus)
    height = width * rng.uniform(0.55, 1.05, spec.skus)
    sides = np.rint(np.stack((length, width, height), axis=1) * _QUARTER) * 10 // _QUARTER
    density = spec.dense * np.clip(rng.lognormal(np.log(9.5), 0.30, spec.skus), 4, 18)
    pounds = np.clip(density * sides.prod(axis=1) / CUBIC_FOOT, 1, MOST_POUNDS)
    upright = rng.random(spec.skus) < 0.33
    return tuple(
        Carton(
            sku=f"SKU{place:03}",
            dims_lwh=(int(sides[place, 0]), int(sides[place, 1]), int(sides[place, 2])),
            vertical_ok_lwh=(not upright[place], not upright[place], True),
            qty=quantity,
            weight=round(float(pounds[place]), 1),
        )
        for place, quantity in enumerate(_quantities(rng, spec))
    )


def _quantities(rng: np.random.Generator, spec: Spec) -> Sequence[int]:
    """Cartons by SKU that add up to the order's."""
    shares = rng.lognormal(0, 0.95, spec.skus)
    spare = spec.cartons - LEAST_CARTONS * spec.skus
    counts = LEAST_CARTONS + np.floor(shares / shares.sum() * spare).astype(np.int64)
    counts[int(shares.argmax())] += spec.cartons - int(counts.sum())
    return [int(count) for count in counts]
