"""The sample files through the command: the yardstick of the whole import."""

import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from allocation.models import Preorder
from clients.models import Client, LedgerEntry, PanelTransaction, Store
from common.models import Run, RunState
from inventory.models import Asin, StockMovement
from sync.models import RowIssue, SourceName, SourceState
from sync.services import sync_every_source
from tests.sync.cases import DATA, NOW, DomainWrites, digest
from ungating.models import UngatingStatus

EXPECTED = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def sample_addresses(settings: Any) -> None:
    settings.PORTAL_URL = f"file:{DATA / 'buying_portal.csv'}"
    settings.PANEL_URL = f"file:{DATA / 'panel'}"
    settings.UNGATING_URL = f"file:{DATA / 'ungating'}"
    settings.PREORDERS_URL = f"file:{DATA / 'preorders.csv'}"


def money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def measures(values: list[float] | None, count: int) -> tuple[Decimal | None, ...]:
    return tuple(Decimal(str(value)) for value in values) if values else (None,) * count


def expected_row(values: dict[str, Any]) -> tuple[Any, ...]:
    return (
        values["title"],
        values["brand"],
        values["category"],
        date.fromisoformat(values["date_added"]),
        values["quantity_purchased"],
        values["remaining_quantity"],
        values["remaining_quantity"],
        money(values["unit_cost"]),
        money(values["min_shipping"]),
        money(values["max_shipping"]),
        *measures(values["unit_in"], 3),
        *measures([values["unit_lb"]] if values["unit_lb"] is not None else None, 1),
        values["case_pack"],
        *measures(values["case_in"], 3),
        *measures([values["case_lb"]] if values["case_lb"] is not None else None, 1),
        values["estimated"],
        money(values["sale_price"]),
        money(values["amazon_fees"]),
        values["priority"] or "",
        "feed",
        True,
    )


def stored_row(asin: Asin) -> tuple[Any, ...]:
    names = (
        "title brand category date_added quantity_purchased on_hand portal_remaining unit_cost min_shipping "
        "max_shipping unit_length unit_width unit_height unit_weight case_pack case_length case_width "
        "case_height case_weight estimated sale_price amazon_fees priority source is_active"
    )
    return tuple(getattr(asin, name) for name in names.split())


@pytest.mark.django_db
def test_the_samples_are_taken_over_exactly_and_only_once(sample_addresses: None) -> None:
    with DomainWrites() as writes:
        reports = {report.source: report for report in sync_every_source(now=NOW)}

    assert len(writes.statements) > 4
    assert list(reports) == [SourceName.PORTAL, SourceName.PANEL, SourceName.UNGATING, SourceName.PREORDERS]
    assert {report.state for report in reports.values()} == {RunState.SUCCEEDED}
    assert {asin.code: stored_row(asin) for asin in Asin.objects.all()} == {
        code: expected_row(values) for code, values in EXPECTED["asins"].items()
    }
    assert Asin.objects.count() == EXPECTED["accepted"] == reports[SourceName.PORTAL].created
    issues = RowIssue.objects.filter(source=SourceName.PORTAL, is_warning=False, closed_at=None)
    assert list(issues.values("row", "reason")) == EXPECTED["rejects"]
    assert Counter(issues.values_list("reason", flat=True)) == EXPECTED["rejected"]
    totals = StockMovement.objects.aggregate(units=Sum("on_hand_change"))
    assert totals["units"] == EXPECTED["units"] == Asin.objects.aggregate(units=Sum("on_hand"))["units"]
    assert (Client.objects.count(), Store.objects.count()) == (EXPECTED["clients"], EXPECTED["stores"])
    assert UngatingStatus.objects.filter(is_active=True).count() == EXPECTED["ungating"]
    assert LedgerEntry.objects.aggregate(usd=Sum("balance_change"))["usd"] == sum(
        Decimal(client["balance"]) for client in json.loads((DATA / "panel" / "clients.json").read_text())
    )
    assert PanelTransaction.objects.count() == 39
    check_preorders()
    check_second_run()


def check_preorders() -> None:
    assert Preorder.objects.count() == 20
    first = Preorder.objects.get(store__panel_id="3", asin__code="B0LMUIXU57")
    assert (first.client.panel_id, first.quantity, first.paid) == ("3", 12, Decimal("207.84"))
    assert first.unit_cost == Decimal(EXPECTED["asins"]["B0LMUIXU57"]["unit_cost"])
    assert first.amount == first.unit_cost * 12
    assert list(Preorder.objects.exclude(flag="").values_list("store__panel_id", "flag")) == [
        ("16", "Store 16 is suspended.")
    ]


def check_second_run() -> None:
    before, issues = digest(), list(RowIssue.objects.order_by("pk").values_list())
    later = NOW + timedelta(hours=1)
    with DomainWrites() as writes:
        again = sync_every_source(now=later)
    assert writes.statements == []
    assert [(report.state, report.changed) for report in again] == [(RunState.SUCCEEDED, 0)] * 4
    assert [report.outcome.total("unchanged") for report in again] == [943, 41 + 66 + 39, 1639, 20]
    assert digest() == before
    assert list(RowIssue.objects.order_by("pk").values_list()) == issues
    assert Run.objects.filter(kind__startswith="sync.", state=RunState.SUCCEEDED).count() == 8
    assert set(SourceState.objects.values_list("as_of", flat=True)) == {later}
