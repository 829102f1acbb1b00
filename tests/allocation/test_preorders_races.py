"""Two people at one preorder at the same moment: one is first, the other is told, nothing counts twice."""

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from allocation.models import Cart, Preorder, PreorderArrival, PreorderPayment
from allocation.services.arrival_proposals import propose_arrivals
from allocation.services.arrivals import Coming, confirm_arrivals
from allocation.services.preorder_payments import record_payment
from allocation.services.preorders import cancel_preorder
from clients.models import Store
from inventory.models import Asin
from notifications.models import Alert
from pallets.services.cancel import cancel_cart
from pallets.services.carts import confirm_cart, generate_pallets
from tests.allocation.preorders import all_is_well, arrive, comes_in, preordered, shelf, standing
from tests.factories import make_asin, make_client, make_store, ungate

pytestmark = [pytest.mark.mariadb, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def store() -> Store:
    store = make_store(client=make_client(balance="10000.00"))
    ungate(store)
    return store


@pytest.fixture
def asin() -> Asin:
    return make_asin(on_hand=60)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Start every act at the same moment in a thread of its own; what they raised, by name."""
    failed, start = [], threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=10)
            act()
        except Exception as error:
            failed.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(failed)


def confirms(made: Preorder, units: int, key: str) -> Callable[[], object]:
    coming = [Coming(made.pk, units, arrived=0, proposed=0)]
    return lambda: confirm_arrivals(asin_id=made.asin_id, coming=coming, key=key, now=timezone.now())


def test_two_people_confirm_one_arrival(store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 60)
    assert at_once(*[confirms(made, 30, key) for key in "abc"]) == ["Conflict", "Conflict"]
    assert (standing(made), shelf(asin)) == (("pending", 30, 0), (60, 30))
    assert (PreorderArrival.objects.count(), Alert.objects.get().count) == (1, 1)
    assert all_is_well()


def test_a_double_click_confirms_once(store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 60)
    assert at_once(*[confirms(made, 30, "same")] * 3) == []
    assert (standing(made), shelf(asin), PreorderArrival.objects.count()) == (("pending", 30, 0), (60, 30), 1)
    assert all_is_well()


def test_an_arrival_and_a_cart_want_the_same_units(asin: Asin) -> None:
    """Whoever is first has them; the other is told, and nothing of it is left."""
    stores = [make_store(number, client=make_client(number, balance="10000.00")) for number in "12"]
    for store in stores:
        ungate(store)
    made = preordered(stores[0], asin, 60)
    draft = generate_pallets(store_id="2", build_anyway=True, confirm=False)
    (failed,) = at_once(confirms(made, 60, "k"), lambda: confirm_cart(code=draft.code))
    assert failed in ("DomainError", "InsufficientUnits")
    cart = Cart.objects.get()
    outcome = ("draft", ("arrived", 60, 0)) if failed == "InsufficientUnits" else ("palletised", ("pending", 0, 0))
    assert ((cart.state, standing(made)), shelf(asin)) == (outcome, (60, 60))
    assert all_is_well()


def test_two_carts_of_one_store_take_its_preorder_once(store: Store, asin: Asin) -> None:
    made = arrive(preordered(store, asin, 60, paid=Decimal("600.00")), 60)
    drafts = [generate_pallets(store_id="1", build_anyway=True, confirm=False) for _ in range(2)]
    failed = at_once(*[lambda code=draft.code: confirm_cart(code=code) for draft in drafts])
    assert len(failed) == 1
    assert (standing(made), shelf(asin)) == (("allocated", 60, 60), (60, 60))
    assert all_is_well()


def test_a_preorder_is_cancelled_while_a_cart_takes_it(store: Store, asin: Asin) -> None:
    made = arrive(preordered(store, asin, 60, paid=Decimal("600.00")), 60)
    draft = generate_pallets(store_id="1", amount=Decimal("90.00"), build_anyway=True, confirm=False)
    failed = at_once(lambda: confirm_cart(code=draft.code), lambda: cancel_preorder(preorder_id=made.pk, reason="x"))
    assert len(failed) == 1
    taken = standing(made)[0] == "allocated"
    assert shelf(asin) == ((60, 60) if taken else (60, 0))
    assert all_is_well()


def test_a_cart_is_cancelled_while_another_takes_free_units(store: Store) -> None:
    asin = make_asin(on_hand=120)
    made = arrive(preordered(store, asin, 60), 60)
    cart = generate_pallets(store_id="1", build_anyway=True)
    other = make_store("2", client=make_client("2", balance="10000.00"))
    ungate(other)
    cancels = at_once(lambda: cancel_cart(code=cart.code), lambda: generate_pallets(store_id="2", build_anyway=True))
    assert cancels in ([], ["NothingToAllocate"])
    assert standing(made) == ("arrived", 60, 0)
    assert all_is_well()


def test_two_people_look_for_arrivals(store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 60)
    comes_in(asin, 60)
    assert at_once(*[lambda: propose_arrivals(now=timezone.now())] * 3) == []
    assert list(PreorderArrival.objects.values_list("preorder", "proposed")) == [(made.pk, 60)]


def test_one_payment_is_sent_twice_and_two_are_made_at_once(store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 60)
    # Who comes second is told that the preorder has changed, unless it is the same payment.
    assert at_once(*[lambda: record_payment(preorder=made, amount=Decimal("400.00"), key="k")] * 3) == []
    assert at_once(
        *[
            lambda key=key: record_payment(preorder=Preorder.objects.get(), amount=Decimal("150.00"), key=key)
            for key in "ab"
        ]
    ) in (["Conflict"], ["DomainError"])
    assert (Preorder.objects.get().paid, PreorderPayment.objects.count()) == (Decimal("550.00"), 2)
    assert all_is_well()
