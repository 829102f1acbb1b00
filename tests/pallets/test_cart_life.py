"""The life of a cart: a stale plan says all that has changed, closed carts say so, drafts expire and are made again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from allocation.models import Batch, Cart
from allocation.models.cart import CartChange
from clients.models import Client, Store
from clients.services import hold_balance
from common.errors import Conflict, StalePlan
from common.models import Run
from inventory.models import Asin
from inventory.services import InsufficientUnits, reserve_units
from pallets import tasks
from pallets.models import Pallet
from pallets.services.cancel import cancel_cart
from pallets.services.carts import confirm_cart, generate_pallets
from pallets.services.draft_edits import save_draft
from pallets.services.draft_expiry import expire_drafts
from pallets.services.replan import replan_pallets
from pallets.services.shipping import ship_pallet
from tests.factories import default_policy, make_asin, ungate
from tests.pallets.drafts import FIRST, SECOND, browser_of, lines_of, make_draft, person, wanted
from ungating.models import Scope, Status

pytestmark = pytest.mark.django_db
STALE = "its cost, shipping prices or case pack have changed since the cart was made."


@pytest.fixture
def anna(store: Store) -> Browser:
    return browser_of(person("anna"))


@pytest.fixture
def draft(store: Store) -> Cart:
    """40 cases of the first ASIN and 10 of the second."""
    made = make_draft(store)
    return save_draft(code=made.code, wanted=wanted("4000.00", **{FIRST: 40, SECOND: 10})).cart


def at(cart: Cart, name: str) -> str:
    return reverse(f"admin:cart_{name}", args=[cart.code])


def told(answer: object) -> list[str]:
    return [str(message) for message in answer.context["messages"]]  # type: ignore[attr-defined]


def test_a_stale_plan_names_every_change_at_once(store: Store, draft: Cart) -> None:
    Asin.objects.filter(code=FIRST).update(
        unit_cost=Decimal("11.00"), min_shipping=Decimal("0.60"), max_shipping=Decimal("1.75")
    )
    ungate(store, SECOND, Scope.ASIN, status=Status.GATED)
    reserve_units(units={Asin.objects.get(code=FIRST).pk: 600}, reference="elsewhere")
    hold_balance(client_id=store.client_id, amount=Decimal("9000.00"), key="hold:x", reference="elsewhere")
    with pytest.raises(StalePlan) as caught:
        confirm_cart(code=draft.code)
    missing = draft.total - Decimal(1000)
    assert [problem.message for problem in caught.value.problems] == [
        f"{FIRST}: {STALE} Unit cost $10.00 → $11.00; min shipping $0.5000 → $0.6000; max shipping $1.5000 → $1.7500.",
        f"{FIRST}: 240 units wanted, 5 available.",
        f"{SECOND} may no longer go to Store 1: ASIN {SECOND}: gated.",
        f"Acme Buyers (1) has $1,000.00 available; ${draft.total:,} is needed, ${missing:,} is missing.",
    ]
    assert Cart.objects.get().state == "draft"


def test_stock_and_balance_that_are_both_short_are_both_named(store: Store, draft: Cart) -> None:
    reserve_units(units={Asin.objects.get(code=FIRST).pk: 600}, reference="elsewhere")
    with pytest.raises(InsufficientUnits, match=f"^{FIRST}: 240 units wanted, 5 available.$"):
        confirm_cart(code=draft.code)
    hold_balance(client_id=store.client_id, amount=Decimal("9000.00"), key="hold:x", reference="elsewhere")
    with pytest.raises(Conflict) as caught:
        confirm_cart(code=draft.code)
    assert (caught.value.code, len(caught.value.problems)) == ("insufficient_units", 2)
    assert caught.value.problems[1].message.endswith("is missing.")


def test_a_case_pack_that_has_changed_is_named_old_and_new(draft: Cart) -> None:
    Asin.objects.filter(code=SECOND).update(case_pack=12)
    with pytest.raises(StalePlan) as caught:
        confirm_cart(code=draft.code)
    assert [one.message for one in caught.value.problems] == [f"{SECOND}: {STALE} Case pack 6 → 12."]


def test_every_step_counts_the_version_up_with_who_did_it(store: Store, draft: Cart) -> None:
    anna = person("anna")
    confirm_cart(code=draft.code, version=2, actor=anna)
    pallet = Pallet.objects.get()
    ship_pallet(code=pallet.code, shipped_on=timezone.localdate(), actor=anna)
    changes = list(CartChange.objects.order_by("version"))
    assert [(one.version, one.what) for one in changes] == [(2, "edited"), (3, "palletised"), (4, "shipped")]
    assert (changes[0].actor, changes[1].actor) == (None, anna)
    assert Cart.objects.get().version == 4


def test_pallets_packed_anew_are_a_change_too(store: Store) -> None:
    make_asin(FIRST, on_hand=600)
    cart = generate_pallets(store_id="1", build_anyway=True)
    Pallet.objects.update(fill=Decimal("0.5000"))
    Pallet.objects.get().lines.update(shipping=Decimal("599.98"))
    replan_pallets(cart_code=cart.code, actor=person("anna"))
    change = CartChange.objects.last()
    assert (change.what, change.actor.username, change.version) == ("replanned", "anna", Cart.objects.get().version)


def test_cancelling_after_shipping_and_twice_is_told(store: Store, anna: Browser, draft: Cart) -> None:
    other = generate_pallets(store_id="1", amount=Decimal("700.00"), build_anyway=True)
    anna.post(at(other, "cancel"), {"reason": "Changed their mind", "version": other.version})
    again = anna.post(at(other, "cancel"), {"reason": "Changed their mind", "version": other.version})
    words = told(again)[-1]
    assert words.startswith(f"Cart {other.code} is cancelled; it cannot be cancelled. It was cancelled by anna on ")
    assert again.status_code == anna.get(at(other, "cancel")).status_code == 200
    confirm_cart(code=draft.code)
    ship_pallet(code=Pallet.objects.get(state="planned").code, shipped_on=timezone.localdate())
    (words,) = told(anna.post(at(draft, "cancel"), {"reason": "Too late"}))
    assert words.startswith(
        f"Cart {draft.code} is shipped; it cannot be cancelled. What has left cannot be called back. It was shipped on"
    )
    with pytest.raises(Conflict, match="is shipped; it cannot be cancelled"):
        cancel_cart(code=draft.code)


def test_a_cart_that_changed_since_it_was_looked_at_is_not_cancelled(anna: Browser, draft: Cart) -> None:
    answer = anna.post(at(draft, "cancel"), {"reason": "Old", "version": "1"})
    assert "was changed since you opened it: edited on" in answer.content.decode()
    assert Cart.objects.get().state == "draft"
    assert 'name="version" value="2"' in answer.content.decode()
    confirm_cart(code=draft.code)
    answer = anna.post(at(draft, "cancel"), {"reason": "Old", "version": "2"})
    assert "was changed since you opened it: palletised on" in answer.content.decode()
    assert Cart.objects.get().state == "palletised"
    anna.post(at(draft, "cancel"), {"reason": "Now", "version": "3"})
    assert (Cart.objects.get().state, Cart.objects.get().note) == ("cancelled", "Now")


def older(cart: Cart, **ago: float) -> None:
    Cart.objects.filter(pk=cart.pk).update(created_at=timezone.now() - timedelta(**ago))


def test_drafts_expire_once_after_seven_days_untouched(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = make_draft(store)
    confirmed = generate_pallets(store_id="1", amount=Decimal("1000.00"), build_anyway=True)
    older(draft, days=7, hours=-1)
    assert (settings.DRAFT_DAYS, expire_drafts(now=timezone.now())) == (7, [])
    older(draft, days=7)
    older(confirmed, days=70)
    assert expire_drafts(now=timezone.now()) == [draft.code]
    assert expire_drafts(now=timezone.now()) == []
    cart = Cart.objects.get(pk=draft.pk)
    assert (cart.state, cart.note, cart.version) == ("expired", "Nobody confirmed it within 7 days", 2)
    assert (lines_of(cart), CartChange.objects.get(cart=cart).what) == ({FIRST: 44}, "expired")
    assert Cart.objects.get(pk=confirmed.pk).state == "palletised"
    assert Client.objects.get().held == confirmed.hold
    with pytest.raises(Conflict, match=f"Cart {draft.code} is expired already: expired on"):
        confirm_cart(code=draft.code)


def test_an_edited_draft_is_young_again_and_a_batch_keeps_its_drafts(store: Store) -> None:
    draft = make_draft(store)
    save_draft(code=draft.code, wanted=wanted(**{FIRST: 30}))
    older(draft, days=30)
    assert expire_drafts(now=timezone.now()) == []
    CartChange.objects.update(created_at=timezone.now() - timedelta(days=8))
    batch = Batch.objects.create(run=Run.objects.create(kind="allocation.batch"), policy=default_policy())
    Cart.objects.update(batch=batch)
    assert expire_drafts(now=timezone.now()) == []
    Batch.objects.update(slot=None)
    assert tasks.expire() == [draft.code]


def test_the_setting_says_how_many_days(store: Store, settings: object) -> None:
    draft = make_draft(store)
    older(draft, days=1, minutes=1)
    settings.DRAFT_DAYS = 1  # type: ignore[attr-defined]
    assert expire_drafts(now=timezone.now()) == [draft.code]
    assert Cart.objects.get().note == "Nobody confirmed it within a day"


def test_an_expired_cart_is_shown_and_generated_again_prefilled(store: Store, anna: Browser) -> None:
    make_asin(FIRST, on_hand=600, sale_price=Decimal(20), amazon_fees=Decimal(1))
    form = {
        "client": store.client_id, "store": store.pk, "policy": "balanced", "amount": "3000", "build_anyway": "on",
        "max_units_per_asin": "120", "min_roi_percent": "5",
    }  # fmt: skip
    anna.post("/admin/allocation/cart/generate/", form)
    draft = Cart.objects.get()
    assert lines_of(draft) == {FIRST: 20}
    older(draft, days=8)
    tasks.expire()
    assert "Expired" in anna.get("/admin/allocation/cart/").content.decode()
    html = anna.get(reverse("admin:allocation_cart_change", args=[draft.pk])).content.decode()
    assert "Generate again" in html
    link = html.split('href="/admin/allocation/cart/generate/?client')[1].split('"')[0].replace("&amp;", "&")
    again = anna.get(f"/admin/allocation/cart/generate/?client{link}").context["form"]
    shown = {name: str(again[name].value()) for name in form}
    assert shown == {name: str(value) for name, value in form.items()} | {
        "amount": "3000.00",
    }  # fmt: skip
    anna.post("/admin/allocation/cart/generate/", shown)
    assert lines_of(Cart.objects.latest("pk")) == {FIRST: 20}
