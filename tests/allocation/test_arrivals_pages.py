"""The arrival screen and the pages of a preorder."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from allocation.models import Preorder, PreorderArrival, PreorderPayment
from allocation.services.arrival_proposals import propose_arrivals
from allocation.services.preorders import cancel_preorder
from clients.models import Store
from inventory.models import Asin
from tests.allocation.preorders import all_is_well, arrive, comes_in, fresh, preordered, shelf, standing
from tests.factories import make_asin, make_client, make_store

pytestmark = pytest.mark.django_db
SCREEN = "/admin/allocation/preorder/arrivals/"


def browser(role: str = "") -> Browser:
    user = User.objects.create_user(role or "root", is_staff=True, is_superuser=not role)
    if role:
        user.groups.add(Group.objects.get(name=role))
    signed_in = Browser()
    signed_in.force_login(user)
    return signed_in


@pytest.fixture
def root() -> Browser:
    return browser()


@pytest.fixture
def store() -> Store:
    return make_store()


@pytest.fixture
def asin() -> Asin:
    return make_asin(on_hand=0)


def sent(page: Any, *ticked: Preorder, act: str = "confirm", **units: int) -> dict[str, Any]:
    """What a browser sends of the form of an ASIN, with these preorders ticked."""
    (group,) = page.context["groups"]
    data: dict[str, Any] = {"asin": group.asin.pk, "key": page.context["key"], "act": act}
    data["take"] = [one.pk for one in ticked]
    for claim in group.claims:
        pk = claim.preorder.pk
        data |= {f"units-{pk}": claim.entry.units, f"arrived-{pk}": claim.preorder.arrived}
        data[f"proposed-{pk}"] = claim.proposed
    return data | {f"units-{name.removeprefix('p')}": str(count) for name, count in units.items()}


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_screen_lists_claims_in_turn_with_what_has_come(root: Browser, asin: Asin) -> None:
    low, high = (make_store(name, client=make_client(name, priority=name)) for name in ("low", "high"))
    second = preordered(low, asin, 24, expected_arrival=date(2026, 1, 1))
    first = preordered(high, asin, 12, expected_arrival=date(2099, 1, 1))
    comes_in(asin, 24)
    preordered(low, make_asin("B000000002"), 6, expected_arrival=date(2025, 1, 1))
    assert root.post(SCREEN, {"act": "propose"}, follow=True).redirect_chain == [(SCREEN, 302)]
    page = root.get(SCREEN)
    proposed, waiting = page.context["groups"]
    assert [claim.preorder for claim in proposed.claims] == [first, second]
    rows = [(one.proposed, one.missing, one.entry.ticked, one.entry.units, one.is_overdue) for one in proposed.claims]
    assert rows == [(12, 0, True, "12", False), (12, 12, True, "12", True)]
    assert (proposed.proposed, proposed.to_come, proposed.shortage) == (24, 36, 12)
    (only,) = waiting.claims
    assert (only.proposed, only.entry.ticked, only.entry.units) == (0, False, "6")
    words = text(page)
    assert "24 have come" in words and "12 short" in words and "2 preorders are overdue" in words
    assert "24 available (24 on hand, 0 reserved) · cases of 6" in words


def test_a_person_confirms_what_is_ticked(root: Browser, store: Store, asin: Asin) -> None:
    one, two = preordered(store, asin, 12), preordered(store, asin, 12, expected_arrival=date(2026, 12, 2))
    comes_in(asin, 24)
    propose_arrivals(now=timezone.now())
    form = sent(root.get(SCREEN), one, **{f"p{one.pk}": 6})
    answer = root.post(SCREEN, form, follow=True)
    assert "6 units have arrived for 1 preorder and are kept for them." in text(answer)
    assert (standing(one), standing(two), shelf(asin)) == (("pending", 6, 0), ("pending", 0, 0), (24, 6))
    assert "6 units have arrived for 1 preorder" in text(root.post(SCREEN, form, follow=True))
    assert (standing(one), shelf(asin)) == (("pending", 6, 0), (24, 6))
    assert PreorderArrival.objects.get(state="confirmed").actor == User.objects.get()
    assert all_is_well()


def test_units_by_hand_without_a_movement(root: Browser, store: Store) -> None:
    asin = make_asin(on_hand=12)
    made = preordered(store, asin, 24)
    answer = root.post(SCREEN, sent(root.get(SCREEN), made, **{f"p{made.pk}": 24}))
    assert "24 units are said to have come, but only 12 are available (12 on hand, 0 reserved)" in text(answer)
    (group,) = answer.context["groups"]
    assert (group.claims[0].entry.units, group.claims[0].entry.ticked) == ("24", True)
    assert standing(made) == ("pending", 0, 0)
    root.post(SCREEN, sent(root.get(SCREEN), made, **{f"p{made.pk}": 12}))
    assert standing(made) == ("pending", 12, 0)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter whole units, such as 12."),
        ("six", "Enter whole units, such as 12."),
        ("-6", "Enter whole units, such as 12."),
        ("1e3", "Enter whole units, such as 12."),
        ("٦", "Enter whole units, such as 12."),
        ("7", "whole cases only"),
        ("0", "enter at least one case of 6 units"),
        ("18", "18 units are more than the 12 still to come (0 of 12 have arrived)."),
        ("1,200", "1,200 units are more than the 12 still to come"),
    ],
)
def test_wrong_units_are_said_at_their_row(root: Browser, store: Store, typed: str, message: str) -> None:
    made = preordered(store, make_asin(on_hand=600), 12)
    answer = root.post(SCREEN, sent(root.get(SCREEN), made) | {f"units-{made.pk}": typed})
    (group,) = answer.context["groups"]
    assert message in group.claims[0].entry.error
    assert f'aria-describedby="error-{made.pk}"' in text(answer)
    assert standing(made) == ("pending", 0, 0)


def test_what_was_settled_meanwhile_is_told(root: Browser, store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 12)
    comes_in(asin, 12)
    propose_arrivals(now=timezone.now())
    form = sent(root.get(SCREEN), made)
    arrive(made, 6)
    form["proposed-" + str(made.pk)] = 0
    answer = root.post(SCREEN, form)
    assert "someone else has changed this meanwhile; 6 units have arrived by now" in text(answer)
    arrive(made, 6)
    root.post(SCREEN, form, follow=True)
    assert (standing(made), made.arrivals.filter(units__gt=0).count()) == (("arrived", 12, 0), 2)


def test_nothing_ticked_and_not_for_them(root: Browser, store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 12)
    comes_in(asin, 12)
    propose_arrivals(now=timezone.now())
    assert "Tick the preorders for which units came." in text(root.post(SCREEN, sent(root.get(SCREEN))))
    assert "Tick the preorders for which nothing came." in text(root.post(SCREEN, sent(root.get(SCREEN), act="refuse")))
    answer = root.post(SCREEN, sent(root.get(SCREEN), made, act="refuse"), follow=True)
    assert "12 proposed units did not come for these preorders; they stay free." in text(answer)
    assert (PreorderArrival.objects.get().state, shelf(asin)) == ("refused", (12, 0))
    for data in ({}, {"asin": "x", "take": ["y"]}, {"asin": "9" * 30, "take": ["1"], "key": "\x00"}):
        assert root.post(SCREEN, data).status_code == 200


def test_a_viewer_looks_and_changes_nothing(store: Store, asin: Asin) -> None:
    preordered(store, asin, 12)
    viewer = browser("viewer")
    assert "confirm arrival" not in text(viewer.get(SCREEN))
    assert viewer.post(SCREEN, {"act": "propose"}).status_code == 403
    assert Browser().get(SCREEN).status_code == 302
    assert browser("allocator").post(SCREEN, {"act": "propose"}).status_code == 302


def test_one_asin_by_its_code(root: Browser, store: Store, asin: Asin) -> None:
    made = preordered(store, asin, 12)
    preordered(store, make_asin("B000000002"), 12)
    url = reverse("admin:allocation_preorder_change", args=[made.pk]).replace("change/", "of-arrivals/")
    page = root.get(url, follow=True)
    assert page.redirect_chain[-1] == (f"{SCREEN}?asin=B000000001", 302)
    assert [group.asin for group in page.context["groups"]] == [asin]
    assert "None of ASIN B000000009." in text(root.get(f"{SCREEN}?asin=b000000009&page=x"))


def many(count: int) -> None:
    for number in range(count):
        client = make_client(str(number))
        asin = make_asin(f"B{number:09d}", on_hand=0)
        for twin in range(2):
            made = preordered(make_store(f"{number}-{twin}", client=client), asin, 12)
            Preorder.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=1))
        comes_in(asin, 18)
    propose_arrivals(now=timezone.now())


def asked(root: Browser, url: str) -> list[str]:
    """The queries of a page that are about preorders."""
    root.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert root.get(url).status_code == 200
    return [query["sql"] for query in queries if "allocation_preorder" in query["sql"]]


@pytest.mark.parametrize("count", [1, 12])
def test_the_pages_ask_as_much_for_many_preorders(root: Browser, count: int) -> None:
    many(count)
    assert len(root.get(SCREEN).context["groups"]) == count
    # ASINs counted, ASINs, proposals, claims; overdue counted
    assert len(asked(root, SCREEN)) == 5
    # counted, rows
    assert len(asked(root, reverse("admin:allocation_preorder_changelist"))) == 2
    # the preorder for the page and its buttons, what refers to it, its arrivals, payments and carts with their counts
    assert len(asked(root, page_of(Preorder.objects.all()[0], "change"))) == 10


def page_of(made: Preorder, name: str) -> str:
    return reverse("admin:allocation_preorder_change", args=[made.pk]).replace("change/", f"{name}/")


def test_cancelling_asks_why_and_leaves_a_credit_that_is_marked(root: Browser, store: Store) -> None:
    made = preordered(store, make_asin(), 12, paid=Decimal("20.00"))
    assert "This field is required" in text(root.post(page_of(made, "cancel"), {"reason": ""}))
    answer = root.post(page_of(made, "cancel"), {"reason": "The client left"}, follow=True)
    assert "Cancelled. A credit of $20.00 is due to the client." in text(answer)
    assert "$20.00 due to the client" in text(answer) and "The client left" in text(answer)
    assert "cancelled already" in text(root.post(page_of(made, "cancel"), {"reason": "again"}))
    listed = reverse("admin:allocation_preorder_changelist")
    assert "$20.00 credit due" in text(root.get(listed, {"needs": "credit"}))
    answer = root.post(page_of(made, "credited"), {"reason": "Wire"}, follow=True)
    assert "$20.00 marked as credited." in text(answer) and "by root: Wire" in text(answer)
    assert root.get(listed, {"needs": "credit"}).context["cl"].result_count == 0
    assert "No credit is due" in text(root.post(page_of(made, "credited"), {"reason": "Wire"}))


def test_a_payment_that_is_sent_twice_counts_once(root: Browser, store: Store) -> None:
    made = preordered(store, make_asin(), 12)
    page = root.get(page_of(made, "record-payment"))
    form = {"amount": "50.05", "note": "wire", **dict(page.context["hidden"])}
    for _ in range(2):
        assert "$50.05 recorded as paid." in text(root.post(page_of(made, "record-payment"), form, follow=True))
    assert (fresh(made).paid, PreorderPayment.objects.get().note) == (Decimal("50.05"), "wire")


def test_only_what_can_be_done_has_a_button(root: Browser, store: Store) -> None:
    asin = make_asin(on_hand=12)
    made = preordered(store, asin, 12, paid=Decimal("120.00"))

    def buttons() -> set[str]:
        words = text(root.get(page_of(made, "change")))
        names = ("record-payment", "of-arrivals", "cancel", "credited")
        return {name for name in names if f"/{made.pk}/{name}" in words}

    assert buttons() == {"of-arrivals", "cancel"}
    arrive(made, 12)
    assert buttons() == {"cancel"}
    cancel_preorder(preorder_id=made.pk, reason="x")
    assert buttons() == {"credited"}


def test_the_list_says_what_needs_a_person(root: Browser, store: Store) -> None:
    asin, today = make_asin(on_hand=12), timezone.localdate()
    late = preordered(store, asin, 12, expected_arrival=today - timedelta(days=1))
    preordered(store, asin, 12, expected_arrival=today)
    arrive(late, 6)
    url = reverse("admin:allocation_preorder_changelist")
    words = text(root.get(url))
    assert (words.count("overdue</span>"), "6 / 12" in words, "6 to allocate" in words) == (1, True, True)
    counts = {need: root.get(url, {"needs": need}).context["cl"].result_count for need in ("overdue", "promised")}
    assert counts == {"overdue": 1, "promised": 1}


def test_the_form_says_what_is_wrong(root: Browser, store: Store) -> None:
    asin = make_asin(on_hand=12)
    add = {"client": store.client_id, "store": store.pk, "asin": asin.pk, "quantity": "12"}
    add |= {"expected_arrival": "2026-12-01"}
    answer = root.post(reverse("admin:allocation_preorder_add"), add | {"paid": "120.01"})
    assert "The preorder amounts to $120.00; no more than that can be paid." in text(answer)
    assert root.post(reverse("admin:allocation_preorder_add"), add | {"paid": "60.00"}).status_code == 302
    made = Preorder.objects.get()
    assert made.payments.get().amount == Decimal("60.00")
    arrive(made, 6)
    url, values = page_of(made, "change"), {"expected_arrival": "2026-12-01", "is_active": "on"}
    assert "Whole cases only" in text(root.post(url, values | {"quantity": "7"}))
    assert root.post(url, values | {"quantity": "6"}).status_code == 302
    assert (standing(made), fresh(made).amount) == (("arrived", 6, 0), Decimal("60.00"))
    assert all_is_well()


def test_a_quantity_that_is_paid_already_cannot_be_lowered(root: Browser, store: Store) -> None:
    made = preordered(store, make_asin(), 12, paid=Decimal("60.01"))
    values = {"expected_arrival": "2026-12-01", "is_active": "on", "quantity": "6"}
    assert "6 units amount to $60.00, but $60.01 is paid already." in text(root.post(page_of(made, "change"), values))
