"""What holds for every problem: certificates against brute force, order of rows, more money, more offers, one client.

The bound itself need not rise with more money or one more offer: the search stops as soon as the gap is small enough,
and may stop closer in the larger problem. What holds exactly is that the larger problem's bound reaches the smaller
one's plan, so that a worse plan is worse by its certified gap at most, and that a proven bound is never undercut.
"""

import json
import random
from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.engine import exact
from allocation.engine.check import check
from allocation.engine.plan import Plan
from allocation.engine.problem import read_problem
from allocation.engine.setup import market_of
from allocation.engine.solve import solve
from tests.allocation.engine.brute import best_together, small_market
from tests.allocation.engine.cases import Case, large

rngs = st.randoms(use_true_random=False)
markets = st.builds(small_market, rngs, clients=st.integers(1, 3))
markets_without_floors = st.builds(small_market, rngs, clients=st.integers(1, 3), floors=st.just(False))
several = settings(max_examples=100, deadline=None)


def solved(case: Case) -> Plan:
    """The plan, checked."""
    problem = read_problem(case)
    plan = solve(problem)
    assert check(problem, plan) == []
    return plan


def as_bytes(plan: Plan) -> str:
    return json.dumps(plan.as_json(), sort_keys=True)


def certified(case: Case) -> tuple[bool, bool]:
    """(every plan of the problem was tried, ours is the best); the certificate holds in any case."""
    plan = solved(case)
    cases = {(line.store, line.item): line.cases for line in plan.lines}
    floors = {(row["store"], row["item"]): row["floor"] for row in case["offers"]}
    best = best_together(case, {key: min(floor, cases.get(key, 0)) for key, floor in floors.items()})
    if best is None:
        return False, False
    assert Fraction(plan.value) <= best <= Fraction(plan.bound)
    return True, best == Fraction(plan.value)


def results(seeds: range, clients: Callable[[int], int]) -> tuple[int, int]:
    """(small problems of which every plan was tried, those where ours is the best)."""
    outcomes = [certified(small_market(random.Random(seed), clients=clients(seed))) for seed in seeds]
    return sum(tried for tried, _ in outcomes), sum(best for _, best in outcomes)


RANGES = [pytest.param(range(100), id="100"), pytest.param(range(1000, 1500), id="500", marks=pytest.mark.full)]


@pytest.mark.parametrize("seeds", RANGES)
def test_small_carts_are_certified_and_nearly_all_the_best(seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without the engine's own trial of all plans: the search must stand by itself.
    monkeypatch.setattr(exact, "MOST_PLANS", 1)
    tried, best = results(seeds, lambda seed: 1)
    assert tried == len(seeds)
    assert best >= 0.95 * tried


@pytest.mark.parametrize("seeds", RANGES)
def test_small_batches_are_certified(seeds: range) -> None:
    tried, _ = results(seeds, lambda seed: 2 + seed % 2)
    assert tried == len(seeds)


@several
@given(markets, rngs)
def test_any_order_of_rows_gives_the_same_bytes(case: Case, rng: random.Random) -> None:
    first = as_bytes(solved(case))
    for rows in ("clients", "stores", "items", "offers"):
        rng.shuffle(case[rows])
    assert as_bytes(solved(case)) == first


@pytest.mark.parametrize("clients", [1, 3])
def test_any_order_of_rows_of_a_larger_problem_gives_the_same_bytes(clients: int) -> None:
    case = large(60, 3_000, seed=clients, stores=2, clients=clients) | {"effort": "fast"}
    first = as_bytes(solved(case))
    rng = random.Random(1)
    for rows in ("clients", "stores", "items", "offers"):
        rng.shuffle(case[rows])
    assert as_bytes(solved(case)) == first


@several
@given(markets)
def test_arrays_give_the_plan_of_their_problem(case: Case) -> None:
    problem = read_problem(case)
    assert as_bytes(solve(market_of(problem))) == as_bytes(solve(problem))


def never_worse(smaller: Plan, larger: Plan) -> None:
    """What holds when `larger` may do all that `smaller` may."""
    assert larger.bound >= smaller.value
    if smaller.status == "optimal":
        assert larger.bound >= smaller.bound


@several
@given(markets_without_floors, st.integers(0, 2), st.sampled_from([1, 100, 2_500, 25_000]))
def test_more_balance_is_never_worse_than_the_certificate(case: Case, who: int, cents: int) -> None:
    # Without floors: more money may grant a floor that costs value.
    richer = deepcopy(case)
    lucky = richer["clients"][who % len(richer["clients"])]
    lucky["budget"] = f"{float(lucky['budget']) + cents / 100:.2f}"
    never_worse(solved(case), solved(richer))


@several
@given(markets_without_floors, st.integers(0, 14))
def test_one_more_offer_is_never_worse_than_the_certificate(case: Case, which: int) -> None:
    fewer = deepcopy(case)
    if fewer["offers"]:
        fewer["offers"].pop(which % len(fewer["offers"]))
    never_worse(solved(fewer), solved(case))


@pytest.mark.parametrize("clients", [1, 3])
def test_more_is_never_worse_in_a_larger_problem(clients: int) -> None:
    case = large(100, 3_000, seed=7, clients=clients) | {"effort": "fast"}
    base = solved(case)
    never_worse(base, solved(case | {"clients": [row | {"budget": "3100.00"} for row in case["clients"]]}))
    never_worse(solved(case | {"offers": case["offers"][:-1]}), base)


@several
@given(st.builds(small_market, rngs, clients=st.just(1)))
def test_one_client_alone_equals_the_cart(case: Case) -> None:
    idle = {"id": "c9", "budget": "500.00", "weight": 1.0}
    alone, beside = solved(case), solved(case | {"clients": [*case["clients"], idle]})
    assert (beside.value, beside.unmet_floors) == (alone.value, alone.unmet_floors)


def test_clients_who_share_nothing_get_their_carts() -> None:
    carts = [large(40, 3_000, seed=seed) for seed in (1, 2)]
    together: Case = {"clients": [], "stores": [], "items": [], "offers": [], "fairness": 0.0}
    for number, cart in enumerate(carts):
        cart["clients"][0]["id"] = cart["stores"][0]["client"] = f"c{number}"
        cart["stores"][0]["id"] = f"s{number}"
        for row in cart["items"]:
            row["id"] = f"{number}-{row['id']}"
        for row in cart["offers"]:
            row.update(store=f"s{number}", item=f"{number}-{row['item']}")
        for rows in ("clients", "stores", "items", "offers"):
            together[rows] += cart[rows]
    alone, plan = [solved(cart) for cart in carts], solved(together)
    assert sum(one.value for one in alone) <= plan.bound
    assert plan.value <= sum(one.bound for one in alone)
    assert plan.gap <= 0.01
