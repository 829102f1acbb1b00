"""Ungating tasks in the admin: what they would unlock, where to ask, and who settled them."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from inventory.models import Asin
from notifications.models import Alert, AlertKind
from notifications.services import raise_alert
from tests.factories import make_asin, make_store, ungate
from ungating.models import Scope, Status, UngatingTask
from ungating.services.tasks import task_alert
from ungating.task_view import locked_goods

pytestmark = pytest.mark.django_db
LIST = "admin:ungating_ungatingtask_changelist"
LINK = "https://sellercentral.amazon.com/approvals?brand=Acme"


def signed_in(role: str | None = None) -> Browser:
    user = User.objects.create_user(role or "root", is_staff=True, is_superuser=role is None)
    if role:
        user.groups.add(Group.objects.get(name=role))
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def task() -> UngatingTask:
    store = make_store()
    ungate(store, "Acme", Scope.BRAND, status=Status.GATED, approval_url=LINK)
    task = UngatingTask.objects.create(store=store, brand="Acme", ask="approval", unlocks=Decimal("640.20"))
    raise_alert(kind=AlertKind.UNGATING_ACTION, title="Acme", fold_key=task_alert(task.pk))
    return task


def page(task: UngatingTask, browser: Browser) -> str:
    text = browser.get(reverse("admin:ungating_ungatingtask_change", args=[task.pk])).content.decode()
    return " ".join(text.split())


def test_a_task_is_settled_by_post_with_its_alert(task: UngatingTask) -> None:
    root, url = signed_in(), reverse(LIST)
    root.get(url, {"action": "dismiss", "_selected_action": [task.pk]})
    assert UngatingTask.objects.get().state == "open"
    root.post(url, {"action": "dismiss", "_selected_action": [task.pk]})
    root.post(url, {"action": "mark_done", "_selected_action": [task.pk]})
    task.refresh_from_db()
    assert (task.state, task.closed_because, task.settled_by.username) == ("dismissed", "by_hand", "root")
    assert task.settled_unlocks == Decimal("640.20")
    assert Alert.objects.get().state == "done"


def test_a_viewer_settles_nothing(task: UngatingTask) -> None:
    signed_in("viewer").post(reverse(LIST), {"action": "dismiss", "_selected_action": [task.pk]})
    assert (UngatingTask.objects.get().state, Alert.objects.get().state) == ("open", "open")


def test_its_page_tells_the_goods_the_worth_and_where_to_ask(task: UngatingTask) -> None:
    make_asin(on_hand=63)
    make_asin("B000000002", on_hand=12, unit_cost=Decimal("53.35"), title="<i>Lamp</i>")
    Asin.objects.filter(code="B000000002").update(reserved=1)
    text = page(task, signed_in())
    rows = text[text.index("<th>ASIN</th>") :]
    lamp = "<td>&lt;i&gt;Lamp&lt;/i&gt;</td><td>6</td><td>$320.10</td><td>Brand Acme: gated</td>"
    product = "<td>Product B000000001</td><td>60</td><td>$600.00</td><td>Brand Acme: gated</td>"
    assert rows.index(product) < rows.index(lamp) < rows.index("<td>2 ASINs</td><td></td><td>66</td><td>$920.10</td>")
    assert f'href="{LINK}"' in text


@pytest.mark.parametrize(
    "asin", [{"on_hand": 5}, {"brand": "Other"}, {"is_active": False}, {"case_length": Decimal(90)}]
)
def test_what_it_would_not_unlock_is_left_out(task: UngatingTask, asin: dict[str, Any]) -> None:
    make_asin(**asin)
    assert "no stock of it is kept from this store by gating alone" in page(task, signed_in())


def test_what_the_store_may_have_or_may_never_have_is_left_out(task: UngatingTask) -> None:
    for number, status in enumerate((Status.UNGATED, Status.NOT_ELIGIBLE), start=1):
        code = f"B00000000{number}"
        make_asin(code)
        ungate(task.store, code, Scope.ASIN, status=status)
    assert "no stock of it is kept from this store by gating alone" in page(task, signed_in())


def test_a_link_that_is_no_web_address_is_no_link(task: UngatingTask) -> None:
    task.store.ungating_statuses.update(approval_url="javascript:alert(1)")
    make_asin()
    assert "javascript:" not in page(task, signed_in())


@pytest.mark.parametrize("asins", [2, 30])
def test_its_goods_are_found_with_two_queries(task: UngatingTask, asins: int, django_assert_num_queries: Any) -> None:
    for number in range(asins):
        make_asin(f"B{number:09d}")
    with django_assert_num_queries(2):
        assert len(locked_goods(task, now=timezone.now())) == asins
    assert ("and 10 more" in page(task, signed_in())) is (asins == 30)


def test_a_task_is_settled_on_its_page_once_with_a_reason(task: UngatingTask) -> None:
    root, url = signed_in(), reverse("admin:ungating_ungatingtask_settle_page", args=[task.pk])
    assert url in page(task, root)
    refused = root.post(url, {"state": "open", "reason": ""})
    assert "Select a valid choice" in refused.content.decode()
    assert root.post(url, {"state": "done", "reason": "Asked on Monday"}, follow=True).status_code == 200
    task.refresh_from_db()
    assert (task.state, task.closed_because, task.settled_by.username) == ("done", "by_hand", "root")
    assert task.history.first().history_change_reason == "Asked on Monday"
    assert Alert.objects.get().state == "done"
    assert url not in page(task, root)
    again = root.post(url, {"state": "dismissed", "reason": ""})
    assert "The task was settled already: done." in again.content.decode()
    assert UngatingTask.objects.get().state == "done"


def test_its_page_for_settling_needs_the_permission_and_a_task(task: UngatingTask) -> None:
    viewer, name = signed_in("viewer"), "admin:ungating_ungatingtask_settle_page"
    assert reverse(name, args=[task.pk]) not in page(task, viewer)
    assert viewer.post(reverse(name, args=[task.pk]), {"state": "done"}).status_code == 403
    assert signed_in().get(reverse(name, args=["99"])).status_code == 302
    assert UngatingTask.objects.get().state == "open"
