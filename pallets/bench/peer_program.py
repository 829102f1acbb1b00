"""A stand-alone program for an environment of its own: py3dbp and PackingSolver on the packer's orders.

Nothing of the product is imported here. Each line on standard input is a job, each line on standard output its answer:

    {"solver": "py3dbp" | "packingsolver", "cartons": [[l, w, h, [upright l, w, h], quantity, weight], ...],
     "room": [x, y, z], "weight": 1455.0, "one": false, "seconds": 5.0}
    {"pallets": [[[carton, x, y, z, dx, dy, dz], ...], ...], "seconds": 4.9}      or {"error": "why"}

`one`: as much volume as one pallet takes; otherwise as few pallets as hold everything. PackingSolver's `box` knows
rotations and weight, no support; `seconds` limits it on the clock. py3dbp turns every carton as it likes, stops when
it is done and leaves out what fits nowhere. The seconds of the answer are those of processors.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from packingsolver3d import (  # type: ignore[import-not-found]
    ALL_ROTATIONS,
    BinType,
    Instance,
    ItemType,
    Objective,
    box,
)
from py3dbp import Bin, Item, Packer  # type: ignore[import-not-found]

AXES = "XYZ"
Job = dict[str, Any]
Pallets = list[list[list[int]]]


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def answer(job: Job) -> dict[str, Any]:
    """Solves one job."""
    start = time.process_time()
    try:
        pallets = _py3dbp(job) if job["solver"] == "py3dbp" else _packingsolver(job)
    except Exception as error:  # whatever a peer raises is its answer
        return {"error": f"{type(error).__name__}: {error}"}
    return {"pallets": [pallet for pallet in pallets if pallet], "seconds": time.process_time() - start}


def _packingsolver(job: Job) -> Pallets:
    items = [
        ItemType(x=sides[0], y=sides[1], z=sides[2], copies=count, weight=weight, rotations=_rotations(upright))
        for *sides, upright, count, weight in job["cartons"]
    ]
    copies = 1 if job["one"] else sum(carton[4] for carton in job["cartons"])
    x, y, z = job["room"]
    bins = [BinType(x=x, y=y, z=z, cost=1, copies=copies, maximum_weight=job["weight"])]
    objective = Objective.KNAPSACK if job["one"] else Objective.BIN_PACKING
    result = box.solve(Instance(bin_types=bins, item_types=items, objective=objective), time_limit=job["seconds"])
    return [
        [[p.item_type_id, p.x, p.y, p.z, p.lx, p.ly, p.lz] for p in group.placements]
        for group in result.bins
        for _ in range(group.copies)
    ]


def _rotations(upright: list[bool]) -> tuple[Any, ...]:
    """A rotation names the carton's axes along x, y and z of the pallet."""
    return tuple(rotation for rotation in ALL_ROTATIONS if upright[AXES.index(rotation.value[2])])


def _py3dbp(job: Job) -> Pallets:
    packer = Packer()
    wide, deep, high = job["room"]
    volume = 0
    for place, (*sides, _, count, weight) in enumerate(job["cartons"]):
        volume += count * sides[0] * sides[1] * sides[2]
        for _ in range(count):
            packer.add_item(Item(str(place), *sides, weight))
    for number in range(1 if job["one"] else 5 + 3 * volume // (wide * deep * high)):
        packer.add_bin(Bin(str(number), wide, deep, high, job["weight"]))
    packer.pack(bigger_first=True, distribute_items=True, number_of_decimals=4)
    return [[_placed(item) for item in pallet.items] for pallet in packer.bins]


def _placed(item: Any) -> list[int]:
    return [int(item.name), *map(int, item.position), *map(int, item.get_dimension())]


if __name__ == "__main__":
    main()
