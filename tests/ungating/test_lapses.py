"""What expires and comes back by the clock leaves lines in the history, once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifications.models import Alert
from tests.factories import make_store, ungate
from ungating.models import Scope, Status, UngatingChange, UngatingStatus
from ungating.services import note_lapses

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


def expiring(**fields: Any) -> UngatingStatus:
    return ungate(make_store(), "Acme", Scope.BRAND, **({"expires_at": NOW} | fields))


def history() -> list[tuple[str, str, str]]:
    return list(UngatingChange.objects.order_by("pk").values_list("old", "new", "reason"))


def alerts() -> list[tuple[str, str]]:
    return list(Alert.objects.order_by("pk").values_list("title", "state"))


def test_a_status_that_expires_is_noted_once() -> None:
    expiring()
    assert note_lapses(now=NOW - timedelta(seconds=1)) == 0
    assert note_lapses(now=NOW) == 1
    assert note_lapses(now=NOW) == 0
    assert history() == [("ungated", "unknown", "Expired Nov 22, 2026")]
    assert alerts() == [("1 ungating status has expired", "open")]
    assert Alert.objects.get().link == "/admin/ungating/ungatingstatus/?expiry=expired"


@pytest.mark.parametrize("expires_at", [None, NOW + timedelta(days=30)])
def test_one_that_counts_again_is_noted_too(expires_at: datetime | None) -> None:
    expiring()
    note_lapses(now=NOW)
    UngatingStatus.objects.update(expires_at=expires_at)
    assert note_lapses(now=NOW) == 1
    assert note_lapses(now=NOW) == 0
    assert history()[1:] == [("unknown", "ungated", "Renewed")]
    assert alerts() == [("1 ungating status has expired", "done")]


def test_an_unknown_status_stays_unknown() -> None:
    expiring(status=Status.UNKNOWN)
    assert note_lapses(now=NOW) == 1
    assert (history(), alerts()) == ([], [])


def test_what_an_override_beats_needs_nobody() -> None:
    expiring(override=Status.UNGATED, override_reason="seen")
    assert note_lapses(now=NOW) == 1
    assert history() == [("ungated", "unknown", "Expired Nov 22, 2026")]
    assert alerts() == []


@pytest.mark.parametrize("change", [{"override": "gated"}, {"is_active": False}, {"status": "unknown"}])
def test_the_alert_is_over_once_nobody_needs_to_look(change: dict[str, Any]) -> None:
    expiring()
    note_lapses(now=NOW)
    UngatingStatus.objects.update(**change)
    assert note_lapses(now=NOW) == 0
    assert alerts() == [("1 ungating status has expired", "done")]


def test_what_is_not_in_use_is_left_alone() -> None:
    expiring(is_active=False)
    assert note_lapses(now=NOW) == 0


def test_several_are_told_together() -> None:
    store = make_store()
    for number in range(3):
        ungate(store, f"Brand {number}", Scope.BRAND, expires_at=NOW + timedelta(hours=number))
    assert note_lapses(now=NOW + timedelta(hours=1)) == 2
    assert note_lapses(now=NOW + timedelta(hours=2)) == 1
    assert alerts() == [("3 ungating statuses have expired", "open")]
