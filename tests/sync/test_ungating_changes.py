"""The feed's statuses that come, go and return leave lines in the history, as changed ones do."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.models import SourceName
from tests.factories import make_client, make_store
from tests.sync.cases import NOW, status, statuses, take
from ungating.models import UngatingChange

pytestmark = pytest.mark.django_db


def run(folder: Path, *objects: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """What a complete reading of `objects` adds to the history."""
    before = set(UngatingChange.objects.values_list("pk", flat=True))
    take(SourceName.UNGATING, statuses(folder, list(objects)), now=NOW + timedelta(hours=1))
    added = UngatingChange.objects.exclude(pk__in=before).order_by("status__key", "pk")
    return list(added.values_list("status__value", "old", "new", "reason"))


def test_a_stores_first_reading_is_no_news_and_a_later_status_is(tmp_path: Path) -> None:
    make_store("1")
    assert run(tmp_path, status("1")) == []
    assert run(tmp_path, status("1"), status("2", "Books", status="Yes", reason="")) == [
        ("Books", "", "ungated", "New in the feed")
    ]
    make_store("2", client=make_client("2"))
    assert run(tmp_path, status("1"), status("2", "Books", status="Yes", reason=""), status("3", store_id="2")) == []


def test_what_goes_and_returns_leaves_a_line_each(tmp_path: Path) -> None:
    make_store("1")
    others = [status(str(number), f"Other {number}") for number in range(2, 6)]
    first = status("1", status="Yes", reason="")
    run(tmp_path, first, *others)
    assert run(tmp_path, *others) == [("Toys & Games", "ungated", "", "No longer in the feed")]
    assert run(tmp_path, *others) == []
    assert run(tmp_path, first, *others) == [("Toys & Games", "", "ungated", "Back in the feed")]
    assert run(tmp_path, first, *others) == []
