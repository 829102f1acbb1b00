"""A batch as plain data: what the command line prints."""

from collections import Counter, defaultdict
from typing import Any

from allocation.models import Batch, Cart


def describe_batch(batch: Batch) -> dict[str, Any]:
    """The whole answer: result by client, carts with their lines, what was left out of each store and why, prices.

    Money as strings in USD; `prices` is USD of value that one more case in stock would bring at most, by ASIN.
    """
    carts = list(
        batch.carts.select_related("client", "store").prefetch_related("lines__asin").order_by("pk")  # type: ignore[misc]
    )
    codes: dict[int, list[str]] = defaultdict(list)
    for cart in carts:
        codes[cart.client_id].append(cart.code)
    results = list(batch.results.select_related("client"))
    return {
        "batch": _head(batch),
        "clients": [
            {
                "clientID": row.client.panel_id,
                "clientName": row.client.name,
                "available": str(row.budget),
                "spent": str(row.spent),
                "value": str(row.value),
                "share": None if row.share is None else str(row.share),
                "shortfall": str(row.shortfall),
                "lastDollarEarns": str(row.hurdle),
                "carts": codes[row.client_id],
            }
            for row in results
        ],
        "carts": [_cart(cart) for cart in carts],
        "storesWithoutCart": [
            {"storeID": row["store"], "reason": row["reason"], "leftOut": row["left_out"]} for row in batch.problems
        ],
        "leftOutCounts": dict(sorted(sum((Counter(row.left_out) for row in results), Counter()).items())),
        "prices": batch.prices,
    }


def _head(batch: Batch) -> dict[str, Any]:
    return {
        "number": batch.pk,
        "state": batch.run.state,
        "cancelled": batch.cancel_requested,
        "policy": batch.policy_weights.get("slug"),
        "fairness": str(batch.fairness),
        "effort": batch.effort,
        "value": str(batch.value),
        "bestPossibleValue": str(batch.bound),
        "gap": None if batch.gap is None else f"{batch.gap:.6f}",
        "guaranteedShare": str(batch.guaranteed),
    }


def _cart(cart: Cart) -> dict[str, Any]:
    return {
        "code": cart.code,
        "state": cart.state,
        "clientID": cart.client.panel_id,
        "storeID": cart.store.panel_id,
        "storeName": cart.store.name,
        "goods": str(cart.goods),
        "shipping": str(cart.shipping),
        "total": str(cart.total),
        "pooled": cart.is_pooled,
        "palletsWorth": str(cart.pallets_worth),
        "value": str(cart.value),
        "lines": [
            {
                "asin": line.asin.code,
                "cases": line.cases,
                "units": line.units,
                "cost": str(line.cost),
                "shipping": str(line.shipping),
            }
            for line in cart.lines.all()
        ],
        "leftOut": cart.left_out,
    }
