"""Units come for preorders: proposed in turn, confirmed or refused by a person, once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from allocation.models import Preorder, PreorderArrival
from allocation.services.arrival_proposals import propose_arrivals
from allocation.services.arrivals import Coming, confirm_arrivals, refuse_arrivals
from allocation.services.preorders import cancel_preorder
from clients.models import Store
from common.errors import Conflict, DomainError, NotFound
from inventory.models import Asin, MovementKind, StockMovement
from inventory.services import adjust_stock, open_stock, post_sheet_quantity
from notifications.models import Alert, AlertKind
from tests.allocation.preorders import all_is_well, arrive, comes_in, fresh, preordered, proposals, shelf, standing
from tests.factories import make_asin, make_client, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return make_store()


@pytest.fixture
def asin() -> Asin:
    """Out of stock, in cases of 6."""
    return make_asin(on_hand=0)


def propose() -> int:
    return propose_arrivals(now=timezone.now())


def confirm(asin: Asin, *coming: tuple[Preorder, int], key: str = "k", actor: User | None = None) -> dict[int, int]:
    """As a screen that was opened just now says it."""
    rows = [
        Coming(
            one.pk,
            units,
            arrived=fresh(one).arrived,
            proposed=sum(row.proposed for row in one.arrivals.filter(state="proposed")),
        )
        for one, units in coming
    ]
    return confirm_arrivals(asin_id=asin.pk, coming=rows, key=key, now=timezone.now(), actor=actor)


def test_opening_stock_and_what_was_here_before_stay_free(store: Store) -> None:
    asin = make_asin(on_hand=60)
    comes_in(asin, 60)
    made = preordered(store, asin)
    new = Asin(code="B000000009", case_pack=6, unit_cost=1, min_shipping=0, max_shipping=0, date_added=date(2026, 1, 1))
    new.portal_remaining = 60
    open_stock(asins=[new], reference="sync #1")
    preordered(store, Asin.objects.get(code="B000000009"))
    assert propose() == 0
    comes_in(asin, 5)
    assert propose() == 0
    comes_in(asin, 5)
    assert (propose(), standing(made)) == (6, ("pending", 0, 0))
    assert sum(units for _, units in proposals()) == 6


def test_the_sheet_and_adjustments_bring_units(store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 60)
    Asin.objects.filter(pk=asin.pk).update(portal_remaining=0)
    post_sheet_quantity(asin=Asin.objects.get(pk=asin.pk), remaining=12, reference="sync #1")
    adjust_stock(asin_id=asin.pk, change=6, reason="found")
    adjust_stock(asin_id=asin.pk, change=-6, reason="lost")
    assert propose() == 18
    kinds = PreorderArrival.objects.order_by("pk").values_list("movement__kind", "proposed", "preorder")
    assert list(kinds) == [("portal", 12, made.pk), ("adjustment", 6, made.pk)]


def test_units_that_pay_a_shortage_do_not_come_for_preorders(store: Store) -> None:
    asin = make_asin(on_hand=12)
    preordered(store, asin)
    Asin.objects.filter(pk=asin.pk).update(reserved=12, shortage=6)
    adjust_stock(asin_id=asin.pk, change=12, reason="found")
    assert (propose(), shelf(asin)) == (6, (18, 12))


def test_a_movement_is_proposed_once_however_often_one_asks(store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 12)
    comes_in(asin, 18)
    assert [propose() for _ in range(3)] == [12, 0, 0]
    later = preordered(store, asin, 12, expected_arrival=date(2026, 12, 2))
    assert propose() == 0  # the six units left came before it was made
    comes_in(asin, 6)
    assert (propose(), proposals()) == (6, [(made.pk, 12), (later.pk, 6)])


def test_claims_get_units_by_client_priority_then_date_then_age(asin: Asin) -> None:
    stores = {name: make_store(name, client=make_client(name, priority=name)) for name in ("low", "medium", "high")}
    low = preordered(stores["low"], asin, 6, expected_arrival=date(2026, 11, 1))
    medium = preordered(stores["medium"], asin, 12, expected_arrival=date(2026, 12, 1))
    sooner = preordered(stores["medium"], asin, 6, expected_arrival=date(2026, 11, 30))
    high = preordered(stores["high"], asin, 12, expected_arrival=date(2026, 12, 24))
    same_day = preordered(make_store("m2", client=stores["medium"].client), asin, 6, expected_arrival=date(2026, 12, 1))
    comes_in(asin, 27)
    assert propose() == 24
    assert proposals() == [(high.pk, 12), (sooner.pk, 6), (medium.pk, 6)]
    comes_in(asin, 9)
    # Three units were left of the movement before.
    assert propose() == 12
    assert dict(proposals()[3:]).keys() == {medium.pk, same_day.pk}
    comes_in(asin, 6)
    assert propose() == 6
    assert proposals()[-1] == (low.pk, 6)


def test_a_person_confirms_and_the_units_are_kept_for_the_preorder(store: Store, asin: Asin) -> None:
    user, made = User.objects.create_user("ann"), preordered(store, asin, 12, paid=Decimal("20.50"))
    comes_in(asin, 12)
    propose()
    assert confirm(asin, (made, 12), actor=user) == {made.pk: 12}
    assert (standing(made), shelf(asin)) == (("arrived", 12, 0), (12, 12))
    row = PreorderArrival.objects.get()
    assert (row.state, row.units, row.proposed, row.actor) == ("confirmed", 12, 12, user)
    moved = StockMovement.objects.get(kind=MovementKind.RESERVE)
    assert (moved.reserved_change, moved.reference, moved.actor) == (12, f"preorder {made.pk}", user)
    alert = Alert.objects.get(kind=AlertKind.PREORDER_ARRIVED)
    assert alert.title == "Client 1: 12 units of B000000001 have arrived"
    assert alert.body == "For Store 1; 12 of 12 are here, that is all of it. Still due: $99.50."
    assert alert.link == f"/admin/allocation/preorder/{made.pk}/change/"
    assert all_is_well()


def test_a_part_keeps_the_rest_pending_and_each_arrival_is_told(store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 24)
    comes_in(asin, 24)
    assert propose() == 24
    confirm(asin, (made, 6), key="a")
    assert standing(made) == ("pending", 6, 0)
    assert propose() == 0  # what was said about this movement is settled
    comes_in(asin, 6)
    assert propose() == 6
    confirm(asin, (made, 18), key="b")  # and twelve by hand
    assert standing(made) == ("arrived", 24, 0)
    assert list(Alert.objects.order_by("pk").values_list("count", "body")) == [
        (1, "For Store 1; 6 of 24 are here, 18 are still to come. Still due: $240.00."),
        (1, "For Store 1; 24 of 24 are here, that is all of it. Still due: $240.00."),
    ]
    rows = [
        (row.state, row.proposed, row.units, row.movement is None) for row in PreorderArrival.objects.order_by("pk")
    ]
    assert rows == [("confirmed", 24, 6, False), ("confirmed", 6, 6, False), ("confirmed", 0, 12, True)]
    assert all_is_well()


def test_the_unconfirmed_part_of_a_proposal_is_proposed_to_the_next(asin: Asin) -> None:
    first = preordered(make_store("1", client=make_client("1", priority="high")), asin, 12)
    second = preordered(make_store("2", client=make_client("2")), asin, 12)
    comes_in(asin, 12)
    assert (propose(), proposals()) == (12, [(first.pk, 12)])
    confirm(asin, (first, 6))
    assert propose() == 0
    assert standing(second) == ("pending", 0, 0)
    assert arrive(second, 6).arrived == 6
    assert all_is_well()


def test_what_is_refused_stays_free_and_is_not_proposed_again(store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 12)
    comes_in(asin, 12)
    propose()
    for _ in range(2):
        answer = refuse_arrivals(asin_id=asin.pk, preorder_ids=[made.pk], key="no", now=timezone.now())
        assert answer == (12 if _ == 0 else 0)
    assert (propose(), shelf(asin), standing(made)) == (0, (12, 0), ("pending", 0, 0))
    with pytest.raises(Conflict, match="Nothing is proposed here any more"):
        refuse_arrivals(asin_id=asin.pk, preorder_ids=[made.pk], key="other", now=timezone.now())
    assert not Alert.objects.exists()


def test_a_double_click_changes_nothing(store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 12)
    comes_in(asin, 12)
    stale = Coming(made.pk, 6, arrived=0, proposed=0)
    answers = [confirm_arrivals(asin_id=asin.pk, coming=[stale], key="same", now=timezone.now()) for _ in range(2)]
    assert answers == [{made.pk: 6}] * 2
    assert (standing(made), shelf(asin), Alert.objects.get().count) == (("pending", 6, 0), (12, 6), 1)
    with pytest.raises(Conflict, match="This form was sent before, and said something else"):
        confirm(asin, (made, 12), key="same")
    assert all_is_well()


def test_the_second_of_two_people_is_told(store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 12)
    comes_in(asin, 12)
    propose()
    seen = Coming(made.pk, 6, arrived=0, proposed=12)
    confirm(asin, (made, 6), key="first")
    with pytest.raises(Conflict, match="someone else has changed this meanwhile; 6 units have arrived by now"):
        confirm_arrivals(asin_id=asin.pk, coming=[seen], key="second", now=timezone.now())
    other = preordered(store, asin, 6, expected_arrival=date(2026, 12, 2))
    comes_in(asin, 12)
    assert propose() == 12
    refuse_arrivals(asin_id=asin.pk, preorder_ids=[other.pk], key="third", now=timezone.now())
    with pytest.raises(Conflict, match="someone else has changed this"):
        confirm_arrivals(asin_id=asin.pk, coming=[Coming(other.pk, 6, 0, 6)], key="fourth", now=timezone.now())
    cancel_preorder(preorder_id=other.pk, reason="x")
    with pytest.raises(Conflict, match="it is cancelled"):
        confirm_arrivals(asin_id=asin.pk, coming=[Coming(other.pk, 6, 0, 0)], key="fifth", now=timezone.now())
    assert all_is_well()


@pytest.mark.parametrize(
    ("units", "message"),
    [
        (0, "enter at least one case of 6 units, or leave it out"),
        (7, "whole cases only, B000000001 comes in cases of 6"),
        (24, r"24 units are more than the 18 still to come \(6 of 24 have arrived\)"),
    ],
)
def test_units_that_cannot_have_come_are_refused_with_the_numbers(
    store: Store, asin: Asin, units: int, message: str
) -> None:
    made = preordered(store, asin, 24)
    comes_in(asin, 60)
    arrive(made, 6)
    with pytest.raises(DomainError, match=message) as refused:
        confirm(asin, (made, units))
    assert refused.value.problems[0].field == f"units-{made.pk}"
    assert standing(made) == ("pending", 6, 0)


def test_an_arrival_makes_no_stock(store: Store, asin: Asin) -> None:
    first, second = preordered(store, asin, 12), preordered(store, asin, 12, expected_arrival=date(2026, 12, 2))
    comes_in(asin, 18)
    Asin.objects.filter(pk=asin.pk).update(reserved=3)
    words = (
        r"B000000001: 24 units are said to have come, but only 15 are available \(18 on hand, 3 reserved\). "
        "Bring the stock up to date first."
    )
    with pytest.raises(DomainError, match=words):
        confirm(asin, (first, 12), (second, 12))
    assert (shelf(asin), PreorderArrival.objects.count()) == ((18, 3), 0)
    confirm(asin, (first, 6), (second, 6))
    assert (shelf(asin), standing(first), standing(second)) == (
        (18, 15), ("pending", 6, 0), ("pending", 6, 0)
    )  # fmt: skip


def test_all_or_none(store: Store, asin: Asin) -> None:
    good, bad = preordered(store, asin, 12), preordered(store, asin, 12, expected_arrival=date(2026, 12, 2))
    comes_in(asin, 60)
    with pytest.raises(DomainError):
        confirm(asin, (good, 12), (bad, 13))
    assert (standing(good), shelf(asin), Alert.objects.count()) == (("pending", 0, 0), (60, 0), 0)


def test_what_is_not_there_is_said(asin: Asin, store: Store) -> None:
    made = preordered(store, make_asin("B000000002"))
    for ids in ([made.pk], [], [made.pk + 999]):
        with pytest.raises(NotFound):
            refuse_arrivals(asin_id=asin.pk, preorder_ids=ids, key="k", now=timezone.now())
    with pytest.raises(NotFound, match="no such ASIN"):
        confirm_arrivals(asin_id=asin.pk + 999, coming=[], key="k", now=timezone.now())


def test_a_flag_is_told_with_the_arrival(asin: Asin) -> None:
    made = preordered(make_store(status="suspended"), asin)
    comes_in(asin, 12)
    arrive(made, 12)
    assert Alert.objects.get().body.endswith("Still due: $120.00. Store 1 is suspended.")


def test_what_is_out_of_use_or_cancelled_claims_nothing(store: Store, asin: Asin) -> None:
    parked, gone = preordered(store, asin), preordered(store, asin, expected_arrival=date(2026, 12, 2))
    comes_in(asin, 60)
    propose()
    cancel_preorder(preorder_id=gone.pk, reason="x")
    Preorder.objects.filter(pk=parked.pk).update(is_active=False)
    assert not PreorderArrival.objects.filter(preorder=gone, state="proposed").exists()
    comes_in(asin, 60)
    assert propose() == 0


@pytest.mark.parametrize("claims", [1, 7])
def test_proposing_asks_as_much_for_many(claims: int, django_assert_num_queries: Any) -> None:
    for number in range(1, claims + 1):
        store, asin = (
            make_store(str(number), client=make_client(str(number))),
            make_asin(f"B00000000{number}", on_hand=0),
        )
        preordered(store, asin)
        comes_in(asin, 12)
    # claims locked, claims, what they were asked, movements, the insert, and the two ends of the transaction
    with django_assert_num_queries(7):
        assert propose() == 12 * claims
