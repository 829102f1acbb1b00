"""What the tests of drafts start from: a store, two ASINs it may have, and a draft of the first."""

from decimal import Decimal

from django.contrib.auth.models import Group, User
from django.test import Client as Browser

from allocation.models import Cart
from clients.models import Store
from pallets.draft_check import Wanted
from pallets.services.carts import generate_pallets
from tests.factories import make_asin

FIRST, SECOND = "B000000001", "B000000002"


def make_draft(store: Store, *, amount: str = "3000.00") -> Cart:
    """40 cases of 6 of the first ASIN: $2,400 and shipping. 100 cases of each of two ASINs are there."""
    make_asin(FIRST, on_hand=605, unit_cost=Decimal("10.00"))
    draft = generate_pallets(store_id=store.panel_id, amount=Decimal(amount), confirm=False, build_anyway=True)
    make_asin(SECOND, on_hand=600, unit_cost=Decimal("20.00"))
    return draft


def wanted(amount: str | None = None, **cases: int) -> Wanted:
    return Wanted(cases, None if amount is None else Decimal(amount))


def lines_of(cart: Cart) -> dict[str, int]:
    return dict(cart.lines.order_by("asin__code").values_list("asin__code", "cases"))


def person(name: str, role: str = "manager") -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def browser_of(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser
