"""The bench's statistics, exact prices and greedy."""

import subprocess
import sys

import numpy as np
from django.conf import settings

from allocation.bench.data import Spec, balances, batch_market, cart_market
from allocation.bench.greedy import greedy
from allocation.bench.measure import gini, p95
from allocation.bench.pricing import price_lines
from allocation.bench.targets import Mark
from allocation.engine.solve import solve


def test_p95_is_the_nearest_rank() -> None:
    assert p95([3.0]) == 3.0
    assert p95(list(range(1, 21))) == 19
    assert p95(list(range(1, 11))) == 10


def test_gini() -> None:
    assert gini([]) == 0.0
    assert gini([0.5, 0.5, 0.5]) == 0.0
    assert gini([0.0, 0.0, 0.0, 1.0]) == 0.75


def test_a_mark_says_what_was_to_be_reached() -> None:
    assert str(Mark("batch gap", 0.0052, 0.005, "%")) == "batch gap 0.52 % [<= 0.5 % MISS]"
    assert str(Mark("carts seconds", 0.1, 0.1, "s")) == "carts seconds 0.1 s [<= 0.1 s ok]"


def test_any_lines_are_priced_as_the_engine_prices_its_own() -> None:
    market = batch_market(Spec(stores=6, asins=80, effort="fast"))
    plan = solve(market)
    lines = [(line.store, line.item, line.cases) for line in plan.lines]
    value, over = price_lines(market, lines)
    assert (round(value, 2), over) == (float(plan.value), 0.0)


def test_what_is_spent_beyond_a_balance_is_told() -> None:
    market = cart_market(Spec(asins=50), 200_000)
    lines = [("s00000", key, 2) for key in market.goods.ids]
    _, over = price_lines(market, lines)
    assert over == price_lines(cart_market(Spec(asins=50), 199_900), lines)[1] - 1.0


def test_refill_never_lowers_greedy_and_neither_beats_the_bound() -> None:
    for balance in balances(4).tolist():
        market = cart_market(Spec(asins=300, effort="fast"), balance)
        plain, refilled = greedy(market, refill=False), greedy(market, refill=True)
        plan = solve(market)
        assert 0 < plain <= refilled <= float(plan.bound)
        assert plain > 0.9 * float(plan.value)


def test_greedy_takes_nothing_that_loses() -> None:
    market = cart_market(Spec(asins=20), 200_000)
    market.offers.values[:] = -1  # type: ignore[attr-defined]
    assert [greedy(market, refill=refill) for refill in (False, True)] == [0.0, 0.0]
    assert np.array_equal(market.offers.of(0).value, np.full(20, -1))


def test_the_bench_knows_no_django() -> None:
    names = "import sys, allocation.bench.report; print([name for name in sys.modules if name.startswith('django')])"
    done = subprocess.run([sys.executable, "-c", names], cwd=settings.BASE_DIR, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
