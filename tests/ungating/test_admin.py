"""Ungating statuses in the admin: overrides and their history, imports by store and thing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import ProtectedError
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.sources import Source
from sync.models import SourceName
from tests.factories import make_store, ungate
from tests.sync.cases import status, statuses, take
from ungating.models import Scope, Status, UngatingChange, UngatingStatus
from ungating.services import record_change, reset_override, set_override

pytestmark = pytest.mark.django_db
LIST = "admin:ungating_ungatingstatus_changelist"


@pytest.fixture
def root() -> Browser:
    signed_in = Browser()
    signed_in.force_login(User.objects.create_superuser("root"))
    return signed_in


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


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
    assert history() == [("", "gated", False, "Made by hand"), ("gated", "ungated", False, "Changed by hand")]
    assert {change.actor.username for change in UngatingChange.objects.select_related("actor")} == {"root"}


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
    assert history() == [("gated", "ungated", False, "Imported"), ("", "gated", False, "Imported")]
    assert UngatingStatus.objects.get(key="acme").value == "Acme"
    rows = set(UngatingStatus.objects.values_list("scope", "key", "status", "source"))
    assert rows == {
        ("brand", "acme", "ungated", "manual"),
        ("brand", "zeta", "gated", "feed"),
        ("asin", "B000000001", "gated", "manual"),
    }


def test_a_status_made_to_speak_of_something_else_is_new_for_that(root: Browser) -> None:
    row = ungate(make_store(), "Acme", Scope.BRAND, status=Status.GATED)
    url = reverse("admin:ungating_ungatingstatus_change", args=[row.pk])
    root.post(url, form(store=row.store_id, value=" ACME ", is_active=""))
    root.post(url, form(store=row.store_id, value="Zeta", is_active="on"))
    assert history() == [
        ("gated", "", False, "Taken out of use"),
        ("", "gated", False, "Changed by hand, was Brand ACME"),
        ("", "gated", False, "Brought back into use"),
    ]


def test_what_is_taken_out_of_use_and_back_leaves_lines(root: Browser) -> None:
    row = ungate(make_store(), source=Source.FEED)
    for action in ("deactivate", "deactivate", "reactivate"):
        root.post(reverse(LIST), {"action": action, "_selected_action": [row.pk]})
    assert history() == [("ungated", "", False, "Taken out of use"), ("", "ungated", False, "Brought back into use")]


def test_what_has_a_history_cannot_be_deleted(root: Browser) -> None:
    row = ungate(make_store())
    url = reverse("admin:ungating_ungatingstatus_delete", args=[row.pk])
    set_override(statuses=[row], status=Status.GATED, reason="complaints")
    assert root.post(url, {"post": "yes"}).status_code == 403
    with pytest.raises(ProtectedError):
        row.delete()
    UngatingChange.objects.all().delete()
    assert root.post(url, {"post": "yes"}).status_code == 302
    assert not UngatingStatus.objects.exists()


def test_a_bulk_override_tells_what_became_of_each(root: Browser) -> None:
    store = make_store()
    rows = [
        ungate(store, "Acme", Scope.BRAND, status=Status.GATED),
        ungate(store, "Brio", Scope.BRAND, status=Status.GATED, source=Source.FEED),
        ungate(store, "Coda", Scope.BRAND, override=Status.UNGATED, override_reason="approved"),
    ]
    chosen = {"action": "override_selected", "_selected_action": [row.pk for row in rows]}
    page = root.post(reverse(LIST), chosen).content.decode()
    assert "Override 3 ungating statuses" in page
    assert all(text in page for text in ("Brand Acme: No", "Brand Brio: No", "Brand Coda: Yes"))
    answer = root.post(reverse(LIST), chosen | {"apply": "1", "status": "ungated", "reason": " approved "}, follow=True)
    assert told(answer) == [
        "2 statuses overridden as “Yes”: Store 1: Brand Acme (was No); Store 1: Brand Brio (was No). "
        "1 as before: Store 1: Brand Coda."
    ]
    assert history() == [("", "ungated", True, "approved")] * 2
    answer = root.post(reverse(LIST), chosen | {"action": "reset_selected"}, follow=True)
    assert told(answer) == [
        "3 overrides reset: the status itself counts again: "
        "Store 1: Brand Acme (No); Store 1: Brand Brio (No); Store 1: Brand Coda (Yes)."
    ]
    root.get(reverse(LIST), chosen | {"apply": "1", "status": "gated", "reason": "x"})
    assert set(UngatingStatus.objects.values_list("override", flat=True)) == {""}


def test_all_of_a_filtered_list_are_overridden(root: Browser) -> None:
    store = make_store()
    for number in range(60):
        ungate(store, f"Brand {number:02}", Scope.BRAND, status=Status.GATED)
    ungate(store)
    chosen = {
        "action": "override_selected",
        "select_across": "1",
        "_selected_action": [UngatingStatus.objects.first().pk],
    }
    url = reverse(LIST) + "?scope__exact=brand"
    page = root.post(url, chosen).content.decode()
    assert "Override 60 ungating statuses" in page
    assert "40 more" in page
    answer = root.post(url, chosen | {"apply": "1", "status": "ungated", "reason": "all"}, follow=True)
    assert told(answer)[0].startswith("60 statuses overridden as “Yes”: ")
    assert told(answer)[0].endswith("Brand 09 (was No); and 50 more.")
    assert UngatingChange.objects.count() == 60


def test_the_list_is_filtered_by_expiry(root: Browser) -> None:
    store, now = make_store(), timezone.now()
    for name, days in (("Gone", -1), ("Soon", 13), ("Later", 15)):
        ungate(store, name, Scope.BRAND, expires_at=now + timedelta(days=days, minutes=5))
    ungate(store, "Never", Scope.BRAND)
    for choice, expected in (("expired", ["Gone"]), ("soon", ["Soon"])):
        answer = root.get(reverse(LIST), {"expiry": choice})
        assert [row.value for row in answer.context["cl"].result_list] == expected
    assert "in 13 days" in answer.content.decode()


def test_a_page_tells_the_history_of_its_status(root: Browser) -> None:
    row = ungate(make_store(), "Acme", Scope.BRAND, status=Status.GATED, source=Source.FEED)
    record_change(status=row, old=Status.UNGATED, reason="APPROVAL_REQUIRED")
    anna = User.objects.create_user("anna", first_name="Anna", last_name="Lee")
    set_override(statuses=[row], status=Status.UNGATED, reason="<b>letter</b>", actor=anna)
    url = reverse("admin:ungating_ungatingstatus_change", args=[row.pk])
    text = " ".join(root.get(url).content.decode().split())
    table = text[text.index("<th>When</th>") :]
    pill = '<span class="pill pill-{}">{}</span>'
    assert "&lt;b&gt;letter&lt;/b&gt;" in table
    first = (
        f"<td>—</td><td>{pill.format('green', 'Yes')}</td><td>{pill.format('blue', 'override')}</td><td>Anna Lee</td>"
    )
    assert table.index(first) < table.index("<td>The feed</td><td>APPROVAL_REQUIRED</td>")


def test_the_feed_does_not_undo_an_override(tmp_path: Path) -> None:
    make_store()
    take(SourceName.UNGATING, statuses(tmp_path, [status("1")]))
    row = UngatingStatus.objects.get()
    set_override(statuses=[row], status=Status.UNGATED, reason="approved")
    newer = [status("1", status="Not eligible", updated_at="2026-11-01T08:00:00Z")]
    take(SourceName.UNGATING, statuses(tmp_path, newer))
    take(SourceName.UNGATING, statuses(tmp_path, newer))
    row.refresh_from_db()
    assert (row.status, row.override, row.effective(timezone.now())) == ("not_eligible", "ungated", "ungated")
    assert history() == [
        ("", "ungated", True, "approved"),
        ("gated", "not_eligible", False, "APPROVAL_REQUIRED"),
    ]
