"""The same request twice, as by a double click or a retry: one effect, and the second one shows the state."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from access.models import IdempotencyKey
from allocation.models import Batch, Cart
from allocation.models.cart import CartChange
from clients.models import LedgerEntry, Store
from inventory.models import StockMovement
from operations.audit import audit
from pallets import once
from pallets.models import Pallet, Shipment
from pallets.services.carts import generate_pallets
from pallets.services.pooling import pool_goods
from tests.factories import make_asin, make_client, make_store
from tests.pallets.drafts import FIRST, browser_of, make_draft, person
from tests.pallets.pooled import mutual_store, on_it, waiting_cart

pytestmark = pytest.mark.django_db
GENERATE = "/admin/allocation/cart/generate/"


@pytest.fixture
def anna() -> Browser:
    return browser_of(person("anna"))


def twice(browser: Browser, url: str, data: dict[str, Any]) -> list[str]:
    """Send the same twice; what the page after the second says. It is never an error page."""
    browser.post(url, data, follow=True)
    first = effects()
    answer = browser.post(url, data, follow=True)
    assert answer.status_code == 200
    assert effects() == first
    return [str(message) for message in answer.context["messages"]]


def effects() -> list[object]:
    """Whatever an action may do, counted."""
    states = [
        sorted(model.objects.values_list("code", "state")) for model in (Cart, Pallet, Shipment)
    ]  # fmt: skip
    counts = [model.objects.count() for model in (LedgerEntry, StockMovement, CartChange, Batch)]
    pallets = list(Pallet.objects.order_by("pk").values_list("cartons", "fill", "shipment__code"))
    return [*states, *counts, pallets]


def cart_url(cart: Cart, name: str) -> str:
    return reverse(f"admin:cart_{name}", args=[cart.code])


def pallet_url(pallet: Pallet, name: str) -> str:
    return reverse(f"admin:pallet_{name}", args=[pallet.code])


def test_the_generators_form_makes_one_draft(store: Store, anna: Browser) -> None:
    make_asin(FIRST, on_hand=600)
    page = anna.get(GENERATE)
    key = page.context["once"]
    assert f'<input type="hidden" name="once" value="{key}">' in page.content.decode()
    assert key != anna.get(GENERATE).context["once"]
    data = {"store": store.pk, "policy": "oldest-first", "build_anyway": "on", "once": key}
    (words,) = twice(anna, GENERATE, data)
    assert words == f"This form was sent before: {Cart.objects.get().code} is what it made. “New cart” makes another."
    assert (Cart.objects.count(), IdempotencyKey.objects.count()) == (1, 1)
    # Back, another amount, and the same key: another request.
    anna.post(GENERATE, data | {"amount": "1000"})
    assert Cart.objects.count() == 2
    # Somebody else's form, and a form without a key.
    browser_of(person("bert")).post(GENERATE, data)
    anna.post(GENERATE, {name: value for name, value in data.items() if name != "once"})
    assert Cart.objects.count() == 4


def test_a_form_that_failed_may_be_sent_again(store: Store, anna: Browser) -> None:
    data = {"store": store.pk, "policy": "oldest-first", "build_anyway": "on", "once": "k1"}
    assert "may receive nothing that is in stock" in anna.post(GENERATE, data).content.decode()
    make_asin(FIRST, on_hand=600)
    assert anna.post(GENERATE, data).status_code == 302
    assert Cart.objects.count() == 1


def test_a_key_that_cannot_be_used_is_told_on_the_form(store: Store, anna: Browser) -> None:
    make_asin(FIRST, on_hand=600)
    data = {"store": store.pk, "policy": "oldest-first", "once": "ключ"}
    answer = anna.post(GENERATE, data)
    assert (answer.status_code, Cart.objects.count()) == (200, 0)
    assert "visible ASCII characters" in answer.content.decode()


def test_a_form_whose_first_sending_never_ended_says_so_in_plain_words(
    store: Store, anna: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_asin(FIRST, on_hand=600)
    data = {"store": store.pk, "policy": "oldest-first", "once": "a" * 32}
    anna.post(GENERATE, data)
    IdempotencyKey.objects.update(status=None, answer=None)
    monkeypatch.setattr(once, "PATIENCE", 0)
    html = anna.post(GENERATE, data).content.decode()
    assert "This form was sent before and is not done yet. See what came of it, then open it anew." in html
    assert Cart.objects.count() == 1


def test_confirm(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    (words,) = twice(anna, cart_url(draft, "confirm"), {"version": "1"})
    assert words.startswith(f"Cart {draft.code} is palletised already: confirmed by anna on ")
    assert Pallet.objects.count() == 1
    assert audit() == []


def test_save(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    words = twice(anna, cart_url(draft, "edit"), {"version": "1", f"cases_{FIRST}": "30"})
    assert words == [f"{draft.code} has these lines already; nothing was changed."]


def test_discard(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    (words,) = twice(anna, cart_url(draft, "cancel"), {"version": "1", "reason": "No"})
    assert words.startswith(f"Cart {draft.code} is cancelled; it cannot be cancelled. It was cancelled by anna on ")


def test_cancel(store: Store, anna: Browser) -> None:
    make_asin(FIRST, on_hand=600)
    cart = generate_pallets(store_id="1", build_anyway=True)
    (words,) = twice(anna, cart_url(cart, "cancel"), {"version": "2", "reason": "No"})
    assert "It was cancelled by anna on " in words
    assert audit() == []


def test_pack_reopen_and_ship(store: Store, anna: Browser) -> None:
    make_asin(FIRST, on_hand=600)
    generate_pallets(store_id="1", build_anyway=True)
    pallet = Pallet.objects.get()
    assert twice(anna, pallet_url(pallet, "pack"), {}) == [f"Pallet {pallet.code} is packed; it cannot become packed."]
    (words,) = twice(anna, pallet_url(pallet, "reopen"), {})
    assert words == f"Pallet {pallet.code} is planned; only a packed one can be reopened."
    leaving = {"shipped_on": timezone.localdate().isoformat()}
    anna.post(pallet_url(pallet, "ship"), leaving)
    again = anna.post(pallet_url(pallet, "ship"), leaving)
    assert f"Pallet {pallet.code} is shipped; it cannot become shipped." in again.content.decode()
    assert StockMovement.objects.filter(kind="ship").count() == 1
    assert audit() == []


def test_replan_and_cancel_a_pallet(store: Store, anna: Browser) -> None:
    make_asin(FIRST, on_hand=600)
    generate_pallets(store_id="1", build_anyway=True)
    pallet = Pallet.objects.get()
    (words,) = twice(anna, pallet_url(pallet, "replan"), {})
    assert words.startswith("Nothing better was found")
    twice(anna, pallet_url(pallet, "cancel"), {"reason": "Broken"})
    assert (Pallet.objects.get().state, Cart.objects.get().state) == ("cancelled", "cancelled")
    assert audit() == []


def test_ship_a_shipment_and_what_goes_on_it(store: Store, anna: Browser) -> None:
    make_asin(FIRST, on_hand=600)
    generate_pallets(store_id="1", build_anyway=True)
    pallet = Pallet.objects.get()
    data = {"action": "put_on_shipment", "_selected_action": [pallet.pk]}
    twice(anna, reverse("admin:pallets_pallet_changelist"), data)
    shipment = Shipment.objects.get()
    for name in ("add_pallets", "remove_pallets", "add_pallets"):
        twice(anna, reverse(f"admin:shipment_{name}", args=[shipment.code]), {"pallet": [pallet.code]})
    url = reverse("admin:shipment_ship", args=[shipment.code])
    twice(anna, url, {"shipped_on": timezone.localdate().isoformat()})
    assert (Shipment.objects.get().state, Cart.objects.get().state) == ("shipped", "shipped")
    twice(anna, reverse("admin:shipment_cancel", args=[shipment.code]), {})
    assert audit() == []


def test_pool_a_part_and_unpool(anna: Browser) -> None:
    mutual_store()
    cart = waiting_cart()
    form = anna.get(cart_url(cart, "pool"))
    once = form.content.decode().split('name="once" value="')[1].split('"')[0]
    line = cart.lines.get()
    store = form.context["form"].fields["store"].queryset.get()
    data = {"store": store.pk, f"cases_{line.pk}": "3", "once": once}
    (words,) = twice(anna, cart_url(cart, "pool"), data)
    assert words.startswith(f"Goods of {cart.code} stand on P-")
    assert on_it(Pallet.objects.get()) == [("1", FIRST, 3)]
    twice(anna, cart_url(cart, "unpool"), {})
    assert Pallet.objects.get().state == "cancelled"
    assert audit() == []


def test_pack_a_pooled_pallet(anna: Browser) -> None:
    mutual_store()
    (pallet,) = pool_goods(cart_code=waiting_cart().code)
    pool_goods(cart_code=waiting_cart("2").code)
    twice(anna, pallet_url(pallet, "pack"), {})
    assert LedgerEntry.objects.filter(kind="release").count() == 2
    twice(anna, pallet_url(pallet, "reopen"), {})
    assert audit() == []


def test_start_a_batch_and_accept_its_drafts(store: Store, anna: Browser) -> None:
    make_asin(FIRST, on_hand=600)
    make_store("2", client=make_client("2", balance="0.00"))
    start = {"policy": "oldest-first", "fairness": "90", "effort": "fast"}
    twice(anna, reverse("admin:batch_start"), start)
    assert Batch.objects.count() == 1
    batch = Batch.objects.get()
    draft = generate_pallets(store_id="1", confirm=False, amount=Decimal("3000.00"), build_anyway=True)
    Cart.objects.update(batch=batch)
    Batch.objects.update(slot=None)
    twice(anna, reverse("admin:batch_accept", args=[batch.pk]), {"carts": [draft.code]})
    assert (Cart.objects.get().state, Pallet.objects.count()) == ("palletised", 1)
    assert audit() == []


def test_ways_out(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    words = twice(anna, cart_url(draft, "ways_out"), {})
    assert words == ["The ways out of the last pallet are worked out."]
