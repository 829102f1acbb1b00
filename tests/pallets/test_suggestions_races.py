"""Two answers to one suggestion at the same moment: one counts, the other one is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from allocation.models import Cart
from clients.models import LedgerEntry
from operations.audit import audit
from pallets.models import Pallet
from pallets.services import cancel, expiry, own_pallets, suggestions
from pallets.services.cancel import cancel_cart
from pallets.services.expiry import expire_suggestions
from pallets.services.own_pallets import build_anyway
from pallets.services.suggestions import accept_suggestion, dismiss_suggestion
from tests.pallets.pooled import code_of, mutual_store, on_it, waiting_cart
from tests.pallets.suggested import answer, for_house, held, short_cart, transfer
from tests.pallets.test_flow_races import together
from tests.pallets.test_shipping_races import at_once

pytestmark = [pytest.mark.mariadb, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _locks() -> None:
    if connection.vendor != "mysql":
        pytest.skip("SQLite has one writer, which hides the race")


def test_two_accept_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mutual_store()
    cart = waiting_cart()
    pk = transfer(cart).pk
    together(monkeypatch, (suggestions, "lock_cart"))
    (failed,) = at_once(*[lambda: accept_suggestion(pk=pk, waiting=60)] * 2)
    assert failed.startswith(f"Conflict: The suggestion for {cart.code} was accepted already on ")
    assert on_it(Pallet.objects.get()) == [("1", code_of("1"), 10)]
    assert audit() == []


def test_the_same_part_clicked_twice_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mutual_store()
    cart = waiting_cart()
    pk = transfer(cart).pk
    together(monkeypatch, (suggestions, "lock_cart"))
    (failed,) = at_once(*[lambda: accept_suggestion(pk=pk, cases={code_of("1"): 3}, waiting=60)] * 2)
    assert failed.startswith("Conflict: Someone was faster: 42 units")
    assert on_it(Pallet.objects.get()) == [("1", code_of("1"), 3)]
    assert audit() == []


def test_two_suggestions_for_one_pallet_are_both_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    mutual_store()
    carts = [waiting_cart(number) for number in "123"]
    keys = [transfer(cart).pk for cart in carts]
    accept_suggestion(pk=keys.pop())
    together(monkeypatch, (suggestions, "lock_cart"))
    assert at_once(*[lambda pk=pk: accept_suggestion(pk=pk) for pk in keys]) == []
    assert len(on_it(Pallet.objects.get())) == 3
    assert audit() == []


OTHERS: dict[str, tuple[object, Callable[[Cart, int], object], str]] = {
    "expire": (expiry, lambda cart, pk: expire_suggestions(now=timezone.now() + timedelta(days=8)), "expired"),
    "cancel": (cancel, lambda cart, pk: cancel_cart(code=cart.code), "dismissed"),
    "dismiss": (suggestions, lambda cart, pk: dismiss_suggestion(pk=pk, reason="No"), "dismissed"),
    "build": (own_pallets, lambda cart, pk: build_anyway(pk=pk), "dismissed"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_one_accepts_while_another_one_decides_otherwise(monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    mutual_store()
    cart = waiting_cart()
    pk = transfer(cart).pk
    module, act, otherwise = OTHERS[other]
    together(monkeypatch, *{(suggestions, "lock_cart"), (module, "lock_cart")})
    failed = at_once(lambda: accept_suggestion(pk=pk), lambda: act(cart, pk))
    state = answer(transfer(cart))[0]
    pooled = list(Pallet.objects.filter(is_pooled=True))
    assert (state, len(pooled)) in (("accepted", 1), (otherwise, 0))
    assert held("1") == (0 if state != "accepted" and other != "build" else Cart.objects.get().hold_open)
    # Expiry finds nothing to do where the other was faster; every other loser is told.
    assert len(failed) == (0 if other == "expire" and state == "accepted" else 1)
    assert audit() == []


def test_two_buy_for_the_house_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cart = short_cart()
    pk = for_house(cart).pk
    together(monkeypatch, (suggestions, "lock_cart"))
    (failed,) = at_once(*[lambda: accept_suggestion(pk=pk)] * 2)
    assert failed.startswith(f"Conflict: The suggestion for {cart.code} was accepted already on ")
    assert (Cart.objects.count(), held("H")) == (2, 3243)
    assert LedgerEntry.objects.filter(kind="hold", client__panel_id="H").count() == 1
    assert audit() == []


def test_the_house_buys_while_the_client_is_pooled(monkeypatch: pytest.MonkeyPatch) -> None:
    cart = short_cart()
    keys = (transfer(cart).pk, for_house(cart).pk)
    together(monkeypatch, (suggestions, "lock_cart"))
    assert at_once(*[lambda pk=pk: accept_suggestion(pk=pk) for pk in keys]) == []
    on_pallets = [line for pallet in Pallet.objects.order_by("pk") for line in on_it(pallet)]
    assert sorted(on_pallets) == [("1", code_of("1"), 10), ("H", code_of("1"), 47)]
    assert audit() == []
