"""What a batch's page shows: plain context for its templates, few queries."""

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from allocation.models import Batch, BatchClient, Cart
from allocation.states import CartState
from common.money import ZERO, percent_up
from inventory.models import Asin
from pallets.batch_picture import fairness_svg
from pallets.batch_words import STAGES
from pallets.pages import REASON_TITLES

PATIENCE = timedelta(minutes=1)
MOST_PRICES = 12
# Where each stage lies on the bar, in per cent.
SPANS = {"prices": (1, 10), "carts": (10, 22), "improving": (22, 34), "bound": (34, 42), "packing": (42, 100)}
SORTS = {
    "client": lambda row: row.client.name_key,
    "spent": lambda row: -row.spent,
    "value": lambda row: -row.value,
    "share": lambda row: (row.share is None, row.share or 0),
    "shortfall": lambda row: -row.shortfall,
}


def gap_percent(batch: Batch) -> str | None:
    """How far below the best possible the batch is at most, in per cent."""
    return None if batch.gap is None else percent_up(batch.gap)


def percent(share: Decimal) -> str:
    return f"{share * 100:.1f}"


def progress_context(batch: Batch) -> dict[str, Any]:
    """How far a batch is that waits or runs."""
    run, now = batch.run, timezone.now()
    begin, end = SPANS.get(batch.stage, (0, 0))
    share = run.done / run.total if run.total else 0
    return {
        "batch": batch,
        "stage": STAGES.get(batch.stage, batch.stage),
        "percent": round(begin + (end - begin) * share),
        "counted": run.total > 1,
        "gap_percent": gap_percent(batch) if batch.gap is not None and batch.gap < 1 else None,
        "has_no_worker": run.attempts == 0 and now - run.started_at > PATIENCE,
        "is_lost": run.lease_until is not None and run.lease_until < now,
    }


def result_context(batch: Batch, sort: str) -> dict[str, Any]:
    """What a batch came to: by client with its carts, in the order asked for."""
    sort = sort if sort in SORTS else "client"
    results = sorted(batch.results.select_related("client"), key=lambda row: (SORTS[sort](row), row.pk))
    carts = list(_carts(batch))
    own: dict[int, list[Cart]] = defaultdict(list)
    for cart in carts:
        own[cart.client_id].append(cart)
    for row in results:
        row.own_carts = own[row.client_id]  # type: ignore[attr-defined]
        row.share_percent = None if row.share is None else percent(row.share)  # type: ignore[attr-defined]
        row.used_percent = f"{row.spent / row.budget * 100:.0f}" if row.budget else "0"  # type: ignore[attr-defined]
    return {
        "batch": batch,
        "results": results,
        "sort": sort,
        "columns": _columns(sort),
        "carts": len(carts),
        "drafts": sum(cart.state == CartState.DRAFT for cart in carts),
        "spent": sum((row.spent for row in results), ZERO),
        "budget": sum((row.budget for row in results), ZERO),
        "gap_percent": gap_percent(batch),
        "guaranteed_percent": percent(batch.guaranteed),
        "short": sum(row.shortfall > 0 for row in results),
        "picture": fairness_svg(results, batch.guaranteed),
        "left_out": _left_out(results),
        "prices": _prices(batch),
        "price_count": len(batch.prices),
    }


def _carts(batch: Batch) -> Any:
    return batch.carts.select_related("store").defer("left_out").order_by("pk")  # type: ignore[misc]


def _columns(sort: str) -> list[dict[str, Any]]:
    titles = {"client": "Client", "spent": "Spent", "value": "Value", "share": "Share", "shortfall": "Shortfall"}
    return [{"key": key, "title": title, "is_sorted": key == sort} for key, title in titles.items()]


def _left_out(results: list[BatchClient]) -> list[tuple[str, int]]:
    counts: Counter[str] = sum((Counter(row.left_out) for row in results), Counter())
    titled: Counter[str] = Counter()
    for code, count in counts.items():
        titled[REASON_TITLES.get(code, code)] += count
    return titled.most_common()


def _prices(batch: Batch) -> list[dict[str, Any]]:
    """The ASINs of which one more case would bring most."""
    dearest = sorted(batch.prices.items(), key=lambda item: (-Decimal(item[1]), item[0]))[:MOST_PRICES]
    asins = {asin.code: asin for asin in Asin.objects.filter(code__in=[code for code, _ in dearest])}
    return [{"asin": asins.get(code), "code": code, "price": Decimal(price)} for code, price in dearest]
