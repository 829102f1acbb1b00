"""Stock moves by guarded updates, each with its movement row."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from common.errors import Conflict, DomainError, NotFound
from inventory.models import Asin, MovementKind, StockMovement
from inventory.services import (
    InsufficientUnits,
    adjust_stock,
    open_stock,
    post_sheet_quantity,
    release_units,
    reserve_units,
    ship_units,
)
from tests.factories import make_asin

pytestmark = pytest.mark.django_db


def totals(asin: Asin) -> tuple[int, int, int]:
    asin.refresh_from_db()
    return asin.on_hand, asin.reserved, asin.shortage


def last_movement(asin: Asin) -> tuple[str, int, int, int]:
    row = asin.movements.first()
    return row.kind, row.on_hand_change, row.reserved_change, row.shortage_change


def test_reserving_the_last_unit_works_and_one_more_does_not() -> None:
    asin = make_asin(on_hand=120)
    reserve_units(units={asin.pk: 120}, reference="C-1")
    assert totals(asin) == (120, 120, 0)
    assert last_movement(asin) == (MovementKind.RESERVE, 0, 120, 0)
    with pytest.raises(InsufficientUnits) as caught, transaction.atomic():
        reserve_units(units={asin.pk: 1}, reference="C-2")
    assert str(caught.value) == "B000000001: 1 units wanted, 0 available."
    assert totals(asin) == (120, 120, 0)


def test_every_shortage_is_collected_and_nothing_is_reserved() -> None:
    plenty, few, none = make_asin("B000000001"), make_asin("B000000002", on_hand=5), make_asin("B000000003", on_hand=0)
    with pytest.raises(InsufficientUnits) as caught, transaction.atomic():
        reserve_units(units={none.pk: 1, plenty.pk: 10, few.pk: 6}, reference="C-1")
    assert [(s.asin, s.wanted, s.available) for s in caught.value.shortages] == [
        ("B000000002", 6, 5),
        ("B000000003", 1, 0),
    ]
    assert totals(plenty) == (120, 0, 0)
    assert StockMovement.objects.filter(kind=MovementKind.RESERVE).count() == 0


def test_release_and_ship_take_back_and_take_out() -> None:
    asin = make_asin(on_hand=120)
    reserve_units(units={asin.pk: 50}, reference="C-1")
    release_units(units={asin.pk: 20}, reference="C-1")
    assert totals(asin) == (120, 30, 0)
    ship_units(units={asin.pk: 30}, reference="P-1")
    assert totals(asin) == (90, 0, 0)
    assert last_movement(asin) == (MovementKind.SHIP, -30, -30, 0)
    with pytest.raises(Conflict, match="fewer than 1 units of B000000001 are reserved"):
        release_units(units={asin.pk: 1}, reference="C-1")
    with pytest.raises(Conflict):
        ship_units(units={asin.pk: 1}, reference="P-1")


@pytest.mark.parametrize("count", [0, -1])
def test_only_positive_units_move(count: int) -> None:
    asin = make_asin()
    with pytest.raises(ValueError, match="positive"):
        reserve_units(units={asin.pk: count}, reference="C-1")


def test_sheet_quantity_moves_stock_by_its_change() -> None:
    asin = make_asin(on_hand=0)
    post_sheet_quantity(asin=asin, remaining=100, reference="run 1")
    assert totals(asin) == (100, 0, 0)
    assert last_movement(asin) == (MovementKind.OPENING, 100, 0, 0)
    reserve_units(units={asin.pk: 30}, reference="C-1")
    ship_units(units={asin.pk: 30}, reference="P-1")
    asin.refresh_from_db()
    post_sheet_quantity(asin=asin, remaining=110, reference="run 2")  # ten more were bought
    assert totals(asin) == (80, 0, 0)
    assert last_movement(asin) == (MovementKind.PORTAL, 10, 0, 0)


def test_a_fall_below_reserved_becomes_a_shortage_that_increases_pay_first() -> None:
    asin = make_asin(on_hand=0)
    post_sheet_quantity(asin=asin, remaining=100, reference="run 1")
    reserve_units(units={asin.pk: 90}, reference="C-1")
    asin.refresh_from_db()
    post_sheet_quantity(asin=asin, remaining=60, reference="run 2")
    assert totals(asin) == (90, 90, 30)
    post_sheet_quantity(asin=asin, remaining=80, reference="run 3")
    assert totals(asin) == (90, 90, 10)
    post_sheet_quantity(asin=asin, remaining=95, reference="run 4")
    assert totals(asin) == (95, 90, 0)


def test_released_units_pay_an_open_shortage_before_anyone_can_have_them() -> None:
    asin = make_asin(on_hand=0)
    post_sheet_quantity(asin=asin, remaining=100, reference="run 1")
    reserve_units(units={asin.pk: 90}, reference="C-1")
    asin.refresh_from_db()
    post_sheet_quantity(asin=asin, remaining=60, reference="run 2")
    release_units(units={asin.pk: 90}, reference="C-1")
    assert totals(asin) == (60, 0, 0)
    assert last_movement(asin) == (MovementKind.RELEASE, -30, -90, -30)


def test_opening_stock_of_new_asins_is_a_movement_each() -> None:
    new = [
        Asin(
            code=f"B00000000{number}",
            brand=" Café  Margal ",
            date_added=date(2026, 1, 1),
            unit_cost=Decimal("1.00"),
            min_shipping=Decimal("0.10"),
            max_shipping=Decimal("0.20"),
            portal_remaining=number,
        )
        for number in range(3)
    ]
    open_stock(asins=new, reference="run 1")
    assert list(Asin.objects.order_by("code").values_list("on_hand", "brand_key")) == [
        (0, "café margal"),
        (1, "café margal"),
        (2, "café margal"),
    ]
    assert StockMovement.objects.filter(kind=MovementKind.OPENING).count() == 2


def test_stock_is_adjusted_with_a_reason_and_never_below_reserved() -> None:
    asin = make_asin(on_hand=120)
    reserve_units(units={asin.pk: 100}, reference="C-1")
    adjust_stock(asin_id=asin.pk, change=-20, reason="Counted")
    assert totals(asin) == (100, 100, 0)
    with pytest.raises(DomainError, match="100 on hand and 100 reserved; a change of -1 does not fit"):
        adjust_stock(asin_id=asin.pk, change=-1, reason="Lost")
    with pytest.raises(DomainError, match="Say why"):
        adjust_stock(asin_id=asin.pk, change=1, reason=" ")
    with pytest.raises(DomainError, match="between 1 and 10,000,000"):
        adjust_stock(asin_id=asin.pk, change=2**63, reason="Typo")
    with pytest.raises(NotFound):
        adjust_stock(asin_id=0, change=1, reason="Found")
    assert totals(asin) == (100, 100, 0)


def test_units_found_pay_an_open_shortage_before_anyone_can_have_them() -> None:
    asin = make_asin(on_hand=20, portal_remaining=20)
    reserve_units(units={asin.pk: 10}, reference="C-1")
    asin.refresh_from_db()
    post_sheet_quantity(asin=asin, remaining=6, reference="sync #1")
    assert totals(asin) == (10, 10, 4)
    adjust_stock(asin_id=asin.pk, change=3, reason="Counted")
    assert totals(asin) == (10, 10, 1)
    assert last_movement(asin) == (MovementKind.ADJUSTMENT, 0, 0, -3)
    adjust_stock(asin_id=asin.pk, change=5, reason="Counted again")
    assert totals(asin) == (14, 10, 0)
    assert last_movement(asin) == (MovementKind.ADJUSTMENT, 4, 0, -1)


def test_shipping_while_a_shortage_is_open_keeps_the_sheet_and_the_stock_in_step() -> None:
    """The sheet says 6 before our allocations; 10 are reserved. 6 of them leave, and the other 4 are given back."""
    asin = make_asin(on_hand=10, portal_remaining=10)
    reserve_units(units={asin.pk: 10}, reference="C-1")
    asin.refresh_from_db()
    post_sheet_quantity(asin=asin, remaining=6, reference="sync #1")
    ship_units(units={asin.pk: 6}, reference="P-1")
    assert totals(asin) == (4, 4, 4)
    release_units(units={asin.pk: 4}, reference="C-1")
    assert totals(asin) == (0, 0, 0)
    post_sheet_quantity(asin=asin, remaining=9, reference="sync #2")
    assert totals(asin) == (3, 0, 0)
