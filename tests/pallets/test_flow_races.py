"""Several people at one pooled pallet at the same moment: one is first, the others are told, nothing is lost."""

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from clients.models import LedgerEntry
from common.errors import DomainError
from operations.audit import audit
from pallets.models import Pallet
from pallets.services import cancel, pooling, shipping
from pallets.services.cancel import cancel_cart, cancel_pallet
from pallets.services.pooling import pool_goods, unpool
from pallets.services.shipments import make_shipment, ship_shipment
from pallets.services.shipping import pack_pallet, reopen_pallet, ship_pallet
from tests.pallets.pooled import code_of, mutual_store, on_it, waiting_cart
from tests.pallets.test_shipping_races import at_once

pytestmark = [pytest.mark.mariadb, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _a_mutual_store() -> None:
    if connection.vendor != "mysql":
        pytest.skip("SQLite has one writer, which hides the race")
    mutual_store()


def together(monkeypatch: pytest.MonkeyPatch, *functions: tuple[Any, str], people: int = 2) -> None:
    """Let `people` callers of functions of a module, (module, name), start at the same moment."""
    start = threading.Barrier(people)

    def waiting(act: Callable[..., Any]) -> Callable[..., Any]:
        def waits(*args: Any, **kwargs: Any) -> Any:
            # Broken where one starts again, after a deadlock: alone.
            with suppress(threading.BrokenBarrierError):
                start.wait(timeout=3)
            return act(*args, **kwargs)

        return waits

    for module, name in functions:
        monkeypatch.setattr(module, name, waiting(getattr(module, name)))


def test_two_people_pack_at_once_and_the_price_is_fixed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cart = waiting_cart()
    (pallet,) = pool_goods(cart_code=cart.code)
    together(monkeypatch, (shipping, "lock_pallet"))
    (failed,) = at_once(*[lambda: pack_pallet(code=pallet.code)] * 2)
    assert failed == f"Conflict: Pallet {pallet.code} is packed; it cannot become packed."
    assert LedgerEntry.objects.filter(reference=cart.code, kind="release").count() == 1
    assert audit() == []


def test_two_carts_pooled_at_once_on_one_pallet(monkeypatch: pytest.MonkeyPatch) -> None:
    (pallet,) = pool_goods(cart_code=waiting_cart().code)
    second, third = waiting_cart("2"), waiting_cart("3")
    together(monkeypatch, (pooling, "lock_cart"))
    (failed,) = at_once(*[lambda code=cart.code: pool_goods(cart_code=code) for cart in (second, third)])
    assert failed == f"StalePlan: Pallet {pallet.code} was changed by someone else meanwhile. Try again."
    assert len(on_it(pallet)) == 2
    late = third if ("2", code_of("2"), 10) in on_it(pallet) else second
    monkeypatch.undo()
    pool_goods(cart_code=late.code)
    assert len(on_it(pallet)) == 3
    assert audit() == []


def test_a_pallet_is_packed_while_a_cart_is_pooled_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    (pallet,) = pool_goods(cart_code=waiting_cart().code)
    second = waiting_cart("2")
    together(monkeypatch, (pooling, "check_unchanged"), (shipping, "lock_pallet"))
    failed = at_once(lambda: pool_goods(cart_code=second.code), lambda: pack_pallet(code=pallet.code))
    assert len(failed) <= 1
    assert all(f"Pallet {pallet.code} is packed" in one or "goods were added meanwhile" in one for one in failed)
    assert audit() == []


def test_a_cart_is_cancelled_while_its_pallet_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = waiting_cart(), waiting_cart("2")
    pool_goods(cart_code=first.code)
    (pallet,) = pool_goods(cart_code=second.code)
    together(monkeypatch, (cancel, "lock_cart"), (shipping, "lock_pallet"))
    failed = at_once(lambda: pack_pallet(code=pallet.code), lambda: cancel_cart(code=first.code))
    assert len(failed) <= 1
    assert audit() == []


@pytest.mark.full
def test_four_people_at_random_for_a_while() -> None:
    carts = [waiting_cart(str(number), units=30).code for number in range(1, 7)]

    def pallet(dice: random.Random) -> str:
        return str(dice.choice(list(Pallet.objects.values_list("code", flat=True)) or ["P-0"]))

    def ship_one(code: str) -> None:
        ship_pallet(code=code, shipped_on=timezone.localdate())

    def ship_all(code: str) -> None:
        ship_shipment(code=make_shipment(pallets=[code]).code, shipped_on=timezone.localdate())

    def person(seed: int) -> Callable[[], None]:
        dice = random.Random(seed)

        def acts() -> None:
            for _ in range(200):
                on_cart: list[Callable[..., object]] = [
                    lambda code: pool_goods(cart_code=code), lambda code: unpool(cart_code=code),
                    lambda code: cancel_cart(code=code) if dice.random() < 0.1 else pool_goods(cart_code=code),
                ]  # fmt: skip
                on_pallet: list[Callable[..., object]] = [
                    lambda code: pack_pallet(code=code), lambda code: reopen_pallet(code=code),
                    lambda code: cancel_pallet(code=code, reason="chaos"),
                    lambda code: ship_one(code) if dice.random() < 0.1 else pack_pallet(code=code),
                    lambda code: ship_all(code) if dice.random() < 0.1 else reopen_pallet(code=code),
                ]  # fmt: skip
                try:
                    if dice.random() < 0.5:
                        dice.choice(on_cart)(dice.choice(carts))
                    else:
                        dice.choice(on_pallet)(pallet(dice))
                    done.append(seed)
                except DomainError:
                    continue

        return acts

    done: list[int] = []
    assert at_once(*(person(seed) for seed in range(4))) == []
    assert set(done) == set(range(4))
    assert len(done) > 20
    assert audit() == []
