"""Checks by brute force that the build steps of a pallet build it. Shares no code with the packer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Row = Mapping[str, Any]

CARTON_KEYS = ("sku", "x", "y", "z", "dx", "dy", "dz")
SLACK = 1e-6


def step_faults(pallet: Row, min_support: float) -> list[str]:
    """What stops people from building the pallet by its steps, in words.

    The steps' cartons must be the placements; each carton must rest on the deck, on earlier steps or on its own step,
    and come down to its place freely: nothing of an earlier step may be above it.
    """
    built = sum(step["nx"] * step["ny"] * step["nz"] for step in pallet["steps"])
    if built != len(pallet["placements"]):
        return [f"the steps build {built} cartons, {len(pallet['placements'])} are placed"]
    cartons = [(number, carton) for number, step in enumerate(pallet["steps"], start=1) for carton in _cartons(step)]
    numbers = np.array([number for number, _ in cartons], dtype=np.int64)
    boxes = np.array([carton[1:] for _, carton in cartons], dtype=np.int64)
    boxes[:, 3:] += boxes[:, :3]
    faults = _carton_faults(pallet["placements"], [carton for _, carton in cartons])
    return faults + _order_faults(numbers, boxes, min_support)


def _cartons(step: Row) -> list[tuple[Any, ...]]:
    dx, dy, dz = step["dx"], step["dy"], step["dz"]
    return [
        (step["sku"], step["x"] + i * dx, step["y"] + j * dy, step["z"] + k * dz, dx, dy, dz)
        for k in range(step["nz"])
        for j in range(step["ny"])
        for i in range(step["nx"])
    ]


def _carton_faults(placements: Sequence[Row], built: Sequence[tuple[Any, ...]]) -> list[str]:
    placed, made = Counter(tuple(row[key] for key in CARTON_KEYS) for row in placements), Counter(built)
    missing, foreign = placed - made, made - placed
    faults = [f"no step builds {_named(carton)}" for carton in sorted(missing)]
    return faults + [f"the steps build {_named(carton)}, which is not placed" for carton in sorted(foreign)]


def _named(carton: tuple[Any, ...]) -> str:
    sku, x, y, z, *_ = carton
    return f"{sku} at {x}, {y}, {z}"


def _order_faults(numbers: NDArray[np.int64], boxes: NDArray[np.int64], min_support: float) -> list[str]:
    faults = []
    for number, (x1, y1, z1, x2, y2, z2) in zip(numbers.tolist(), boxes.tolist(), strict=True):
        across = np.minimum(boxes[:, 3], x2) - np.maximum(boxes[:, 0], x1)
        along = np.minimum(boxes[:, 4], y2) - np.maximum(boxes[:, 1], y1)
        shared = np.where((across > 0) & (along > 0), across * along, 0)
        standing = (numbers <= number) & (boxes[:, 5] == z1)
        base = (x2 - x1) * (y2 - y1)
        held = base if z1 == 0 else int(shared[standing].sum())
        if held / base + SLACK < min_support:
            faults.append(f"step {number} puts a carton at {x1}, {y1}, {z1} on {held / base:.0%} of its base")
        in_the_way = np.flatnonzero((shared > 0) & (numbers < number) & (boxes[:, 2] >= z2))
        if in_the_way.size:
            first = int(numbers[in_the_way].min())
            faults.append(f"step {number} puts a carton at {x1}, {y1}, {z1} under one of step {first}")
    return faults
