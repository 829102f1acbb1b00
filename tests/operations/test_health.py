"""The health page: what it says, and that it says it without a login and without a secret."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django_q.models import OrmQ, Schedule

from common.models import Run, RunState
from operations import health
from sync.models import SourceState

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ASKS = """
import django
django.setup()
from django.test import Client
answer = Client(SERVER_NAME="localhost").get("/healthz")
print(answer.status_code, answer.content.decode())
"""


def ago(**duration: float) -> datetime:
    return NOW - timedelta(**duration)


@pytest.mark.django_db
def test_a_new_installation_is_well() -> None:
    assert health.look(NOW).as_json() == {
        "status": "ok",
        "checks": {
            "database": {"status": "ok", "message": "The database answers."},
            "queue": {
                "status": "ok",
                "message": "Work is done as it comes.",
                "waiting": 0,
                "oldest_task_seconds": None,
                "schedule_late_seconds": None,
            },
            "sources": {"status": "ok", "message": "No source is set."},
            "backups": {
                "status": "ok",
                "message": "The first backup is yet to come.",
                "newest": None,
                "age_seconds": None,
            },
        },
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "level"), [(4, "ok"), (6, "degraded")])
def test_a_task_that_waits_for_more_than_five_minutes_is_trouble(minutes: int, level: str) -> None:
    OrmQ.objects.create(key="allocation", payload="x", lock=ago(minutes=minutes))
    OrmQ.objects.create(key="allocation", payload="x", lock=NOW + timedelta(minutes=20))
    check = health.check_queue(NOW)
    assert (check.level.value, check.facts["waiting"], check.facts["oldest_task_seconds"]) == (
        level,
        1,
        minutes * 60,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("late", "repeats", "level"), [(4, -1, "ok"), (6, -1, "degraded"), (6, 0, "ok"), (-60, -1, "ok")]
)
def test_a_schedule_that_nobody_starts_is_trouble(late: int, repeats: int, level: str) -> None:
    Schedule.objects.create(name="x", func="math.floor", next_run=ago(minutes=late), repeats=repeats)
    assert health.check_queue(NOW).level.value == level


@pytest.mark.django_db
def test_a_source_that_is_set_must_be_read_in_time(settings: Any) -> None:
    settings.PORTAL_URL, settings.PANEL_URL = "file:portal.csv", "file:panel"
    SourceState.objects.create(source="portal", as_of=ago(minutes=1))
    SourceState.objects.create(source="panel", as_of=ago(minutes=5))
    SourceState.objects.create(source="preorders", as_of=ago(days=90))
    check = health.check_sources(NOW)
    assert (check.level.value, check.message) == ("degraded", "Not read in time: AutoFBA panel.")
    assert check.facts["portal"] == {
        "as_of": "2026-11-22T11:59:00+00:00", "age_seconds": 60, "stale_after_seconds": 270, "held": False
    }  # fmt: skip
    SourceState.objects.filter(source="panel").update(as_of=NOW)
    assert health.check_sources(NOW).message == "Every source is fresh."


@pytest.mark.django_db
def test_a_source_that_is_set_and_was_never_read_is_trouble(settings: Any) -> None:
    settings.PORTAL_URL = "file:portal.csv"
    check = health.check_sources(NOW)
    facts = {"as_of": None, "age_seconds": None, "stale_after_seconds": 270, "held": False}
    assert (check.level.value, check.facts) == ("degraded", {"portal": facts})


@pytest.mark.django_db
def test_only_a_backup_that_succeeded_counts() -> None:
    Run.objects.create(kind="backup", state=RunState.FAILED, started_at=ago(hours=1), finished_at=ago(hours=1))
    assert health.check_backups(NOW).message == "The first backup is yet to come."
    Run.objects.create(kind="backup", state=RunState.SUCCEEDED, started_at=ago(hours=27), finished_at=ago(hours=27))
    check = health.check_backups(NOW)
    assert (check.level.value, check.message) == ("degraded", "The newest backup is too old.")
    Run.objects.create(kind="backup", state=RunState.SUCCEEDED, started_at=ago(hours=25), finished_at=ago(hours=25))
    check = health.check_backups(NOW)
    assert (check.level.value, check.facts["age_seconds"]) == ("ok", 25 * 3600)


@pytest.mark.django_db
def test_no_backup_a_day_after_the_first_run_is_trouble() -> None:
    Run.objects.create(kind="sync.portal", state=RunState.SUCCEEDED, started_at=ago(hours=27))
    check = health.check_backups(NOW)
    assert (check.level.value, check.message) == ("degraded", "There is no backup yet.")


@pytest.mark.django_db
def test_the_page_needs_no_login_and_is_never_cached(client: Browser) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert "no-store" in answer["Cache-Control"]
    assert set(answer.json()) == {"status", "checks"}
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_what_is_only_degraded_still_answers_200(client: Browser, settings: Any) -> None:
    settings.PORTAL_URL = "file:portal.csv"
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


@pytest.mark.parametrize(
    ("database", "status", "whole"),
    [("no-such-folder/x.sqlite3", 503, "down"), ("empty.sqlite3", 200, "degraded")],
)
def test_a_database_that_is_away_is_503_and_one_without_tables_is_not(
    tmp_path: Path, database: str, status: int, whole: str
) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "settings.development",
        "DATABASE_URL": f"sqlite:///{tmp_path}/{database}",
        "LOG_LEVEL": "CRITICAL",
    }
    asked = subprocess.run(
        [sys.executable, "-c", ASKS], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert asked.stdout.startswith(f'{status} {{"status": "{whole}"'), asked.stderr
    assert str(tmp_path) not in asked.stdout
