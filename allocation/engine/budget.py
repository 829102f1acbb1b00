"""How much work each effort may do, counted in steps and never in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """`gap` is what the search aims at, `accept` what it may end with and still be "within_gap".

    Steps: `boxes` to bound, `passes` of exchanges a start, integer `programmes` of at most `columns` offers
    and `nodes` nodes; after `fruitless` programmes that hardly lowered a bound no more are tried.
    """

    accept: float
    gap: float
    boxes: int
    passes: int
    programmes: int
    columns: int
    nodes: int
    fruitless: int


BUDGETS = {
    "fast": Budget(accept=0.003, gap=0.003, boxes=40, passes=60, programmes=0, columns=0, nodes=0, fruitless=0),
    "normal": Budget(accept=0.003, gap=0.001, boxes=160, passes=200, programmes=12, columns=150, nodes=60, fruitless=8),
    "thorough": Budget(
        accept=0.001, gap=0.0001, boxes=800, passes=1000, programmes=60, columns=500, nodes=3000, fruitless=20
    ),
}
