"""The batch in the admin: start it, watch it, judge it, accept its drafts; each with an exact count of queries."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from allocation.models import Batch, Cart
from clients.models import Client, Store
from common.models import Run
from operations.audit import audit
from pallets.services.batch_run import run_batch
from pallets.services.batches import start_batch
from tests.factories import default_policy, make_asin, make_client, make_store, ungate
from tests.test_admin_pages import browser

pytestmark = pytest.mark.django_db
START = "/admin/allocation/batch/start/"
SENT = {"policy": "oldest-first", "fairness": "80", "effort": "fast"}


@pytest.fixture(autouse=True)
def _market() -> None:
    make_asin(on_hand=600)
    for number, money in (("1", "7000.00"), ("2", "3500.00"), ("3", "0.00")):
        ungate(make_store(number, client=make_client(number, balance=money)))


@pytest.fixture
def staff() -> Browser:
    return browser()


def started() -> Batch:
    return start_batch(policy=default_policy(), fairness=Decimal("0.9"), effort="normal", in_background=False)


def finished() -> Batch:
    return run_batch(batch_id=started().pk)


def page(batch: Batch) -> str:
    return reverse("admin:allocation_batch_change", args=[batch.pk])


def of(batch: Batch, name: str) -> str:
    return reverse(f"admin:batch_{name}", args=[batch.pk])


def told(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_start_watch_judge_and_accept(staff: Browser) -> None:
    form = staff.get(START).content.decode()
    assert 'type="range"' in form
    assert '<output for="id_fairness">90</output> % of an equal share' in form
    answer = staff.post(START, SENT)
    batch = Batch.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page(batch))
    assert (batch.fairness, batch.effort, batch.run.started_by.username) == (Decimal("0.8"), "fast", "root")
    assert OrmQ.objects.count() == 1

    waiting = staff.get(page(batch)).content.decode()
    assert "Waiting for a worker" in waiting
    assert f'hx-get="{of(batch, "progress")}" hx-trigger="every 1s"' in waiting
    run_batch(batch_id=batch.pk)
    assert staff.get(of(batch, "progress"))["HX-Refresh"] == "true"

    result = staff.get(page(batch)).content.decode()
    for words in ("≤ ", "certified", "Accept all 2", "The line is 80% of an equal share", "No available balance"):
        assert words in result, words
    assert result.count('<rect class="fair-bar"') == 2
    answer = staff.post(of(batch, "accept"), {"all": "1"})
    assert told(answer) == ["2 carts are confirmed."]
    assert Cart.objects.filter(state="draft").count() == 0
    assert "Accept all" not in staff.get(page(batch)).content.decode()
    assert audit() == []


def test_some_are_accepted_and_a_stale_one_is_told(staff: Browser) -> None:
    batch = finished()
    stale, good = batch.carts.order_by("pk")
    assert told(staff.post(of(batch, "accept"), {})) == ["Nothing was chosen: tick the carts to confirm."]
    assert "Nothing was chosen" in staff.get(page(batch)).content.decode()
    Store.objects.filter(pk=stale.store_id).update(status="suspended")
    answer = staff.post(of(batch, "accept"), {"carts": [stale.code, good.code]})
    assert told(answer) == [
        "1 cart is confirmed.",
        f"{stale.code}: Store 1 (1) may no longer receive goods.",
    ]
    assert "1 cart is confirmed." in staff.get(page(batch)).content.decode()
    assert told(staff.post(of(batch, "accept"), {"carts": ["C-1\x00"]})) == [f"C-1\x00 is no cart of {batch}."]
    assert Cart.objects.get(pk=stale.pk).state == "draft"


def test_many_carts_are_left_to_a_worker(staff: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pallets.admin_batches.MOST_AT_ONCE", 1)
    batch = finished()
    answer = staff.post(of(batch, "accept"), {"all": "1"})
    assert told(answer) == ["2 carts are being confirmed by a worker. An alert will name those that cannot be."]
    assert (OrmQ.objects.count(), batch.carts.filter(state="draft").count()) == (1, 2)


def test_progress_is_shown_in_words_and_can_be_cancelled(staff: Browser) -> None:
    batch = started()
    Batch.objects.update(stage="improving", value=Decimal("1000.00"), bound=Decimal("1010.00"))
    Run.objects.filter(pk=batch.run_id).update(
        attempts=1, done=3, total=6, lease_until=timezone.now() + timedelta(minutes=1)
    )
    text = staff.get(of(batch, "progress")).content.decode()
    assert "Improving the carts" in text
    assert 'aria-valuenow="28"' in text
    assert "$1,000.00 of value so far, at most 1.00% below the best possible" in text
    assert "has not been heard of" not in text
    assert staff.get(of(batch, "cancel")).status_code == 405
    assert told(staff.post(of(batch, "cancel"))) == [f"{batch} stops at its next step and keeps what it has found."]
    assert "Stopping" in staff.get(page(batch)).content.decode()
    Run.objects.filter(pk=batch.run_id).update(lease_until=timezone.now() - timedelta(minutes=1))
    assert "has not been heard of" in staff.get(of(batch, "progress")).content.decode()


def test_a_batch_that_no_worker_takes_up_says_so_and_ends_when_cancelled(staff: Browser) -> None:
    batch = started()
    assert "Is one running?" not in staff.get(page(batch)).content.decode()
    Run.objects.filter(pk=batch.run_id).update(started_at=timezone.now() - timedelta(minutes=2))
    assert "Is one running?" in staff.get(page(batch)).content.decode()
    staff.post(of(batch, "cancel"))
    assert "Cancelled before it began. No cart was made." in staff.get(page(batch)).content.decode()
    assert told(staff.post(of(batch, "cancel"))) == [f"{batch} has ended already."]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fairness": "101"}, "less than or equal to 100"),
        ({"fairness": "-1"}, "greater than or equal to 0"),
        ({"fairness": "x"}, "Enter a whole number."),
        ({"effort": "max"}, "Select a valid choice. max is not one of the available choices."),
        ({"policy": "best"}, "Select a valid choice"),
        ({"clients": ["x"]}, "“x” is not a valid value."),
        ({"clients": [str(2**63)]}, "is not a valid value."),
        ({"clients": ["999999"]}, "Select a valid choice. 999999"),
    ],
)
def test_what_is_wrong_stands_at_its_field(staff: Browser, change: dict[str, Any], message: str) -> None:
    answer = staff.post(START, SENT | change)
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, list(change))
    assert message in answer.content.decode()
    assert Batch.objects.count() == 0


def test_a_second_batch_and_clients_without_money_are_refused_in_words(staff: Browser) -> None:
    poor = Client.objects.get(panel_id="3")
    assert "no client has available balance" in staff.post(START, SENT | {"clients": [poor.pk]}).content.decode()
    first = started()
    assert f"{first} is running. Wait for its end, or cancel it." in staff.post(START, SENT).content.decode()
    assert Batch.objects.count() == 1


def test_the_result_can_be_sorted(staff: Browser) -> None:
    batch = finished()

    def order(sort: str) -> list[str]:
        return [row.client.panel_id for row in staff.get(page(batch), {"sort": sort}).context["results"]]

    assert [order(sort) for sort in ("client", "spent", "nonsense")] == [
        ["1", "2", "3"],
        ["1", "2", "3"],
        ["1", "2", "3"],
    ]
    assert order("share")[-1] == "3"


@pytest.mark.parametrize(
    ("role", "see", "start", "accept"),
    [("viewer", 200, 403, 403), ("allocator", 200, 200, 302), ("admin", 200, 200, 302)],
)
def test_who_may_do_what(role: str, see: int, start: int, accept: int) -> None:
    batch = finished()
    user = browser(role)
    assert user.get(page(batch)).status_code == see
    assert user.get(of(batch, "progress")).status_code == see
    assert (">Accept all" in user.get(page(batch)).content.decode()) is (accept == 302)
    assert user.get(START).status_code == start
    assert user.post(of(batch, "accept"), {"all": "1"}).status_code == accept
    assert user.post(of(batch, "cancel")).status_code == accept
    assert batch.carts.filter(state="draft").count() == (2 if accept == 403 else 0)


def test_unknown_batches_are_a_404_and_nobody_sees_one_without_signing_in(staff: Browser) -> None:
    for key in ("99", "x", "9" * 30):
        assert staff.get(f"/admin/allocation/batch/{key}/change/").status_code == 404
    assert staff.get("/admin/allocation/batch/99/progress/").status_code == 404
    assert staff.post("/admin/allocation/batch/99/accept/").status_code == 404
    assert Browser().get(page(finished()))["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("clients", [2, 12])
def test_the_pages_ask_as_much_for_many_clients(staff: Browser, clients: int, django_assert_num_queries: Any) -> None:
    for number in range(4, 2 + clients):
        ungate(make_store(str(number), client=make_client(str(number), balance="300.00")))
    batch = finished()
    # session, user; header; batch with run, policy, starter; results with clients; carts with stores; priced ASINs
    with django_assert_num_queries(7):
        assert staff.get(page(batch)).status_code == 200
    # session, user, batch
    with django_assert_num_queries(3):
        assert staff.get(of(batch, "progress")).status_code == 200
    cart = batch.carts.first()
    assert cart
    text = staff.get(reverse("admin:allocation_cart_change", args=[cart.pk])).content.decode()
    assert f'<a href="{page(batch)}">batch {batch.pk}</a>' in text
