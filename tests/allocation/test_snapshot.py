"""What stores may take, as the engine's arrays, and as model objects for chosen lines."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from allocation.engine.market import ANY, Market
from allocation.limits import Limits
from allocation.snapshot import Snapshot, take_snapshot
from clients.models import ClientPriority, Store
from common.errors import StalePlan
from inventory.models import Asin
from tests.factories import TODAY, default_policy, make_asin, make_client, make_store, ungate
from ungating.gates import STATUSES
from ungating.models import Scope, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    """Ungated for toys, of a client of high priority."""
    store = make_store(client=make_client(priority=ClientPriority.HIGH))
    ungate(store)
    return store


def taken(stores: Sequence[Store], **fields: Any) -> Snapshot:
    return take_snapshot(stores=stores, policy=default_policy(), now=timezone.now(), today=TODAY, **fields)


def offers(market: Market, buyer: int = 0) -> list[tuple[str, str]]:
    block, stores = market.offers.of(buyer), market.buyers[buyer].stores
    return [
        (stores[store], market.goods.ids[item])
        for store, item in zip(block.store.tolist(), block.item.tolist(), strict=True)
    ]


def test_goods_and_offers_are_whole_numbers(store: Store) -> None:
    make_asin("B000000002", on_hand=605, date_added=date(2025, 11, 22), min_shipping=Decimal("0.5001"))
    make_asin("B000000001", category="Books")
    market = taken([store]).market(budgets={"1": Decimal("1234.56")}, effort="fast", fairness=0.5)
    goods, block = market.goods, market.offers.of(0)
    assert goods.ids == ("B000000002",)
    columns = (
        goods.units,
        goods.cost,
        goods.min_shipping,
        goods.max_shipping,
        goods.load,
        goods.stock,
        goods.max_stores,
    )
    # 960 in3 of 114,048 in3; 605 units are 100 cases of 6 and 5 loose ones.
    assert [column.tolist() for column in columns] == [[6], [100_000], [5_001], [15_000], [8_417_508], [100], [ANY]]
    # 10.00 x (1 + 1 x 365/365 + 0.5 x 0.5) x 1.5 a unit, six units a case
    assert (block.value.tolist(), block.cost.tolist(), block.cap.tolist()) == ([33_75000000 * 6], [100_000], [ANY])
    (buyer,) = market.buyers
    assert (buyer.id, buyer.budget, buyer.weight, buyer.stores) == ("1", 123_456, 1.5, ("1",))
    assert (market.effort, market.fairness) == ("fast", 0.5)


def test_a_pooled_cart_is_priced_at_max_shipping(store: Store) -> None:
    make_asin()
    goods = taken([store]).market(budgets={"1": Decimal(1)}, pooled=True).goods
    assert (goods.min_shipping.tolist(), goods.max_shipping.tolist()) == ([15_000], [15_000])


def test_a_balance_below_zero_buys_nothing(store: Store) -> None:
    assert taken([store]).market(budgets={"1": Decimal("-5.00")}).buyers[0].budget == 0


def test_stores_of_several_clients_share_one_market(store: Store) -> None:
    other = make_client("2", priority=ClientPriority.LOW)
    books, both = make_store("21", client=other), make_store("20", client=other)
    for each in (books, both):
        ungate(each, "Books")
    ungate(both)
    make_asin("B000000001")
    make_asin("B000000002", category="Books", date_added=TODAY)
    make_asin("B000000003", category="Grocery")
    snapshot = taken([books, store, both])
    market = snapshot.market(budgets={"1": Decimal(100), "2": Decimal(200)})
    assert market.goods.ids == ("B000000001", "B000000002")
    assert [(buyer.id, buyer.stores, buyer.budget) for buyer in market.buyers] == [
        ("1", ("1",), 10_000),
        ("2", ("20", "21"), 20_000),
    ]
    assert offers(market, 0) == [("1", "B000000001")]
    assert offers(market, 1) == [("20", "B000000001"), ("20", "B000000002"), ("21", "B000000002")]
    # 10.00 x (1 + 92/365 + 0.25) and 10.00 x 1.25 a unit
    assert market.offers.of(1).value.tolist() == [15_02054795 * 6, 75_00000000, 75_00000000]


def test_one_stores_part_is_its_own_snapshot(store: Store) -> None:
    other = make_store("2", client=make_client("2"))
    ungate(other, "Books")
    make_asin("B000000001")
    make_asin("B000000002", category="Books")
    part = taken([other, store]).part(store)
    assert part.store == store
    market = part.market(budgets={"1": Decimal(100)})
    assert (market.goods.ids, offers(market)) == (("B000000001",), [("1", "B000000001")])
    assert [row.asin for row in part.left_out(store)] == ["B000000002"]
    with pytest.raises(ValueError, match="too many values"):
        _ = taken([other, store]).store


def test_the_number_of_queries_does_not_grow_with_stores_or_asins(store: Store) -> None:
    others = [make_store(str(number), client=store.client) for number in range(2, 6)]
    for other in others:
        ungate(other)
    for number in range(5):
        make_asin(f"B00000000{number}")
    for limits, count in ((Limits(), 2), (Limits(cool_down_days=7), 3), (Limits(max_units_per_asin=9), 2)):
        with CaptureQueriesContext(connection) as queries:
            snapshot = taken([store, *others], limits=limits)
            snapshot.market(budgets={"1": Decimal(100)})
            snapshot.left_out(store)
        # and one for the policy
        assert len(queries) == count + 1


def test_nothing_in_use_makes_an_empty_market(store: Store) -> None:
    snapshot = taken([store])
    market = snapshot.market(budgets={"1": Decimal(100)}, with_gated=True)
    assert (market.goods.ids, offers(market), snapshot.left_out(store)) == ((), [], ())
    assert snapshot.gated_block(store).block.item.tolist() == []


def test_what_is_left_out_is_told_oldest_first_in_the_words_of_the_first_rule(store: Store) -> None:
    ungate(store, "Acme Gated", Scope.BRAND, status=Status.GATED, reason="APPROVAL_REQUIRED")
    make_asin("B000000001", on_hand=5, date_added=date(2026, 9, 1))
    make_asin("B000000002", on_hand=0, category="Grocery", date_added=date(2026, 8, 1))
    make_asin("B000000003", case_weight=Decimal(1456))
    make_asin("B000000004", upright_only=True, case_height=Decimal("66.01"))
    make_asin("B000000005", brand="acme  gated")
    make_asin("B000000006", on_hand=0, date_added=date(2026, 7, 1))
    make_asin("B000000007")
    Asin.objects.filter(code="B000000007").update(reserved=120)
    make_asin("B000000008")
    assert [(row.asin, row.code, row.reason) for row in taken([store]).left_out(store)] == [
        ("B000000006", "no_stock", "nothing available: 0 on hand, 0 reserved"),
        ("B000000002", "unknown", "no ungating status for this ASIN, brand or category"),
        ("B000000003", "too_large", "a case weighs 1,456 lb, a pallet carries 1,455 lb"),
        (
            "B000000004",
            "too_large",
            "a case of 12 x 10 x 66.1 in that must stand upright fits no pallet of 48 x 40 x 66 in",
        ),
        ("B000000005", "gated", "Brand Acme Gated: gated (APPROVAL_REQUIRED)"),
        ("B000000007", "no_stock", "nothing available: 120 on hand, 120 reserved"),
        ("B000000001", "no_stock", "5 loose units are short of a case of 6"),
    ]


def test_goods_that_only_gating_keeps_away_can_join_the_market(store: Store) -> None:
    twin = make_store("2", client=store.client)
    ungate(twin, status=Status.INVOICE_NEEDED)
    ungate(store, "No Way", Scope.BRAND, status=Status.NOT_ELIGIBLE)
    ungate(store, "Shut", Scope.BRAND, status=Status.GATED)
    make_asin("B000000001")
    make_asin("B000000002", brand="Shut")
    make_asin("B000000003", brand="Shut", on_hand=0)
    make_asin("B000000004", brand="No Way")
    make_asin("B000000005", brand="Cook & Co", category="Grocery")
    snapshot = taken([store, twin])
    budgets = {"1": Decimal(100)}
    assert snapshot.market(budgets=budgets).goods.ids == ("B000000001",)
    market = snapshot.market(budgets=budgets, with_gated=True)
    assert market.goods.ids == ("B000000001", "B000000002", "B000000004", "B000000005")
    assert offers(market) == [("1", "B000000001")]
    own, theirs = snapshot.gated_block(store), snapshot.gated_block(twin, market.goods)
    assert (own.goods.ids, own.block.item.tolist(), own.block.store.tolist()) == (
        ("B000000002", "B000000005"),
        [0, 1],
        [0, 0],
    )
    assert [own.brands[brand] for brand in own.brand] == ["Shut", "Cook & Co"]
    assert [STATUSES[status] for status in own.status] == [Status.GATED, Status.UNKNOWN]
    assert own.block.value.tolist() == [
        snapshot.values_for(store)[snapshot.shelf.places[code]] for code in own.goods.ids
    ]
    assert (theirs.block.item.tolist(), theirs.block.store.tolist()) == ([0, 1, 2, 3], [1, 1, 1, 1])
    assert [STATUSES[status] for status in theirs.status] == [Status.INVOICE_NEEDED] * 3 + [Status.UNKNOWN]


def test_candidates_are_model_objects_of_chosen_codes_alone(store: Store) -> None:
    make_asin("B000000001", case_weight=None, on_hand=605)
    make_asin("B000000002", case_weight=Decimal(30))
    make_asin("B000000003", case_weight=Decimal(20))
    snapshot = taken([store])
    with CaptureQueriesContext(connection) as queries:
        found = snapshot.candidates(["B000000003", "B000000001"])
    assert (list(found), len(queries)) == (["B000000001", "B000000003"], 1)
    one = found["B000000001"]
    assert (one.asin.title, one.cases, one.value) == ("Product B000000001", 100, Decimal("22.53082192"))
    assert (one.box.size, one.box.weight, one.box.estimated) == ((12, 10, 8), 25, True)


@pytest.mark.parametrize(
    "change", [{"unit_cost": Decimal("10.01")}, {"case_pack": 12}, {"max_shipping": Decimal(2)}, {"is_active": False}]
)
def test_a_candidate_that_has_changed_since_is_named(store: Store, change: dict[str, Any]) -> None:
    make_asin()
    snapshot = taken([store])
    Asin.objects.update(**change)
    with pytest.raises(StalePlan, match="B000000001: its prices or case pack have changed"):
        snapshot.candidates(["B000000001"])
