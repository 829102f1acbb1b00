"""manage.py bench sync, on sizes of seconds."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from allocation.bench.measure import Took
from common.models import Run
from inventory.models import Asin, StockMovement
from notifications.models import Alert
from sync.bench.report import summary
from sync.bench.run import Result, Step, Wanted
from sync.bench.sheets import Spec
from sync.models import RowIssue, SourceName, SourceState
from tests.factories import make_asin, make_client

TINY = ("--rows", "200", "--changed", "0.02", "--peer-rows", "100")


@pytest.fixture(autouse=True)
def files_of_its_own(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path


def bench(*arguments: str) -> tuple[str, str, int]:
    """What `manage.py bench sync` prints, its progress, and its exit code."""
    out, progress = StringIO(), StringIO()
    code = 0
    try:
        call_command("bench", "sync", *arguments, stdout=out, stderr=progress)
    except SystemExit as end:
        code = int(str(end.code))
    return out.getvalue(), progress.getvalue(), code


@pytest.mark.django_db(transaction=True)
def test_everything_is_measured_and_nothing_is_left_behind() -> None:
    earlier = Run.objects.create(kind="sync.panel")
    SourceState.objects.create(source=SourceName.PORTAL, header_hash="x" * 64)
    text, progress, code = bench(*TINY, "--json")
    data = json.loads(text)
    assert [(step["name"], step["asins"]) for step in data["ours"]] == [
        ("first import", 198), ("unchanged", 198), ("2.00% changed", 198),
    ]  # fmt: skip
    assert [(step["name"], step["asins"]) for step in data["import_export"]] == [
        ("import-export", 100), ("import-export again", 100),
    ]  # fmt: skip
    assert data["bulk_create"]["asins"] == 198
    assert data["engine"] == connection.vendor
    assert all(step["rate"] > 0 for step in (*data["ours"], *data["import_export"], data["bulk_create"]))
    assert code == (not all(mark["ok"] for mark in data["marks"]))
    assert "First import, an unchanged sheet, 4 changed rows" in progress

    emptied = (*apps.get_app_config("inventory").get_models(), RowIssue, Alert)
    assert [model._meta.label for model in emptied if model._base_manager.exists()] == []
    assert Run.objects.get() == earlier
    assert SourceState.objects.get().header_hash == "x" * 64
    make_asin(on_hand=0)
    StockMovement.objects.create(asin=Asin.objects.get(), kind="opening", on_hand_change=1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StockMovement.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.parametrize(("make", "held"), [(make_asin, "ASINs"), (make_client, "clients")])
def test_a_database_with_data_of_others_is_refused(make: Any, held: str) -> None:
    make()
    with pytest.raises(CommandError, match=f"The database holds {held}. The bench fills and empties it"):
        bench(*TINY)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--rows", "99"), "99 is not from 100 to 240,000"),
        (("--rows", "240001"), "240001 is not from 100"),
        (("--peer-rows", "many"), "invalid _rows value"),
        (("--changed", "1.5"), "1.5 is not from 0 to 1"),
    ],
)
def test_arguments_are_checked(arguments: tuple[str, str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        bench(*arguments)


def result(**seconds: float) -> Result:
    """99,000 ASINs in so many seconds; 5,000 by import-export in 20."""
    took = {"first": 40.0, "again": 5.0, "bare": 15.0, "memory": 250.0} | seconds

    def step(name: str, asins: int, wall: float) -> Step:
        return Step(name, asins, Took(wall, wall))

    return Result(
        wanted=Wanted(Spec(100_000, 1, 0.01), 5_000, Path()),
        engine="sqlite",
        file_mb=20.0,
        ours=[step("first import", 99_000, took["first"]), step("", 99_000, took["again"]), step("", 99_000, 9.0)],
        memory=took["memory"],
        bare=step("bulk_create", 99_000, took["bare"]),
        default=[step("import-export", 5_000, 25.0), step("import-export again", 5_000, 20.0)],
    )


def test_the_summary_says_every_number_and_the_faster_import_counts() -> None:
    assert result().ok
    assert summary(result()) == (
        "bench sync: 100,000 rows, sqlite: first import / bulk_create 37.5 % [>= 25 % ok]; first import / "
        "import-export 10 x [>= 5 x ok]; unchanged / import-export 79 x [>= 20 x ok]; memory 250 MB [<= 500 MB ok]: "
        "PASS"
    )


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"first": 61.0}, "24.6 % [>= 25 % MISS]"),
        ({"first": 80.0, "bare": 30.0}, "5 x [>= 5 x MISS]"),
        ({"again": 20.0}, "20 x [>= 20 x MISS]"),
        ({"memory": 501.0}, "501 MB [<= 500 MB MISS]"),
    ],
)
def test_a_miss_is_named(changes: dict[str, float], missed: str) -> None:
    assert not result(**changes).ok
    line = summary(result(**changes))
    assert missed in line
    assert line.count("MISS") == 2
    assert line.endswith(": MISS")
