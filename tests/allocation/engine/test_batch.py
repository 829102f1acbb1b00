"""Several clients at once: one plan however it is worked out, never below greedy, and cancel leaves a valid one."""

from dataclasses import replace

import numpy as np
import pytest

from allocation.bench.data import Spec, batch_market
from allocation.engine import batch, crew
from allocation.engine.check import check
from allocation.engine.greedy import greedy
from allocation.engine.market import Market
from allocation.engine.outcome import Progress
from allocation.engine.plan import Plan
from allocation.engine.setup import order_of, problem_of
from allocation.engine.solve import solve


def market(stores: int = 20, asins: int = 120, **wanted: object) -> Market:
    return batch_market(Spec(stores=stores, asins=asins, **{"effort": "fast", **wanted}))  # type: ignore[arg-type]


def faults(given: Market, plan: Plan) -> list[str]:
    return check(problem_of(given, plan), plan)


def test_a_plan_of_many_clients_keeps_every_rule() -> None:
    given = market()
    plan = solve(given)
    assert faults(given, plan) == []
    assert len({line.store for line in plan.lines}) > 10
    assert 0 < plan.gap < 0.05


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_the_plan_does_not_depend_on_the_processes(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    given = market(stores=12, asins=60)
    expected = solve(given)
    monkeypatch.setattr(batch, "_SMALL", 0)
    monkeypatch.setattr(crew, "_processes", lambda: processes)
    assert solve(given) == expected


def test_a_helper_that_dies_costs_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    given = market(stores=12, asins=60)
    expected = solve(given)
    start = crew._start

    def doomed(wanted: Market) -> object:
        helper = start(wanted)
        helper.kill()
        helper.wait()
        return helper

    monkeypatch.setattr(batch, "_SMALL", 0)
    monkeypatch.setattr(crew, "_processes", lambda: 2)
    monkeypatch.setattr(crew, "_start", doomed)
    assert solve(given) == expected


@pytest.mark.parametrize("stock", [0.4, 0.8, 1.3, 3.0])
def test_it_is_never_worth_less_than_greedy(stock: float) -> None:
    given = market(stock=stock)
    value = 0
    for buyer, cases in enumerate(greedy(given)):
        value += order_of(given, buyer).cart(given.goods.stock, given.goods.max_stores).price(cases)[0]
    assert float(solve(given).value) >= value / 1e8 - 0.01


def test_a_plan_cut_at_once_is_the_greedy_one() -> None:
    given = market()
    plan = solve(given, stop=lambda: True)
    cases = sum(int(row.sum()) for row in greedy(given))
    assert sum(line.cases for line in plan.lines) == cases


def test_progress_is_told_by_stage() -> None:
    heard: list[Progress] = []
    given = market(effort="normal")
    solve(given, progress=heard.append)
    assert list(dict.fromkeys(one.stage for one in heard)) == ["prices", "carts", "improving", "bound"]
    carts = [one for one in heard if one.stage == "carts"]
    assert (carts[-1].done, carts[-1].total) == (len(given.buyers), len(given.buyers))
    assert [one.value for one in carts] == sorted(one.value for one in carts)
    assert all(one.bound is not None and one.bound >= one.value for one in carts)


@pytest.mark.parametrize("after", [0, 1, 5, 17, 20])
def test_a_cancelled_batch_leaves_a_valid_plan(after: int) -> None:
    given, asked = market(), [0]

    def stop() -> bool:
        asked[0] += 1
        return asked[0] > after

    plan = solve(given, stop=stop)
    assert faults(given, plan) == []
    assert plan.lines
    assert plan.value <= plan.bound


def test_fairness_lifts_the_least_share() -> None:
    given = market(stores=30, asins=200, stock=0.6, fairness=0.0, effort="normal")
    plain, fair = solve(given), solve(replace(given, fairness=0.9))
    assert faults(given, plain) == []
    assert min(client.share for client in fair.clients) > min(client.share for client in plain.clients)
    assert fair.value <= plain.bound


def test_an_item_goes_to_at_most_its_stores() -> None:
    given = market()
    few = replace(given, goods=replace(given.goods, max_stores=np.full(len(given.goods.ids), 2)))
    plan = solve(few)
    assert faults(few, plan) == []
    items = [line.item for line in plan.lines]
    assert max(items.count(item) for item in set(items)) == 2
