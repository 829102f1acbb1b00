"""What cannot be pooled, packed or shipped is refused in words, and nothing changes."""

from decimal import Decimal

import pytest
from django.utils import timezone

from common.errors import Conflict, DomainError, NotFound, StalePlan
from inventory.models import Asin
from operations.audit import audit
from pallets.models import Pallet
from pallets.pool_plans import plan_pool
from pallets.services import pooling
from pallets.services.carts import generate_pallets
from pallets.services.pooling import pool_goods
from pallets.services.shipping import pack_pallet, ship_pallet
from tests.factories import make_asin, make_client, make_store
from tests.pallets.pooled import code_of, mutual_store, waiting_cart

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ({"B000000001": 11}, "B000000001: 11 cases are asked for, 10 of {cart} are on no pallet yet."),
        ({"B000000001": 0}, "B000000001: 0 cases cannot be pooled."),
        ({"B000000001": -1, "B00000000X": 1}, "B00000000X: {cart} has no such ASIN. B000000001: -1 cases"),
        ({}, "Say how many cases"),
    ],
)
def test_what_cannot_be_pooled_is_named(cases: dict[str, int], message: str) -> None:
    mutual_store()
    cart = waiting_cart()
    with pytest.raises(DomainError) as caught:
        pool_goods(cart_code=cart.code, cases=cases)
    for part in message.format(cart=cart.code).split(". "):
        assert part in str(caught.value)
    assert Pallet.objects.count() == 0


def test_pooling_twice_a_draft_or_an_own_pallets_cart_is_refused() -> None:
    mutual_store()
    cart = waiting_cart()
    pool_goods(cart_code=cart.code)
    with pytest.raises(Conflict, match=f"All goods of {cart.code} are pooled already."):
        pool_goods(cart_code=cart.code)
    with pytest.raises(NotFound, match=r"There is no cart “C-9”."):
        pool_goods(cart_code="C-9")
    make_asin("B000000009", on_hand=600, brand="Brand 1")
    own = generate_pallets(store_id="1", build_anyway=True)
    with pytest.raises(Conflict, match=f"Cart {own.code} is palletised: none of its goods wait to be pooled."):
        pool_goods(cart_code=own.code, store_id="M")


def test_the_mutual_store_must_be_one_and_may_only_get_what_it_is_ungated_for() -> None:
    cart = waiting_cart(category="Books")
    with pytest.raises(DomainError, match=f"No mutual store was suggested for {cart.code}: name one."):
        pool_goods(cart_code=cart.code)
    with pytest.raises(NotFound, match=r"There is no store “X”."):
        pool_goods(cart_code=cart.code, store_id="X")
    make_store("7", client=make_client("7"))
    with pytest.raises(DomainError, match=r"Store 7 \(7\) is no mutual store that may receive goods."):
        pool_goods(cart_code=cart.code, store_id="7")
    owner = mutual_store().client
    with pytest.raises(DomainError, match="Mutual M may not receive it, no ungating status for this ASIN"):
        pool_goods(cart_code=cart.code, store_id="M")
    type(owner).objects.filter(pk=owner.pk).update(status="paused")
    with pytest.raises(DomainError, match=r"Mutual M \(M\) is no mutual store that may receive goods."):
        pool_goods(cart_code=cart.code, store_id="M")


def test_a_plan_made_before_the_pallet_changed_is_stale() -> None:
    store = mutual_store()
    first, second, third = (waiting_cart(number) for number in "123")
    (pallet,) = pool_goods(cart_code=first.code)
    plans = plan_pool(second, store, None)
    pool_goods(cart_code=third.code)
    with pytest.raises(StalePlan, match=f"Pallet {pallet.code} was changed by someone else meanwhile."):
        pooling._pool(code=second.code, store=store, plans=plans, actor=None)
    Asin.objects.filter(code=code_of("2")).update(case_height=Decimal(9))
    plans = plan_pool(second, store, None)
    Asin.objects.filter(code=code_of("2")).update(case_height=Decimal(10))
    with pytest.raises(StalePlan, match=r"B000000002: size, weight or handling has changed meanwhile."):
        pooling._pool(code=second.code, store=store, plans=plans, actor=None)
    pack_pallet(code=pallet.code)
    with pytest.raises(Conflict, match=f"Pallet {pallet.code} is packed already. Try again."):
        pooling._pool(code=second.code, store=store, plans=plans, actor=None)
    assert audit() == []


def test_an_open_pooled_pallet_does_not_ship_and_an_empty_one_is_not_packed() -> None:
    mutual_store()
    cart = waiting_cart()
    (pallet,) = pool_goods(cart_code=cart.code)
    with pytest.raises(Conflict, match=f"Pack {pallet.code} first: the price of a pooled pallet is fixed"):
        ship_pallet(code=pallet.code, shipped_on=timezone.localdate())
    pallet.lines.all().delete()
    with pytest.raises(Conflict, match=f"Nothing lies on pallet {pallet.code}."):
        pack_pallet(code=pallet.code)
