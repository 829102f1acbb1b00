"""Several people, or several clicks, at one draft at the same moment: one is first, the others are told."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from allocation.models import Cart
from allocation.models.cart import CartChange
from clients.models import Client, LedgerEntry, Store
from inventory.models import Asin
from operations.audit import audit
from pallets import admin_pages
from pallets.models import Pallet
from pallets.services import carts, draft_edits
from pallets.services.carts import confirm_cart
from pallets.services.draft_edits import discard_draft, save_draft
from pallets.services.draft_expiry import expire_drafts
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.drafts import FIRST, SECOND, lines_of, make_draft, wanted
from tests.pallets.test_shipping_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft() -> Cart:
    """A draft for $3,000; SQLite and MariaDB alike, because every database is a file or a server here."""
    store = make_store(client=make_client(balance="10000.00", name="Acme Buyers"))
    ungate(store)
    return make_draft(store)


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Two people meet here, each having read the draft: before the transaction, because SQLite lets one begin at a
    time.
    """
    barrier = threading.Barrier(2)

    def wait() -> None:
        # Broken where one starts again, after a deadlock: alone.
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=3)

    def then_meet(act: Callable[..., Any]) -> Callable[..., Any]:
        def acts(*args: Any, **kwargs: Any) -> Any:
            done = act(*args, **kwargs)
            wait()
            return done

        return acts

    monkeypatch.setattr(draft_edits, "_story", then_meet(draft_edits._story))
    monkeypatch.setattr(carts, "restate", then_meet(carts.restate))
    return wait


def save(draft: Cart, **cases: int) -> Any:
    return lambda: save_draft(code=draft.code, wanted=wanted(**cases), version=1)


def test_two_saves_at_once_the_second_is_told(draft: Cart, meet: Callable[[], None]) -> None:
    (failed,) = at_once(save(draft, **{FIRST: 30}), save(draft, **{FIRST: 20, SECOND: 3}))
    assert failed.startswith(f"Conflict: {draft.code} was changed since you opened it: edited on ")
    assert lines_of(draft) in ({FIRST: 30}, {FIRST: 20, SECOND: 3})
    assert (Cart.objects.get().version, CartChange.objects.count()) == (2, 1)
    change = CartChange.objects.get()
    assert {code: after for code, (_, after) in change.lines.items()} == lines_of(draft)


def test_the_same_save_twice_at_once_has_one_effect(draft: Cart, meet: Callable[[], None]) -> None:
    failed = at_once(save(draft, **{FIRST: 30}), save(draft, **{FIRST: 30}))
    assert failed == []
    assert (Cart.objects.get().version, lines_of(draft), CartChange.objects.count()) == (2, {FIRST: 30}, 1)


def test_a_save_and_a_confirmation_at_once(draft: Cart, meet: Callable[[], None]) -> None:
    failed = at_once(save(draft, **{FIRST: 30}), lambda: confirm_cart(code=draft.code, version=1))
    assert len(failed) <= 1
    cart = Cart.objects.get()
    if cart.state == "draft":
        assert failed[0].startswith(f"Conflict: {draft.code} was changed since you opened it: edited on ")
        assert (lines_of(draft), Pallet.objects.count()) == ({FIRST: 30}, 0)
    else:
        assert failed[0].startswith(f"AlreadyDone: Cart {draft.code} is palletised already: confirmed on ")
        assert (lines_of(draft), Pallet.objects.count()) == ({FIRST: 44}, 1)
    assert audit() == []


def test_what_is_confirmed_is_what_was_looked_at(draft: Cart, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody saves between the packing and the promise of a confirmation."""
    restate = carts.restate

    def slowly(**values: Any) -> Any:
        proposal = restate(**values)
        save_draft(code=draft.code, wanted=wanted(**{FIRST: 30}))
        return proposal

    monkeypatch.setattr(carts, "restate", slowly)
    (failed,) = at_once(lambda: confirm_cart(code=draft.code))
    assert failed.startswith(f"Conflict: {draft.code} was changed since you opened it: edited on ")
    assert (Cart.objects.get().state, lines_of(draft), LedgerEntry.objects.count()) == ("draft", {FIRST: 30}, 1)


def test_a_double_confirmation_reserves_and_holds_once(draft: Cart, meet: Callable[[], None]) -> None:
    failed = at_once(*[lambda: confirm_cart(code=draft.code, version=1)] * 2)
    assert len(failed) == 1
    assert all(one.startswith(f"AlreadyDone: Cart {draft.code} is palletised already") for one in failed)
    assert (Pallet.objects.count(), LedgerEntry.objects.filter(kind="hold").count()) == (1, 1)
    assert (Client.objects.get().held, Asin.objects.get(code=FIRST).reserved) == (Cart.objects.get().hold, 264)
    assert audit() == []


def test_a_save_and_a_discard_at_once(draft: Cart, meet: Callable[[], None]) -> None:
    def discard() -> None:
        meet()
        discard_draft(code=draft.code, version=1)

    (failed,) = at_once(save(draft, **{FIRST: 30}), discard)
    saved = Cart.objects.get().state == "draft"
    assert ("was changed since you opened it" in failed) is saved
    assert ("is cancelled already" in failed) is not saved
    assert Cart.objects.get().version == 2


def test_a_draft_expires_while_it_is_saved(draft: Cart, meet: Callable[[], None]) -> None:
    now = timezone.now()
    Cart.objects.update(created_at=now - timedelta(days=8))

    def expire() -> None:
        meet()
        expire_drafts(now=now)

    failed = at_once(save(draft, **{FIRST: 30}), expire)
    cart = Cart.objects.get()
    assert (cart.state, bool(failed)) in (("draft", False), ("expired", True))
    assert (cart.version, lines_of(draft)) == (2, {FIRST: 30} if cart.state == "draft" else {FIRST: 44})


def test_a_double_click_on_generate_makes_one_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second click comes while the first is still at work: it waits, and shows the same draft."""
    store = make_store(client=make_client(balance="10000.00"))
    ungate(store)
    make_asin(FIRST, on_hand=600)
    User.objects.create_superuser("anna")
    generate, started = admin_pages.generate_pallets, threading.Event()

    def slowly(**values: Any) -> Cart:
        started.set()
        connection.close()
        threading.Event().wait(0.3)
        return generate(**values)

    monkeypatch.setattr(admin_pages, "generate_pallets", slowly)
    data = {"store": store.pk, "policy": "oldest-first", "build_anyway": "on", "once": "one-click"}
    went = []

    def click(*, after: bool) -> None:
        browser = Browser()
        browser.force_login(User.objects.get())
        if after:
            started.wait(10)
        went.append(browser.post("/admin/allocation/cart/generate/", data)["Location"])

    assert at_once(lambda: click(after=False), lambda: click(after=True)) == []
    assert went == [f"/admin/allocation/cart/{Cart.objects.get().pk}/change/"] * 2


def test_people_at_random_leave_one_story(draft: Cart) -> None:
    """Saves, confirmations and discards of the same draft by eight people: each version once, nothing half done."""
    acts: list[Any] = [
        *(lambda n=n: save_draft(code=draft.code, wanted=wanted(**{FIRST: n})) for n in (10, 20, 30, 40)),
        *[lambda: confirm_cart(code=draft.code)] * 3,
        lambda: discard_draft(code=draft.code),
    ]  # fmt: skip
    failed = at_once(*acts)
    assert all(one.startswith(("Conflict", "AlreadyDone")) for one in failed)
    cart = Cart.objects.get()
    versions = list(CartChange.objects.order_by("version").values_list("version", flat=True))
    assert versions == list(range(2, cart.version + 1))
    assert len(versions) + len(failed) == len(acts)
    assert Store.objects.get().client.held == cart.hold_open
    assert (cart.hold > Decimal(0)) is (cart.state == "palletised")
    assert audit() == []
