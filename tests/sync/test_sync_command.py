"""manage.py sync: what it prints and how it ends."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from common.models import Run
from inventory.models import Asin
from tests.sync.cases import asin_row, panel, sheet

pytestmark = pytest.mark.django_db


def sync(*arguments: object, **options: Any) -> str:
    out = StringIO()
    call_command("sync", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def test_it_prints_what_changed_and_every_refusal(tmp_path: Path) -> None:
    rows = [asin_row(number) for number in range(1, 23)]
    file = sheet(tmp_path, [*rows, asin_row(30, cost="TBD"), asin_row(31, Category="x" * 300)])
    lines = sync("portal", "--file", file).splitlines()
    assert lines[:3] == [
        "portal: 23 created; 1 refused, 1 warnings.",
        "  Changes (the first 20 of 23):",
        "    + B000000001: 60 units",
    ]
    assert lines[22:24] == [
        "  Refused (1):",
        "    row 24, unit_cost 'TBD': invalid_unit_cost. Unit Cost 'TBD' is not an amount in US dollars.",
    ]
    assert lines[24] == "  Warnings (1):"
    assert lines[25].startswith("    row 25, category 'xxx")
    assert lines[25].endswith("is longer than 200 characters and was cut.")
    assert len(lines) == 26

    again = sync("portal", "--file", file).splitlines()
    assert again[0] == "portal: 23 unchanged; 1 refused, 1 warnings. No changes."


def test_it_tells_the_parts_of_the_panel(tmp_path: Path) -> None:
    assert sync("panel", "--file", panel(tmp_path)).splitlines() == [
        "panel: 2 created; 0 refused, 0 warnings.",
        "  clients: 1 created",
        "  stores: 1 created",
        "  transactions: nothing",
        "  Changes (2):",
        "    + client 1: Client 1, $1,000.00",
        "    + store 1: Store 1 of client 1",
    ]


def test_a_source_that_is_not_set_is_skipped_with_a_line() -> None:
    assert sync("all").splitlines() == [
        "portal: not set (PORTAL_URL), skipped.",
        "panel: not set (PANEL_URL), skipped.",
        "ungating: not set (UNGATING_URL), skipped.",
        "preorders: not set (PREORDERS_URL), skipped.",
    ]
    assert Run.objects.count() == 0


def test_an_unusable_file_ends_in_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^portal: failed\. .*nothing\.csv does not exist\.$"):
        sync("portal", "--file", tmp_path / "nothing.csv")


def test_a_held_run_ends_in_an_error_and_can_be_released(tmp_path: Path) -> None:
    rows = [asin_row(number) for number in range(1, 5)]
    sync("portal", "--file", sheet(tmp_path, rows))
    file = sheet(tmp_path, rows[:1])
    with pytest.raises(CommandError, match=r"^portal: held\. 3 of 4 ASINs .* --accept-mass-change$"):
        sync("portal", "--file", file)
    assert Asin.objects.filter(is_active=True).count() == 4
    assert sync("portal", "--file", file, "--accept-mass-change").startswith("portal: 1 unchanged, 3 deactivated")


def test_a_file_needs_one_source(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--file takes the file of one source"):
        sync("all", "--file", tmp_path)


def test_json_and_silence(tmp_path: Path) -> None:
    file = sheet(tmp_path, [asin_row(1), asin_row(2, cost="TBD")])
    assert sync("portal", "--file", file, verbosity=0) == ""
    (report,) = json.loads(sync("portal", "--file", file, "--json"))
    assert (report["source"], report["state"], report["error"]) == ("portal", "succeeded", "")
    assert report["counts"]["unchanged"] == 1
    assert report["issues"] == [
        {
            "part": "",
            "row": 3,
            "key": "B000000002",
            "field": "unit_cost",
            "value": "TBD",
            "reason": "invalid_unit_cost",
            "message": "Unit Cost 'TBD' is not an amount in US dollars.",
            "severity": "refused",
        }
    ]
