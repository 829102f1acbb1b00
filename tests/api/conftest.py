"""A viewer's program, and goods, carts and pallets for it to read."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client as Browser
from django.utils import timezone

from access.models import ApiToken
from access.services import issue_token
from allocation.models import Cart, CartLine, Preorder, TransferSuggestion
from clients.models import Store
from inventory.models import Asin
from pallets.models import Pallet, PalletLine, Shipment
from tests.factories import default_policy, make_asin, make_client, make_store

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Get(Protocol):
    def __call__(self, path: str, **parameters: str | list[str]) -> Any: ...


@pytest.fixture
def get(db: None) -> Get:
    """Asks with the token of a viewer, whose use has just been noted."""
    user = User.objects.create_user("vera")
    user.groups.add(Group.objects.get(name="viewer"))
    _, secret = issue_token(user=user, name="report")
    ApiToken.objects.update(last_used_at=timezone.now())
    browser = Browser(headers={"Authorization": f"Bearer {secret}"})
    return lambda path, **parameters: browser.get(path, parameters)


def found(response: Any, key: str) -> list[Any]:
    """The values of `key` in a page of results."""
    assert response.status_code == 200, response.content
    return [row[key] for row in response.json()["results"]]


def refused(response: Any) -> list[tuple[str, str]]:
    """The fields that a 400 names, and what it says of them."""
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    return [(error["field"], error["message"]) for error in response.json()["errors"]]


def make_preorder(store: Store, asin: Asin, **fields: Any) -> Preorder:
    values = {"quantity": 12, "unit_cost": Decimal("10.00"), "amount": Decimal("120.00")}
    values |= {"expected_arrival": date(2026, 12, 24)} | fields
    return Preorder.objects.create(client=store.client, store=store, asin=asin, **values)


def make_cart(store: Store, *asins: Asin, **fields: Any) -> Cart:
    """A draft of one case of each ASIN at $60.00 and $3.00 of shipping."""
    goods, shipping = 60 * len(asins), 3 * len(asins)
    values = {"amount": Decimal(500), "goods": Decimal(goods), "shipping": Decimal(shipping)} | fields
    cart = Cart.objects.create(client=store.client, store=store, policy=default_policy(), **values)
    for asin in asins:
        CartLine.objects.create(
            cart=cart,
            asin=asin,
            cases=1,
            case_pack=6,
            units=6,
            unit_cost=Decimal(10),
            cost=Decimal(60),
            shipping=Decimal(3),
            min_shipping=asin.min_shipping,
            max_shipping=asin.max_shipping,
        )
    return cart


def make_pallet(cart: Cart, **fields: Any) -> Pallet:
    """Every line of `cart` on one pallet."""
    values = {"volume": Decimal(960), "weight": Decimal(55), "height": Decimal(14), "fill": Decimal("0.0085")}
    values |= {"cube": Decimal("0.0076"), "cartons": 1} | fields
    pallet = Pallet.objects.create(store=cart.store, **values)
    for line in cart.lines.all():
        PalletLine.objects.create(
            pallet=pallet,
            cart_line=line,
            client=cart.client,
            asin=line.asin,
            cases=line.cases,
            units=line.units,
            shipping_per_unit=Decimal("0.5"),
            shipping=line.shipping,
        )
    return pallet


def make_suggestion(cart: Cart, mutual: Store | None) -> TransferSuggestion:
    return TransferSuggestion.objects.create(
        cart=cart, mutual_store=mutual, units=6, fill=Decimal("0.0085"), reason="Too small.", expires_at=NOON
    )


@pytest.fixture
def fill_lists(get: Get) -> Callable[[int], None]:
    """Adds `count` rows to every list, each with relations of its own."""

    def fill(count: int) -> None:
        for number in range(count):
            client = make_client(str(100 + number))
            store = make_store(str(500 + number), client=client)
            mutual = make_store(str(900 + number), client=client, is_mutual=True)
            asin = make_asin(f"B{number:09d}")
            other = make_asin(f"B1{number:08d}")
            store.ungating_statuses.create(scope="brand", value="Acme")
            make_preorder(store, asin)
            cart = make_cart(store, asin, other)
            make_pallet(cart, shipment=Shipment.objects.create(store=store))
            make_suggestion(cart, mutual)

    return fill
