"""Whatever staff and panel do, in whatever order: every total stays what its rows say."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from allocation.models import Cart
from allocation.services.settlement import settle_hold
from clients.models import PanelTransaction
from common.errors import DomainError
from inventory.models import Asin
from operations.audit import audit
from pallets.models import Pallet, Shipment
from pallets.services.cancel import cancel_cart, cancel_pallet
from pallets.services.carts import generate_pallets
from pallets.services.expiry import expire_suggestions
from pallets.services.pooling import pool_goods, unpool
from pallets.services.replan import replan_pallet
from pallets.services.shipments import add_pallets, cancel_shipment, make_shipment, ship_shipment
from pallets.services.shipping import pack_pallet, reopen_pallet, ship_pallet
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.pooled import mutual_store, waiting_cart

pytestmark = pytest.mark.django_db
LARGE = {"case_length": Decimal(48), "case_width": Decimal(40), "case_height": Decimal(34), "case_weight": Decimal(400)}
Act = Callable[[str], object]


def charge(code: str) -> None:
    """The panel charges $400 for a cart."""
    cart, key = Cart.objects.get(code=code), uuid4().hex
    with transaction.atomic():
        settled = settle_hold(code=code, client_id=cart.client_id, charge=Decimal(400), key=key)
        PanelTransaction.objects.create(
            panel_id=key, client=cart.client, kind="charge", amount=-400, occurred_at=timezone.now(),
            settled=settled.settled if settled else 0,
        )  # fmt: skip


def pool_some(code: str) -> None:
    line = Cart.objects.get(code=code).lines.select_related("asin")[0]
    pool_goods(cart_code=code, store_id="M", cases={line.asin.code: 2})


CART_ACTS: dict[str, Act] = {
    "pool": lambda code: pool_goods(cart_code=code, store_id="M"),
    "pool some": pool_some,
    "unpool": lambda code: unpool(cart_code=code),
    "cancel cart": lambda code: cancel_cart(code=code, reason="chaos"),
    "charge": charge,
}
PALLET_ACTS: dict[str, Act] = {
    "pack": lambda code: pack_pallet(code=code),
    "reopen": lambda code: reopen_pallet(code=code),
    "ship": lambda code: ship_pallet(code=code, shipped_on=timezone.localdate()),
    "ship as FBA": lambda code: ship_pallet(code=code, shipped_on=timezone.localdate(), amazon_id="FBA15ABCDEF12"),
    "cancel": lambda code: cancel_pallet(code=code, reason="chaos"),
    "replan": lambda code: replan_pallet(code=code),
    "shipment": lambda code: make_shipment(pallets=[code]),
    "add": lambda code: add_pallets(code=str(Shipment.objects.last()), pallets=[code]),
}
SHIPMENT_ACTS: dict[str, Act] = {
    "ship shipment": lambda code: ship_shipment(code=code, shipped_on=timezone.localdate()),
    "cancel shipment": lambda code: cancel_shipment(code=code),
}
OTHER_ACTS: dict[str, Act] = {
    "expire": lambda _: expire_suggestions(now=timezone.now() + timedelta(days=8)),
    "measure": lambda _: Asin.objects.filter(case_height=34).update(case_height=Decimal(22)),
}
OBJECTS = {"cart": (Cart, CART_ACTS), "pallet": (Pallet, PALLET_ACTS), "shipment": (Shipment, SHIPMENT_ACTS)}
PLACES = st.integers(0, 5)
MOVES = st.one_of(
    *(st.tuples(st.just(kind), st.sampled_from(sorted(acts)), PLACES) for kind, (_, acts) in OBJECTS.items()),
    st.tuples(st.just(""), st.sampled_from(sorted(OTHER_ACTS)), st.just(0)),
)


def act(kind: str, name: str, place: int) -> bool:
    """Whether it could be done."""
    code = ""
    if kind:
        codes = OBJECTS[kind][0].objects.order_by("pk").values_list("code", flat=True)  # type: ignore[attr-defined]
        if not codes:
            return False
        code = codes[place % len(codes)]
    try:
        (OBJECTS[kind][1] if kind else OTHER_ACTS)[name](code)
    except DomainError:
        return False
    return True


@pytest.mark.parametrize("examples", [10, pytest.param(150, marks=pytest.mark.full)])
def test_any_order_of_moves_keeps_the_books_true(examples: int) -> None:
    mutual_store()
    for number, units in (("1", 60), ("2", 90), ("3", 12)):
        waiting_cart(number, units=units, balance="1500.00")
    ungate(make_store("4", client=make_client("4")), "Large", "brand")
    make_asin("B000000004", on_hand=18, brand="Large", **LARGE)
    generate_pallets(store_id="4", build_anyway=True)
    assert (Cart.objects.holding().count(), Pallet.objects.count()) == (4, 3)
    done = set()

    @settings(max_examples=examples, deadline=None, derandomize=examples < 100, database=None, phases=[Phase.generate])
    @given(st.lists(MOVES, min_size=8, max_size=16))
    def holds(moves: list[tuple[str, str, int]]) -> None:
        world = transaction.atomic()
        world._from_testcase = True  # type: ignore[attr-defined]  # as the test's own, so that durable ones may begin
        with world:
            for move in moves:
                if act(*move):
                    done.add(move[1])
                    assert audit() == [], move
            transaction.set_rollback(True)

    holds()
    assert {"pool", "pack", "ship", "cancel"} <= done
