"""Twenty ways in which a source can want to change very much at once: each is held, and nothing is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.models import RunState
from sync.models import SourceName
from tests.sync.cases import (
    HEADERS,
    Row,
    asin_row,
    digest,
    panel,
    panel_client,
    panel_store,
    sheet,
    status,
    statuses,
    take,
)

pytestmark = pytest.mark.django_db
MANY = 60


def rows(count: int = MANY) -> list[Row]:
    return [asin_row(number) for number in range(1, count + 1)]


def renamed(old: str, new: str) -> tuple[tuple[str, ...], list[Row]]:
    headers = tuple(new if header == old else header for header in HEADERS)
    return headers, [{new if name == old else name: cell for name, cell in row.items()} for row in rows()]


def shifted() -> list[Row]:
    """Every cell right of the ASIN stands one column too far."""
    tail = HEADERS[1:]
    return [
        {"ASIN": row["ASIN"], tail[0]: ""} | dict(zip(tail[1:], map(row.get, tail), strict=False)) for row in rows()
    ]  # type: ignore[misc]


def with_column(header: str) -> tuple[tuple[str, ...], list[Row]]:
    return (*HEADERS, header), [row | {header: "x"} for row in rows()]


SHEETS: dict[str, Callable[[], tuple[tuple[str, ...], list[Row]]]] = {
    "half and one gone": lambda: (HEADERS, rows(29)),
    "all but one gone": lambda: (HEADERS, rows(1)),
    "other ASINs altogether": lambda: (HEADERS, [asin_row(number) for number in range(500, 560)]),
    "26 gone of 60": lambda: (HEADERS, rows(34)),
    "filtered by every other row": lambda: (HEADERS, rows()[::2][:29]),
    "sorted and cut": lambda: (HEADERS, rows()[::-1][:30][:25]),
    "an optional column renamed": lambda: renamed("Product Title", "Name of it"),
    "an optional column dropped": lambda: (tuple(h for h in HEADERS if h != "Brand"), rows()),
    "a column added": lambda: with_column("Remarks"),
    "columns shifted by one": lambda: (HEADERS, shifted()),
    "every cost unreadable": lambda: (HEADERS, [row | {"Unit Cost": "#REF!"} for row in rows()]),
    "every quantity unreadable": lambda: (HEADERS, [row | {"Qty Remaining": "#N/A"} for row in rows()]),
    "every ASIN in scientific notation": lambda: (HEADERS, [row | {"ASIN": "1.2E+09"} for row in rows()]),
    "every date day first": lambda: (HEADERS, [row | {"Date Added": "22/08/2026"} for row in rows()]),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_is_held(name: str, tmp_path: Path) -> None:
    take(SourceName.PORTAL, sheet(tmp_path, rows()))
    headers, changed = SHEETS[name]()
    check_held(SourceName.PORTAL, sheet(tmp_path, changed, headers=headers))


def clients(count: int) -> list[dict[str, Any]]:
    return [panel_client(str(number)) for number in range(1, count + 1)]


def stores(count: int) -> list[dict[str, Any]]:
    return [panel_store(str(number), "1") for number in range(1, count + 1)]


def buried(objects: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """The first `count` as deletions."""
    stones = [{"id": one["id"], "deleted_at": "2026-11-01T00:00:00Z"} for one in objects[:count]]
    return stones + objects[count:]


PANELS: dict[str, Callable[[], tuple[list[dict[str, Any]], list[dict[str, Any]]]]] = {
    "most clients gone": lambda: (clients(5), stores(10)),
    "most stores gone": lambda: (clients(10), stores(4)),
    "most clients deleted": lambda: (buried(clients(10), 6)[::-1], stores(10)[:5]),
    "no client and no store": lambda: ([], []),
}


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_is_held(name: str, tmp_path: Path) -> None:
    take(SourceName.PANEL, panel(tmp_path, clients(11), stores(10)))
    check_held(SourceName.PANEL, panel(tmp_path, *PANELS[name]()))


STATUSES: dict[str, Callable[[list[dict[str, Any]]], list[dict[str, Any]]]] = {
    "most statuses gone": lambda known: known[:20],
    "most statuses deleted": lambda known: buried(known, 31),
}


@pytest.mark.parametrize("name", STATUSES)
def test_statuses_are_held(name: str, tmp_path: Path) -> None:
    take(SourceName.PANEL, panel(tmp_path))
    known = [status(str(number), f"Brand {number}", scope="brand") for number in range(1, MANY + 1)]
    take(SourceName.UNGATING, statuses(tmp_path, known))
    check_held(SourceName.UNGATING, statuses(tmp_path, STATUSES[name](known)))


def check_held(source: SourceName, file: Path) -> None:
    """What it would do is tried and taken back; none of it is left."""
    before = digest()
    report = take(source, file)
    assert report.state == RunState.HELD, report.error
    assert digest() == before


def test_there_are_twenty() -> None:
    assert len(SHEETS) + len(PANELS) + len(STATUSES) == 20
