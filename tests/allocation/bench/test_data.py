"""The made-up markets: the same for the same seed, valid, and with the shares they promise."""

from dataclasses import replace

import numpy as np
import pytest

from allocation.bench.data import Spec, balances, batch_market, cart_market
from allocation.engine.market import Market
from allocation.engine.problem import problem_as_json, read_problem
from allocation.engine.setup import market_of, problem_of

SMALL = Spec(stores=30, asins=400)
FIELDS = ("store", "item", "value", "cost", "cap", "floor")
GOODS = ("units", "cost", "min_shipping", "max_shipping", "load", "stock", "max_stores")


def same(one: Market, other: Market) -> bool:
    """Whether two markets hold the same numbers."""
    goods = all(np.array_equal(getattr(one.goods, name), getattr(other.goods, name)) for name in GOODS)
    blocks = all(
        np.array_equal(getattr(one.offers.of(place), name), getattr(other.offers.of(place), name))
        for place in range(len(one.buyers))
        for name in FIELDS
    )
    return goods and blocks and (one.goods.ids, one.buyers) == (other.goods.ids, other.buyers)


def test_a_seed_makes_one_market() -> None:
    assert same(batch_market(SMALL), batch_market(SMALL))
    assert not same(batch_market(SMALL), batch_market(replace(SMALL, seed=2)))
    assert same(cart_market(SMALL, 200_000, 3), cart_market(SMALL, 200_000, 3))
    assert not same(cart_market(SMALL, 200_000, 3), cart_market(SMALL, 200_000, 4))


@pytest.mark.parametrize("eligible", [0.1, 0.25, 0.6, 1.0])
@pytest.mark.parametrize(("stores", "asins"), [(30, 400), (500, 1_000)])
def test_the_stated_share_of_pairs_is_eligible(stores: int, asins: int, eligible: float) -> None:
    market = batch_market(Spec(stores=stores, asins=asins, eligible=eligible))
    pairs = sum(len(market.offers.of(place).item) for place in range(len(market.buyers)))
    assert pairs / (stores * asins) == pytest.approx(eligible, rel=0.1)
    if eligible == 1:
        assert pairs == stores * asins


@pytest.mark.parametrize("objective", ["profit", "oldest"])
def test_a_market_is_valid(objective: str) -> None:
    market = batch_market(replace(SMALL, objective=objective))
    assert list(market.goods.ids) == sorted(market.goods.ids)
    assert [buyer.id for buyer in market.buyers] == sorted(buyer.id for buyer in market.buyers)
    stores = [store for buyer in market.buyers for store in buyer.stores]
    assert stores == sorted(set(stores))
    assert len(stores) == 30
    for place, buyer in enumerate(market.buyers):
        block = market.offers.of(place)
        keys = list(zip(block.store.tolist(), block.item.tolist(), strict=True))
        assert keys == sorted(set(keys))
        assert set(block.store.tolist()) <= set(range(len(buyer.stores)))
        assert (block.cap >= 2).all()
        assert (block.cap <= 12).all()
        assert (block.value > 0).all()


def test_goods_keep_their_ranges() -> None:
    goods = batch_market(Spec(stores=100, asins=2_000)).goods
    assert 100_000 <= np.median(goods.cost) <= 200_000
    assert 20_000 <= goods.cost.min() < goods.cost.max() <= 1_200_000
    assert set(goods.units.tolist()) <= {1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 36}
    assert 1_500 == goods.min_shipping.min() < goods.min_shipping.max() <= 9_000
    ratio = goods.max_shipping / goods.min_shipping
    assert 1.5 < ratio.min() < ratio.max() < 3.1
    assert 4_000_000 <= goods.load.min() < goods.load.max() <= 50_000_000
    assert np.corrcoef(np.log(goods.load), np.log(goods.units))[0, 1] > 0.2


def test_stock_and_balances_are_as_stated() -> None:
    market = batch_market(Spec(stores=100, asins=1_000, stock=1.3))
    goods, budgets = market.goods, sorted(buyer.budget for buyer in market.buyers)
    assert budgets == balances(70).tolist()
    assert (budgets[0], budgets[-1]) == (200_000, 5_000_000)
    assert {buyer.weight for buyer in market.buyers} == {1.0, 1.25, 1.5}
    value = (goods.stock * goods.units * goods.cost).sum() / 100
    assert value / sum(budgets) == pytest.approx(1.3, rel=0.05)


def test_brands_are_clustered() -> None:
    # Stores that are ungated by brand agree on goods far more often than by chance.
    market = batch_market(Spec(stores=100, asins=1_000))
    share = np.bincount(np.concatenate([market.offers.of(place).item for place in range(70)]), minlength=1_000) / 100
    assert share.std() > 3 * (0.25 * 0.75 / 100) ** 0.5


def test_the_export_is_the_same_market() -> None:
    market = batch_market(Spec(stores=6, asins=80))
    assert same(market_of(read_problem(problem_as_json(problem_of(market)))), market)
