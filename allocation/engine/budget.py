"""How much work each effort may do, counted in steps and never in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """`gap` is what the search aims at, `accept` what it may end with and still be "within_gap".

    Steps: `boxes` to bound, `passes` of exchanges a start, `states` kept while a box is solved in whole
    cases by the `pieces` that matter most, `harder` times as many of both once the box is narrow.
    """

    accept: float
    gap: float
    boxes: int
    passes: int
    pieces: int
    states: int
    harder: int


BUDGETS = {
    "fast": Budget(accept=0.003, gap=0.0026, boxes=40, passes=4, pieces=40, states=80, harder=8),
    "normal": Budget(accept=0.003, gap=0.0009, boxes=200, passes=10, pieces=60, states=150, harder=8),
    "thorough": Budget(accept=0.001, gap=0.0001, boxes=1_000, passes=100, pieces=1_000, states=5_000, harder=8),
}
# Whether a store's goods are enough for a pallet of their own: asked a dozen times for one cart.
DECIDING = Budget(accept=0.003, gap=0.0026, boxes=8, passes=4, pieces=40, states=80, harder=4)

# A client's turn in a batch: there the prices decide more than the last exchange.
SERVING = {
    "fast": Budget(accept=0.003, gap=0.002, boxes=4, passes=6, pieces=20, states=30, harder=2),
    "normal": Budget(accept=0.003, gap=0.001, boxes=6, passes=10, pieces=30, states=40, harder=2),
    "thorough": Budget(accept=0.001, gap=0.0005, boxes=8, passes=15, pieces=40, states=60, harder=2),
}
# A client's part of the bound at the prices: splitting volumes tells more there than whole cases do.
BOUNDING = {
    "fast": Budget(accept=0.003, gap=0.003, boxes=8, passes=1, pieces=10, states=10, harder=1),
    "normal": Budget(accept=0.003, gap=0.001, boxes=30, passes=1, pieces=10, states=10, harder=1),
    "thorough": Budget(accept=0.001, gap=0.0005, boxes=60, passes=2, pieces=20, states=20, harder=1),
}
# By effort: what the prices count in each pass over all clients, where these are many and where they are few.
SCALES = {"fast": (1.0, 0.0), "normal": (1.0, 0.7, 0.0), "thorough": (1.0, 0.8, 0.6, 0.3, 0.0)}
FEW_SCALES = {
    "fast": (1.0, 0.7, 0.0),
    "normal": (1.0, 0.9, 0.8, 0.6, 0.3, 0.0),
    "thorough": (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0),
}
