"""py3dbp and PackingSolver beside the packer, in an environment of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocation.bench.program import Program, make_environment
from pallets.bench.judge import Verdict, judge
from pallets.packing.order import Order

PROGRAM = Path(__file__).with_name("peer_program.py")
PEERS = {"packingsolver": "PackingSolver", "py3dbp": "py3dbp"}
MOST_CARTONS = {"py3dbp": 300}  # above that it takes minutes


@dataclass(frozen=True)
class Rival:
    """A peer's plan as the validator sees it, and its seconds of processors; `silence` says why there is none."""

    verdict: Verdict | None
    seconds: float
    silence: str = ""


def environment(folder: Path, requirements: Path, say: Callable[[str], None]) -> Path:
    """The Python that has the peers, as `make_environment`."""
    return make_environment(folder, requirements, say, "py3dbp and PackingSolver (once, about 40 MB)")


class Peers(Program):
    """The program that runs the peers; `find` returns its Python."""

    def __init__(self, find: Callable[[], Path]) -> None:
        super().__init__(PROGRAM, find)

    def solve(self, solver: str, order: Order, seconds: float) -> Rival | None:
        """A plan for the order by "packingsolver" within `seconds`, or by "py3dbp"; None where no peer runs."""
        cartons = sum(carton.qty for carton in order.cartons)
        most = MOST_CARTONS.get(solver)
        if most and cartons > most:
            return Rival(None, 0.0, f"not asked above {most} cartons")
        answer = self.ask(_job(solver, order, seconds))
        if answer is None:
            return None
        if "error" in answer:
            return Rival(None, 0.0, answer["error"])
        if not answer["pallets"]:
            return Rival(None, answer["seconds"], "no plan in time")
        pallets = [[_row(order, placed) for placed in pallet] for pallet in answer["pallets"]]
        return Rival(judge(order, pallets), answer["seconds"])


def _job(solver: str, order: Order, seconds: float) -> dict[str, Any]:
    limits = order.limits
    cartons = [[*carton.dims_lwh, list(carton.vertical_ok_lwh), carton.qty, carton.weight] for carton in order.cartons]
    return {
        "solver": solver,
        "cartons": cartons,
        "room": [*limits.deck, limits.load_height],
        "weight": limits.load_weight,
        "one": limits.max_pallets == 1,
        "seconds": seconds,
    }


def _row(order: Order, placed: list[int]) -> dict[str, Any]:
    place, x, y, z, dx, dy, dz = placed
    return {"sku": order.cartons[place].sku, "x": x, "y": y, "z": z, "dx": dx, "dy": dy, "dz": dz}
