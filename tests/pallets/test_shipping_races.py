"""Pallets that leave, and a cart that is cancelled, at the same moment: every unit and every dollar moves once."""

import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from allocation.models import Cart
from clients.models import Client, Store
from common import transactions
from inventory.models import Asin
from operations.audit import audit
from pallets.models import Pallet, PalletLine
from pallets.proposal import propose
from pallets.services import shipping
from pallets.services.cancel import cancel_cart
from pallets.services.carts import generate_pallets, save_proposal
from pallets.services.shipping import ship_pallet
from tests.factories import default_policy, make_asin, make_client, make_store, ungate

pytestmark = [pytest.mark.mariadb, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def store() -> Store:
    """A store ungated for toys, of a client with $30,000."""
    if connection.vendor != "mysql":
        pytest.skip("SQLite has one writer, which hides the race")
    store = make_store(client=make_client(balance="30000.00"))
    ungate(store)
    return store


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Run every act in a thread of its own; what they raised."""
    failed = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:
            failed.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return failed


def ship(pallet: Pallet) -> None:
    ship_pallet(code=pallet.code, shipped_on=timezone.localdate())


def test_a_cart_cancelled_while_a_pallet_leaves_gives_back_only_the_rest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asin = make_asin(on_hand=2400, unit_cost=Decimal("5.00"))
    cart = generate_pallets(store_id="1", amount=Decimal("6600.00"), build_anyway=True)
    other = generate_pallets(store_id="1", amount=Decimal("6600.00"), build_anyway=True)
    first, second = Pallet.objects.filter(lines__cart_line__cart=cart).order_by("pk")
    gone = first.lines.get()
    leaving, take_out = threading.Event(), shipping.ship_units

    def slowly(**values: Any) -> None:
        take_out(**values)
        leaving.set()
        time.sleep(0.3)

    monkeypatch.setattr(shipping, "ship_units", slowly)

    failed = at_once(lambda: ship(first), lambda: leaving.wait(10) and cancel_cart(code=cart.code))

    assert failed == []
    cart.refresh_from_db()
    second.refresh_from_db()
    asin.refresh_from_db()
    kept = gone.units * Decimal("5.00") + gone.shipping
    assert (cart.state, second.state, cart.hold_open) == ("shipped", "cancelled", kept)
    assert (asin.on_hand, asin.reserved) == (2400 - gone.units, other.lines.get().units)
    assert Client.objects.get().held == kept + other.hold
    assert audit() == []


def test_the_two_last_pallets_leave_at_once_and_the_cart_is_shipped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("B000000001", "B000000002"):  # a case of either fills a pallet
        make_asin(code, on_hand=6, case_length=Decimal(48), case_width=Decimal(40), case_height=Decimal(60))
    cart = generate_pallets(store_id="1", build_anyway=True)
    first, second = Pallet.objects.order_by("pk")
    assert set(PalletLine.objects.values_list("pallet", "cases")) == {(first.pk, 1), (second.pk, 1)}
    both, take_out = threading.Barrier(2), shipping.ship_units

    def together(**values: Any) -> None:
        take_out(**values)
        try:
            both.wait(timeout=0.3)
        except threading.BrokenBarrierError:
            return

    monkeypatch.setattr(shipping, "ship_units", together)

    assert at_once(lambda: ship(first), lambda: ship(second)) == []
    assert Cart.objects.get(pk=cart.pk).state == "shipped"
    assert list(Asin.objects.values_list("on_hand", "reserved")) == [(0, 0), (0, 0)]
    assert audit() == []


def test_carts_of_several_clients_over_the_same_asins_do_not_deadlock(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        make_asin(f"B{number:09d}", on_hand=6000)
    stores = [store]
    for number in range(2, 5):
        stores.append(make_store(str(number), client=make_client(str(number), balance="100000.00")))
        ungate(stores[-1])
    now, busy, is_busy = timezone.now(), [], transactions.is_busy
    proposals = [
        propose(store=one, policy=default_policy(), amount=Decimal("3000.00"), now=now, today=now.date())
        for one in stores
    ]

    def noted(error: Any) -> bool:
        busy.append(str(error))
        return is_busy(error)

    monkeypatch.setattr(transactions, "is_busy", noted)

    def five_carts(proposal: Any) -> Callable[[], object]:
        return lambda: [save_proposal(proposal=proposal, confirm=True) for _ in range(5)]

    assert at_once(*(five_carts(proposal) for proposal in proposals)) == []
    assert busy == []
    assert Cart.objects.holding().count() == 20
    assert audit() == []
