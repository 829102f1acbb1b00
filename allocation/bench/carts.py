"""Single carts of the engine beside greedy and CP-SAT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from allocation.bench.data import Spec, balances, cart_market
from allocation.bench.greedy import greedy
from allocation.bench.measure import Took, timed
from allocation.bench.peer import Peer, Rival
from allocation.engine.check import check
from allocation.engine.setup import problem_of
from allocation.engine.solve import solve

SIZES = (500, 1_000, 2_000, 5_000, 10_000, 20_000)


@dataclass(frozen=True)
class CartRun:
    """One cart: `balance`, `value` and `bound` in USD; `faults` is what the checker finds wrong with the plan."""

    asins: int
    balance: float
    value: float
    bound: float
    gap: float
    took: Took
    greedy: float
    refilled: float
    faults: int
    rival: Rival | None


def run_carts(
    spec: Spec,
    sizes: Sequence[int],
    count: int,
    peer: Peer | None,
    seconds: float | None,
    say: Callable[[str], None],
    most: int | None = None,
) -> list[CartRun]:
    """`count` carts of each size with balances from $2,000 to $50,000, in cents at `most`; `seconds` limits CP-SAT."""
    # The first solve loads the LP solver, which a worker does once.
    solve(cart_market(replace(spec, asins=100), 200_000))
    runs = []
    for size in sizes:
        for number, balance in enumerate(balances(count).tolist()):
            if most is None or balance <= most:
                say(f"Cart {number + 1} of {count} with {size:,} eligible ASINs, effort {spec.effort}")
                runs.append(_run(replace(spec, asins=size), balance, number, peer, seconds))
    return runs


def _run(spec: Spec, balance: int, number: int, peer: Peer | None, seconds: float | None) -> CartRun:
    market = cart_market(spec, balance, number)
    plan, took = timed(lambda: solve(market))
    rival = None
    if peer:
        # One pallet more than the engine uses keeps the obvious model small without binding it.
        limit = took.wall if seconds is None else seconds
        rival = peer.solve(market, pallets=plan.stores[0].pallets + 1, seconds=limit)
    return CartRun(
        asins=spec.asins,
        balance=balance / 100,
        value=float(plan.value),
        bound=float(plan.bound),
        gap=plan.gap,
        took=took,
        greedy=greedy(market, refill=False),
        refilled=greedy(market, refill=True),
        faults=len(check(problem_of(market, plan), plan)),
        rival=rival,
    )
