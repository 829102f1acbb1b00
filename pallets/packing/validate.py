"""Checks a plan against its order by brute force. Shares no code with the packer: reads the JSON only."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pallets.packing.order import Carton, Order
from pallets.packing.validate_steps import step_faults

Cuboids = NDArray[np.int64]  # one row a carton: x1, y1, z1, x2, y2, z2

PLACEMENT_KEYS = {"sku", "x", "y", "z", "dx", "dy", "dz"}
PALLET_KEYS = {"placements", "weight", "height", "fill", "cube"}
STEP_NUMBERS = ("step", "nx", "ny", "nz", "dx", "dy", "dz")  # from 1; a corner may be anywhere
STEP_KEYS = {"sku", "x", "y", "z", *STEP_NUMBERS}
SLACK = 1e-6
MOST_FAULTS = 200


def validate(order: Order, plan_json: Mapping[str, Any]) -> list[str]:
    """Every fault of the plan in words, none if it is valid; at most 200 are listed.

    The plan is as `PackPlan.as_json` makes it: lengths in 0.1 in, weights in lb, both with the pallet. A pallet's
    `steps` may be missing; where they are given, they must build exactly its placements, from the deck upwards.
    """
    faults = _malformed(plan_json)
    if faults:
        return faults[:MOST_FAULTS]
    faults = _count_faults(order, plan_json)
    checked: dict[int, list[str]] = {}
    for number, pallet in enumerate(plan_json["pallets"], start=1):
        if id(pallet) not in checked:
            checked[id(pallet)] = _pallet_faults(order, pallet)
        faults += [f"pallet {number}: {fault}" for fault in checked[id(pallet)]]
    return faults[:MOST_FAULTS]


def _malformed(plan: Any) -> list[str]:
    if not isinstance(plan, Mapping) or set(plan) != {"pallets", "unplaced", "bound"}:
        return ["a plan has exactly the keys pallets, unplaced and bound"]
    if not isinstance(plan["pallets"], Sequence) or not isinstance(plan["unplaced"], Sequence):
        return ["pallets and unplaced are lists"]
    faults = [] if _is_whole(plan["bound"], 0) else ["bound is not a whole number"]
    for number, pallet in enumerate(plan["pallets"], start=1):
        faults += [f"pallet {number}: {fault}" for fault in _malformed_pallet(pallet)]
    for number, row in enumerate(plan["unplaced"], start=1):
        if not isinstance(row, Mapping) or set(row) != {"sku", "qty", "reason"}:
            faults.append(f"unplaced row {number} has other keys than sku, qty, reason")
        elif not (isinstance(row["sku"], str) and _is_whole(row["qty"], 1) and _is_words(row["reason"])):
            faults.append(f"unplaced row {number} needs a SKU, a quantity and a reason")
    return faults


def _malformed_pallet(pallet: Any) -> list[str]:
    if not isinstance(pallet, Mapping) or set(pallet) - {"steps"} != PALLET_KEYS:
        return [f"has other keys than {', '.join(sorted(PALLET_KEYS))}"]
    figures = [key for key in ("weight", "height", "fill", "cube") if not _is_number(pallet[key])]
    faults = [f"{key} is not a number" for key in figures]
    if not isinstance(pallet["placements"], Sequence) or not pallet["placements"]:
        return [*faults, "is empty"]
    for number, row in enumerate(pallet["placements"], start=1):
        if not isinstance(row, Mapping) or set(row) != PLACEMENT_KEYS or not isinstance(row["sku"], str):
            faults.append(f"carton {number} has other keys than {', '.join(sorted(PLACEMENT_KEYS))}")
        elif not all(_is_whole(row[key], -(10**6)) for key in PLACEMENT_KEYS - {"sku"}):
            faults.append(f"carton {number} of {row['sku']} is not placed in whole numbers")
    return faults + _malformed_steps(pallet.get("steps", []))


def _malformed_steps(steps: Any) -> list[str]:
    if not isinstance(steps, Sequence) or isinstance(steps, str):
        return ["steps are not a list"]
    faults = []
    for number, row in enumerate(steps, start=1):
        if not isinstance(row, Mapping) or set(row) != STEP_KEYS or not isinstance(row["sku"], str):
            faults.append(f"step {number} has other keys than {', '.join(sorted(STEP_KEYS))}")
        elif not all(_is_whole(row[key], 1 if key in STEP_NUMBERS else -(10**6)) for key in STEP_KEYS - {"sku"}):
            faults.append(f"step {number} is not given in whole numbers from 1")
        elif row["step"] != number:
            faults.append(f"step {number} is numbered {row['step']}")
    return faults


def _count_faults(order: Order, plan: Mapping[str, Any]) -> list[str]:
    ordered = {carton.sku: carton.qty for carton in order.cartons}
    placed = Counter(row["sku"] for pallet in plan["pallets"] for row in pallet["placements"])
    unplaced = Counter[str]()
    for row in plan["unplaced"]:
        unplaced[row["sku"]] += row["qty"]
    faults = []
    for sku in sorted(ordered.keys() | placed.keys() | unplaced.keys()):
        if placed[sku] + unplaced[sku] != ordered.get(sku, 0):
            faults.append(
                f"{sku}: {ordered.get(sku, 0)} ordered, but {placed[sku]} placed and {unplaced[sku]} unplaced"
            )
    most, used = order.limits.max_pallets, len(plan["pallets"])
    if most is not None and used > most:
        faults.append(f"{used} pallets, at most {most} allowed")
    if not plan["unplaced"] and used < plan["bound"]:
        faults.append(f"{used} pallets hold everything, below the bound of {plan['bound']}")
    return faults


def _pallet_faults(order: Order, pallet: Mapping[str, Any]) -> list[str]:
    cartons = {carton.sku: carton for carton in order.cartons}
    rows = pallet["placements"]
    foreign = sorted({row["sku"] for row in rows} - cartons.keys())
    if foreign:
        return [f"{sku} is not in the order" for sku in foreign]
    corners = np.array([[row["x"], row["y"], row["z"]] for row in rows], dtype=np.int64)
    sides = np.array([[row["dx"], row["dy"], row["dz"]] for row in rows], dtype=np.int64)
    boxes = np.hstack([corners, corners + sides])
    names = [f"carton {number} of {row['sku']}" for number, row in enumerate(rows, start=1)]
    kinds = [cartons[row["sku"]] for row in rows]
    faults = _bound_faults(order, boxes, names)
    faults += _turn_faults(rows, kinds, names)
    faults += _contact_faults(order, boxes, kinds, names)
    faults += _group_faults(order, kinds)
    faults += _figure_faults(order, pallet, boxes, kinds)
    return faults + (step_faults(pallet, order.limits.min_support) if "steps" in pallet else [])


def _bound_faults(order: Order, boxes: Cuboids, names: list[str]) -> list[str]:
    limits = order.limits
    top = min(limits.usable_height, limits.max_total_height - limits.pallet_height)
    faults = []
    for name, (x1, y1, z1, x2, y2, z2) in zip(names, boxes.tolist(), strict=True):
        if x1 < 0 or y1 < 0 or x2 > limits.deck[0] or y2 > limits.deck[1]:
            faults.append(f"{name} overhangs the deck")
        if z1 < 0:
            faults.append(f"{name} is below the deck")
        if z2 > top:
            faults.append(f"{name} ends at {z2} above the deck, at most {top} allowed")
    return faults


def _turn_faults(rows: Sequence[Mapping[str, Any]], kinds: list[Carton], names: list[str]) -> list[str]:
    faults = []
    for row, carton, name in zip(rows, kinds, names, strict=True):
        sides = sorted((row["dx"], row["dy"], row["dz"]))
        if sides != sorted(carton.dims_lwh):
            faults.append(f"{name} is drawn {row['dx']} x {row['dy']} x {row['dz']}, it is {carton.dims_lwh}")
            continue
        uprights = [side for side, ok in zip(carton.dims_lwh, carton.vertical_ok_lwh, strict=True) if ok]
        if row["dz"] not in uprights:
            faults.append(f"{name} stands on the wrong side: {row['dz']} is upright")
    return faults


def _contact_faults(order: Order, boxes: Cuboids, kinds: list[Carton], names: list[str]) -> list[str]:
    """Overlap, support and fragile cartons, each carton against all others."""
    faults = []
    fragile = np.array([carton.fragile for carton in kinds])
    for i, (x1, y1, z1, x2, y2, z2) in enumerate(boxes.tolist()):
        across = np.minimum(boxes[:, 3], x2) - np.maximum(boxes[:, 0], x1)
        along = np.minimum(boxes[:, 4], y2) - np.maximum(boxes[:, 1], y1)
        shared = np.where((across > 0) & (along > 0), across * along, 0)
        inside = (shared > 0) & (boxes[:, 2] < z2) & (boxes[:, 5] > z1)
        faults += [f"{names[i]} overlaps {names[j]}" for j in np.flatnonzero(inside) if j > i]
        under = fragile & (shared > 0) & (boxes[:, 5] <= z1)
        faults += [f"{names[i]} is above the fragile {names[j]}" for j in np.flatnonzero(under) if j != i]
        base = (x2 - x1) * (y2 - y1)
        held = base if z1 == 0 else int(shared[boxes[:, 5] == z1].sum())
        if base > 0 and held / base + SLACK < order.limits.min_support:
            share, need = held / base, order.limits.min_support
            faults.append(f"{names[i]} rests on {share:.0%} of its base, {need:.0%} needed")
    return faults


def _group_faults(order: Order, kinds: list[Carton]) -> list[str]:
    groups = {carton.group for carton in kinds}
    pairs = sorted({tuple(sorted(pair)) for pair in order.limits.forbidden_groups if groups.issuperset(pair)})
    return [f"groups {pair[0]} and {pair[1]} may not share a pallet" for pair in pairs]


def _figure_faults(order: Order, pallet: Mapping[str, Any], boxes: Cuboids, kinds: list[Carton]) -> list[str]:
    limits = order.limits
    net = math.fsum(carton.weight for carton in kinds)
    most = min(limits.max_net_weight, limits.max_gross_weight - limits.pallet_weight)
    height = min(limits.usable_height, limits.max_total_height - limits.pallet_height)
    space = limits.deck[0] * limits.deck[1] * height
    sides = boxes[:, 3:] - boxes[:, :3]
    volume = int((sides[:, 0] * sides[:, 1] * sides[:, 2]).sum())
    real = {
        "weight": (net + limits.pallet_weight, 1e-4),
        "height": (limits.pallet_height + int(boxes[:, 5].max()), 0),
        "fill": (min(1.0, max(volume / (0.90 * space), net / most)), SLACK),
        "cube": (volume / space, SLACK),
    }
    faults = [
        f"{key} is given as {pallet[key]}, it is {value:.6g}"
        for key, (value, slack) in real.items()
        if abs(pallet[key] - value) > slack
    ]
    if net > most + SLACK:
        faults.append(f"cartons weigh {net:.2f} lb, at most {most:.2f} lb allowed")
    return faults


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= 10**6


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_words(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
