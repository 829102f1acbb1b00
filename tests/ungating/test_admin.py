"""Ungating statuses in the admin: overrides and their history, imports by store and thing."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.sources import Source
from tests.factories import make_store, ungate
from ungating.models import Scope, Status, UngatingChange, UngatingStatus, UngatingTask
from ungating.services import reset_override, set_override

pytestmark = pytest.mark.django_db
LIST = "admin:ungating_ungatingstatus_changelist"


@pytest.fixture
def root() -> Browser:
    signed_in = Browser()
    signed_in.force_login(User.objects.create_superuser("root"))
    return signed_in


def history() -> list[tuple[str, str, bool, str]]:
    return list(UngatingChange.objects.order_by("pk").values_list("old", "new", "is_override", "reason"))


def test_an_override_is_set_and_reset_with_its_history() -> None:
    row = ungate(make_store(), status=Status.GATED)
    assert set_override(statuses=[row], status=Status.UNGATED, reason="invoice approved") == 1
    assert set_override(statuses=[row], status=Status.UNGATED, reason="invoice approved") == 0
    row.refresh_from_db()
    assert (row.effective(timezone.now()), row.override_reason) == (Status.UNGATED, "invoice approved")
    assert reset_override(statuses=[row]) == 1
    row.refresh_from_db()
    assert (row.effective(timezone.now()), row.override_reason) == (Status.GATED, "")
    assert history() == [("", "ungated", True, "invoice approved"), ("ungated", "", True, "Override reset")]


@pytest.mark.parametrize(("status", "reason"), [("open", "x"), (Status.UNGATED, " ")])
def test_an_override_needs_a_known_status_and_a_reason(status: str, reason: str) -> None:
    row = ungate(make_store())
    with pytest.raises(DomainError):
        set_override(statuses=[row], status=status, reason=reason)
    assert history() == []


def form(**fields: Any) -> dict[str, Any]:
    return {"scope": "brand", "value": "Acme", "status": "gated", "is_active": "on"} | fields


def test_a_feeds_status_is_overridden_in_its_form(root: Browser) -> None:
    row = ungate(make_store(), "Acme", Scope.BRAND, status=Status.GATED, source=Source.FEED)
    url = reverse("admin:ungating_ungatingstatus_change", args=[row.pk])
    answer = root.post(url, {"override": "ungated", "override_reason": "", "status": "ungated"})
    assert "Say why the feed is overridden." in answer.content.decode()
    root.post(url, {"override": "ungated", "override_reason": "approved", "status": "not_eligible"})
    row.refresh_from_db()
    assert (row.status, row.override, row.override_reason) == ("gated", "ungated", "approved")
    root.post(url, {"override": "", "override_reason": ""})
    row.refresh_from_db()
    assert (row.override, row.override_reason) == ("", "")
    assert history() == [("", "ungated", True, "approved"), ("ungated", "", True, "Override reset")]


def test_a_change_by_hand_leaves_a_line(root: Browser) -> None:
    store = make_store()
    root.post(reverse("admin:ungating_ungatingstatus_add"), form(store=store.pk))
    row = UngatingStatus.objects.get()
    url = reverse("admin:ungating_ungatingstatus_change", args=[row.pk])
    root.post(url, form(store=store.pk, status="ungated"))
    assert history() == [("gated", "ungated", False, "Changed by hand")]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"value": "ACME"}, "has a status for Brand “ACME” already"),
        ({"scope": "asin", "value": "X1"}, "“X1” is not an ASIN"),
        ({"value": "  "}, "required"),
        ({"value": "\u00a0"}, "required"),
    ],
)
def test_a_status_speaks_of_one_thing_once(root: Browser, fields: dict[str, str], message: str) -> None:
    store = make_store()
    ungate(store, "Acme", Scope.BRAND)
    answer = root.post(reverse("admin:ungating_ungatingstatus_add"), form(store=store.pk, **fields))
    assert message in answer.content.decode()
    assert UngatingStatus.objects.count() == 1


def test_many_are_overridden_at_once_after_a_reason(root: Browser) -> None:
    store = make_store()
    rows = [ungate(store, name, Scope.BRAND, status=Status.GATED) for name in ("A", "B", "C")]
    chosen = {"action": "override_selected", "_selected_action": [rows[0].pk, rows[1].pk]}
    page = root.post(reverse(LIST), chosen)
    assert "Override 2 ungating statuses" in page.content.decode()
    assert history() == []
    assert "required" in root.post(reverse(LIST), chosen | {"apply": "1", "status": "ungated"}).content.decode()
    root.post(reverse(LIST), chosen | {"apply": "1", "status": "ungated", "reason": "approved"})
    assert list(UngatingStatus.objects.order_by("pk").values_list("override", flat=True)) == ["ungated", "ungated", ""]
    root.post(reverse(LIST), {"action": "reset_selected", "_selected_action": [row.pk for row in rows]})
    assert set(UngatingStatus.objects.values_list("override", flat=True)) == {""}
    assert UngatingChange.objects.count() == 4


def test_an_expired_status_does_not_count(root: Browser) -> None:
    ungate(make_store(), expires_at=timezone.now() - timedelta(days=1))
    text = root.get(reverse(LIST)).content.decode()
    assert "Expired" in text
    assert "Unknown" in text


def test_statuses_are_imported_by_store_and_thing(root: Browser) -> None:
    store = make_store()
    ungate(store, "Acme", Scope.BRAND, status=Status.GATED)
    ungate(store, "Zeta", Scope.BRAND, status=Status.GATED, source=Source.FEED)
    text = (
        "Store ID,Scope,Value,Status\n1,Brand, ACME ,Yes\n1,asin,b000000001,No\n9,brand,X,Yes\n"
        "1,shelf,X,Yes\n1,brand,zeta,Yes\n1,brand,acme,No\n"
    )
    url = reverse("admin:ungating_ungatingstatus_import")
    answer = root.post(url, {"import_file": SimpleUploadedFile("s.csv", text.encode()), "format": "0", "resource": "0"})
    said = [(row["row"], row["column"], row["text"]) for row in answer.context["problems"]]
    assert said == [
        (4, "Store ID", "There is no store “9”."),
        (5, "Scope", "“shelf” is none of: ASIN, Brand, Category."),
        (6, "Status", "This comes from the feed and cannot be changed by an import."),
        (7, "Store ID", "This is in row 2 already."),
    ]
    good = SimpleUploadedFile("s.csv", "\n".join(text.splitlines()[:3]).encode())
    answer = root.post(url, {"import_file": good, "format": "0", "resource": "0"})
    root.post(reverse("admin:ungating_ungatingstatus_process_import"), answer.context["confirm_form"].initial)
    assert history() == [("gated", "ungated", False, "Imported")]
    assert UngatingStatus.objects.get(key="acme").value == "Acme"
    rows = set(UngatingStatus.objects.values_list("scope", "key", "status", "source"))
    assert rows == {
        ("brand", "acme", "ungated", "manual"),
        ("brand", "zeta", "gated", "feed"),
        ("asin", "B000000001", "gated", "manual"),
    }


def test_tasks_are_settled_by_post(root: Browser) -> None:
    task = UngatingTask.objects.create(store=make_store(), brand="Acme", ask="invoice")
    url = reverse("admin:ungating_ungatingtask_changelist")
    root.post(url, {"action": "dismiss", "_selected_action": [task.pk]})
    root.post(url, {"action": "mark_done", "_selected_action": [task.pk]})
    assert UngatingTask.objects.get().state == "dismissed"
