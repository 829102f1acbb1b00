"""The home page's panels of what needs a person: ungating to ask for, preorders."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from allocation.models import Preorder
from allocation.states import ArrivalState, PreorderNeed, PreorderState
from clients.models import Store
from inventory.models import MovementKind, StockMovement
from operations.dashboard import preorders_panel, ungating_panel
from tests.factories import make_asin, make_store
from ungating.models import UngatingTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return make_store()


def preorder(store: Store, number: int, *, days: int = 5, **fields: object) -> Preorder:
    """A preorder of 12 units of an ASIN of its own, expected in so many days."""
    return Preorder.objects.create(
        client=store.client,
        store=store,
        asin=make_asin(f"B{number:09d}", on_hand=0),
        quantity=12,
        unit_cost=Decimal("10.00"),
        amount=Decimal("120.00"),
        expected_arrival=timezone.localdate() + timedelta(days=days),
        **fields,
    )


def came_in(preorder: Preorder, units: int, state: ArrivalState = ArrivalState.PROPOSED) -> None:
    movement = StockMovement.objects.create(asin=preorder.asin, kind=MovementKind.PORTAL, on_hand_change=units)
    confirmed = units if state == ArrivalState.CONFIRMED else 0
    preorder.arrivals.create(movement=movement, proposed=units, units=confirmed, state=state)


def test_preorders_come_in_the_order_of_what_they_need(store: Store) -> None:
    preorder(store, 1)  # comes in time
    preorder(store, 2, state=PreorderState.ALLOCATED, arrived=12, allocated=12)
    preorder(store, 3, state=PreorderState.CANCELLED)  # nothing was paid
    paid = {"state": PreorderState.CANCELLED, "paid": Decimal("40.00")}
    preorder(store, 4, credited_at=timezone.now(), **paid)
    preorder(store, 5, days=-1, is_active=False)
    preorder(store, 6, days=0)
    here = preorder(store, 7, state=PreorderState.ARRIVED, arrived=12, allocated=6)
    late = preorder(store, 8, days=-1, arrived=6, allocated=6)
    credit = preorder(store, 9, **paid)
    proposed = preorder(store, 10, days=-30)
    came_in(proposed, 6)
    came_in(proposed, 4)
    came_in(late, 6, ArrivalState.CONFIRMED)
    found = Preorder.objects.needing_a_person(timezone.localdate())
    assert [(one.pk, one.need) for one in found] == [
        (proposed.pk, PreorderNeed.CONFIRM),
        (credit.pk, PreorderNeed.CREDIT),
        (late.pk, PreorderNeed.OVERDUE),
        (here.pk, PreorderNeed.ALLOCATE),
    ]
    panel = preorders_panel(timezone.now())
    assert [words for row in panel.rows for words in NOTES if words in row[2]] == NOTES
    assert [one.asin.code in row[0] for one, row in zip(found, panel.rows, strict=True)] == [True] * 4


NOTES = ["10 units came in", "$40.00 to Client 1", "6 units to come", "6 units to allocate"]


def test_open_ungating_tasks_come_by_what_they_unlock(store: Store) -> None:
    for brand, unlocks, state in (("Acme", 600, "open"), ("Zeta", 900, "open"), ("Gone", 5_000, "done")):
        UngatingTask.objects.create(store=store, brand=brand, ask="invoice", unlocks=Decimal(unlocks), state=state)
    rows = ungating_panel(timezone.now()).rows
    assert [(brand in row[0], row[1], row[2]) for brand, row in zip(("Zeta", "Acme"), rows, strict=True)] == [
        (True, "Store 1", "$900.00"),
        (True, "Store 1", "$600.00"),
    ]
    assert "Invoice" in rows[0][0]
