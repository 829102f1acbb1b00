"""A batch: drafts for all clients from one plan, and which of them are accepted."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django_q.models import OrmQ

from allocation.models import Batch, Cart
from clients.models import Client, Store
from common.errors import Conflict, DomainError, NotFound
from common.models import Run
from inventory.models import Asin
from notifications.models import Alert
from operations.audit import audit
from pallets.services.batch_run import run_batch
from pallets.services.batches import BatchBusy, accept_batch, accept_in_background
from pallets.tasks import accept_drafts
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.batches import BUYERS, run, start, state

pytestmark = pytest.mark.django_db
UNKNOWN = "no ungating status for this ASIN, brand or category"


def test_every_client_gets_a_draft_and_the_result_says_what_it_came_to(market: tuple[Store, ...]) -> None:
    batch = run()
    assert state(batch) == ("succeeded", 1, None)
    assert batch.run.counts == {"clients": 2, "carts": 2}
    rows = {row.client.panel_id: row for row in batch.results.select_related("client")}
    carts = {cart.client.panel_id: cart for cart in batch.carts.select_related("client")}
    assert sum(line.cases for cart in carts.values() for line in cart.lines.all()) == 100
    for panel_id, money in BUYERS:
        row, cart = rows[panel_id], carts[panel_id]
        assert (cart.state, cart.batch_id, cart.amount) == ("draft", batch.pk, Decimal(money))
        assert (row.budget, row.spent, row.value, row.carts) == (Decimal(money), cart.total, cart.value, 1)
        assert (row.spent <= row.budget, row.shortfall) == (True, 0)
        assert row.share is not None and row.share >= batch.guaranteed > 0
        assert cart.gap is None
        assert cart.bound >= cart.value
    assert batch.value == sum(row.value for row in rows.values())
    assert batch.bound is not None and batch.bound >= batch.value
    assert batch.gap == (batch.bound - batch.value) / batch.value
    assert list(batch.prices) == ["B000000001"]


def test_exact_figures_where_money_is_short() -> None:
    """A unit of stock a year old is worth 10 x (1 + 1 + 0.25) x 1.25 = 28.125; pooled, 6 of them cost 60 + 9."""
    make_asin(on_hand=600, date_added=date(2020, 1, 1))
    for number, money in (("1", "2100.00"), ("2", "700.00")):
        ungate(make_store(number, client=make_client(number, balance=money)))
    batch = run()
    rows = [(row.spent, row.value, row.carts) for row in batch.results.all()]
    # 30 and 10 cases at max shipping: no 31st, no 11th.
    assert rows == [
        (Decimal("2070.00"), Decimal("4792.50"), 1),
        (Decimal("690.00"), Decimal("1597.50"), 1),
    ]
    assert (batch.value, batch.prices) == (Decimal("6390.00"), {})
    carts = [(cart.goods, cart.shipping, cart.is_pooled, cart.pallets_worth) for cart in batch.carts.order_by("pk")]
    assert carts == [
        (Decimal("1800.00"), Decimal("270.00"), True, Decimal("0.2525")),
        (Decimal("600.00"), Decimal("90.00"), True, Decimal("0.0842")),
    ]


def test_a_batch_reserves_and_holds_nothing(market: tuple[Store, ...]) -> None:
    run()
    assert [asin.reserved for asin in Asin.objects.all()] == [0]
    assert [client.held for client in Client.objects.all()] == [0, 0]
    assert (Alert.objects.count(), audit()) == (0, [])


def test_the_same_data_give_the_same_carts(market: tuple[Store, ...]) -> None:
    def told(batch: Batch) -> list[Any]:
        rows = batch.carts.order_by("pk").values_list("store_id", "lines__asin_id", "lines__cases", "lines__cost")
        return [batch.value, batch.bound, *rows]

    assert told(run()) == told(run())


def test_the_house_and_clients_without_money_or_stores_take_no_part(market: tuple[Store, ...]) -> None:
    house = make_client("9", name="House")
    ungate(make_store("90", client=house, is_mutual=True))
    poor = make_client("3", balance="0.00")
    ungate(make_store("3", client=poor))
    make_client("4")
    batch = run()
    rows = {row.client.panel_id: row for row in batch.results.select_related("client")}
    assert sorted(rows) == ["1", "2", "3"]
    assert (rows["3"].share, rows["3"].carts, rows["3"].budget) == (None, 0, Decimal(0))
    chosen = run(clients=[house])
    assert [row.client for row in chosen.results.all()] == [house]
    assert chosen.carts.count() == 1


def test_a_store_that_gets_nothing_is_named_with_the_reason(market: tuple[Store, ...]) -> None:
    make_store("3", client=market[0].client)
    batch = run()
    (problem,) = batch.problems
    assert (problem["store"], problem["reason"]) == ("3", "It may receive nothing that is in stock.")
    assert problem["left_out"] == [{"asin": "B000000001", "code": "unknown", "reason": UNKNOWN}]
    assert batch.results.get(client=market[0].client).left_out == {"unknown": 1}


def test_one_client_with_two_stores_spends_its_balance_once(market: tuple[Store, ...]) -> None:
    ungate(make_store("3", client=market[0].client))
    make_asin("B000000002", on_hand=600, brand="Other")
    batch = run(clients=[market[0].client])
    row = batch.results.get()
    assert row.spent == sum(cart.total for cart in batch.carts.all()) <= Decimal("7000.00")
    assert (batch.guaranteed, row.share is not None) == (Decimal("0.9"), True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fairness": Decimal("1.1")}, "Fairness must be from 0 to 1, not 1.1."),
        ({"fairness": Decimal("NaN")}, "Fairness must be from 0 to 1, not NaN."),
        ({"fairness": Decimal("0.12345")}, "Fairness may have three decimals, not 0.12345."),
        ({"effort": "max"}, "There is no effort “max”. Known: fast, normal, thorough."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_starts(
    market: tuple[Store, ...], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(DomainError) as caught:
        start(**changes)
    assert str(caught.value) == message
    assert (Batch.objects.count(), Run.objects.count()) == (0, 0)


def test_clients_that_cannot_buy_are_named() -> None:
    paused, storeless = make_client("1", status="paused"), make_client("2")
    with pytest.raises(DomainError) as caught:
        start(clients=[storeless, paused])
    assert [problem.message for problem in caught.value.problems] == [
        "Client 1 (1) is paused; nothing can be allocated to it.",
        "Client 2 (2) has no active store.",
    ]
    with pytest.raises(DomainError, match="no client has an active store"):
        start()
    ungate(make_store("3", client=make_client("3", balance="0.00")))
    with pytest.raises(DomainError, match="no client has available balance"):
        start()


def test_a_second_batch_is_refused_while_one_waits_or_runs(market: tuple[Store, ...]) -> None:
    first = start()
    with pytest.raises(BatchBusy, match=f"{first} is running. Wait for its end, or cancel it."):
        start()
    assert Run.objects.count() == 1
    run_batch(batch_id=first.pk)
    assert run().succeeded


def test_accepting_confirms_the_drafts_and_reports_the_stale_one(market: tuple[Store, ...]) -> None:
    batch = run()
    stale, good = batch.carts.order_by("pk")
    Store.objects.filter(pk=stale.store_id).update(status="suspended")
    done = accept_batch(batch=batch)
    assert [cart.code for cart in done.confirmed] == [good.code]
    (refused,) = done.refused
    assert (refused.code, refused.reason) == (stale.code, "Store 1 (1) may no longer receive goods.")
    states = dict(Cart.objects.values_list("code", "state"))
    assert (states[stale.code], states[good.code] in ("confirmed", "palletised")) == ("draft", True)
    assert audit() == []


def test_some_are_accepted_and_strangers_are_refused(market: tuple[Store, ...]) -> None:
    batch = run()
    first, second = batch.carts.order_by("pk")
    with pytest.raises(NotFound, match=f"C-999999 is no cart of {batch}."):
        accept_batch(batch=batch, codes=[first.code, "C-999999"])
    assert [cart.code for cart in accept_batch(batch=batch, codes=[second.code]).confirmed] == [second.code]
    again = accept_batch(batch=batch, codes=[second.code])
    assert again.refused[0].reason.startswith(f"Cart {second.code} is ")
    assert [cart.code for cart in accept_batch(batch=batch).confirmed] == [first.code]


def test_a_worker_accepts_drafts_once_and_an_alert_names_what_it_could_not(market: tuple[Store, ...]) -> None:
    batch = run()
    stale, good = batch.carts.order_by("pk")
    Store.objects.filter(pk=stale.store_id).update(status="suspended")
    user = User.objects.create(username="anna")
    accept_in_background(batch=batch, codes=[good.code, stale.code], actor=user)
    (task,) = [queued.task for queued in OrmQ.objects.all()]
    assert (task["func"], task["args"]) == ("pallets.tasks.accept_drafts", (batch.pk, [stale.code, good.code], user.pk))
    assert accept_drafts(*task["args"]) == "1 confirmed, 1 refused"
    alert = Alert.objects.get(kind="batch_trouble")
    assert alert.title == f"{batch}: 1 of 2 drafts could not be confirmed"
    assert alert.body == f"{stale.code}: Store 1 (1) may no longer receive goods."
    Store.objects.filter(pk=stale.store_id).update(status="active")
    assert accept_drafts(*task["args"]) == "1 confirmed, 0 refused"
    assert accept_drafts(batch.pk, None, None) == "0 confirmed, 0 refused"


def test_nothing_is_accepted_of_a_batch_that_runs(market: tuple[Store, ...]) -> None:
    with pytest.raises(Conflict, match="is still running"):
        accept_batch(batch=start())


def test_all_drafts_together_are_covered(market: tuple[Store, ...]) -> None:
    """What one plan promises is there for every cart: no draft of a fresh batch fails for want of stock or money."""
    for number in range(2, 30):
        make_asin(f"B{number:09d}", on_hand=30 + number, unit_cost=Decimal(3 + number))
    done = accept_batch(batch=run())
    assert (len(done.confirmed), done.refused) == (2, ())
    assert audit() == []
