"""What the cart page shows: plain context for its template, few queries."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils import timezone

from allocation.models import Cart, TransferSuggestion
from allocation.services.preorder_allocations import credit_of
from allocation.states import CartState
from common.money import percent_up
from pallets.destinations import barred_lines
from pallets.insight import why_of
from pallets.insight_pages import insight_context
from pallets.models import Pallet

REASON_TITLES = {
    "not_chosen": "Eligible, but others earn more per dollar",
    "dear": "Eligible, but others earn more per dollar",
    "taken": "Went to other stores",
    "stores": "Goes to as many stores as may have it",
    "pallet": "Would need another pallet",
    "shipping": "Adds more shipping than it is worth",
    "negative": "Ships for more than it is worth",
    "money": "Too little money left",
    "over_budget": "One case costs more than the client has",
    "no_exchange": "Eligible, but no exchange was found that gains",
    "unmet": "Claimed or locked, but not possible",
    "cap": "No case of it may go here",
    "dropped": "Dropped when the cart was packed",
    "by_hand": "Taken out by hand",
    "gated": "Gated for this store",
    "invoice_needed": "Ungating needs an invoice",
    "not_eligible": "Not eligible for this store",
    "unknown": "No ungating status known",
    "no_stock": "No whole case in stock",
    "too_large": "Too large or heavy for a pallet",
    "low_roi": "Below the minimum return",
    "over_cap": "A case is more than a cart may have",
    "cool_down": "Got it lately",
    "too_many_stores": "Too many stores got it lately",
    "preordered": "Units that it preordered come first",
}
SHOWN_PER_REASON = 100
# What a person may add all the same, as far as the money goes.
ADDABLE = {
    *("not_chosen", "dear", "taken", "pallet", "shipping", "negative", "money", "no_exchange"),
    *("dropped", "by_hand"),
}


def cart_context(cart: Cart) -> dict[str, Any]:
    """Everything on a cart's page."""
    today = timezone.localdate()
    lines = list(cart.lines.select_related("asin").order_by("asin__date_added", "asin__code"))
    barred = barred_lines(cart, lines, now=timezone.now())
    for line in lines:
        line.barred = barred.get(line.pk, "")  # type: ignore[attr-defined]
        line.age = (today - line.asin.date_added).days  # type: ignore[attr-defined]
        line.why = why_of(cart.insight, line.asin.code)  # type: ignore[attr-defined]
        line.one_more = _worth_telling(line.why)  # type: ignore[attr-defined]
    pallets = Pallet.objects.carrying(cart)
    share = min(cart.total / cart.amount, Decimal(1)) if cart.amount else Decimal(0)
    return {
        "cart": cart,
        "lines": lines,
        "barred": [line for line in lines if line.pk in barred],
        "units": sum(line.kept for line in lines),
        "pallets": list(pallets.defer("placements")),
        "suggestions": list(
            # Of the cart's own goods first, then for the house.
            TransferSuggestion.objects.filter(cart=cart).select_related("mutual_store").order_by("-kind", "-pk")
        ),
        **insight_context(cart),
        "left_out": left_out_groups(cart.left_out),
        "left_out_count": len(cart.left_out),
        "used_percent": f"{share * 100:.0f}",
        "unused": cart.amount - cart.total,
        "gap_percent": None if cart.gap is None else percent_up(cart.gap),
        "worth_percent": f"{cart.pallets_worth * 100:.0f}",
        "is_draft": cart.state == CartState.DRAFT,
        "can_cancel": cart.state == CartState.DRAFT or cart.is_holding,
    }


def generate_again(cart: Cart) -> dict[str, str]:
    """What a closed cart was generated from, as the generator's fields."""
    made = cart.policy_weights
    asked = {
        "client": cart.client_id,
        "store": cart.store_id,
        "amount": cart.amount - credit_of(cart),
        "policy": cart.policy.slug,
        "max_units_per_asin": made.get("max_units_per_asin"),
        "min_roi_percent": made.get("min_roi_percent"),
        "build_anyway": "on" if cart.build_anyway else None,
    }
    return {name: str(value) for name, value in asked.items() if value is not None}


def _worth_telling(why: dict[str, Any] | None) -> Decimal | None:
    """What one more case of a line would bring at most, from a dollar on: less is the rounding of bounds."""
    most = Decimal(why["oneMoreCase"]) if why else Decimal(0)
    return most if most >= 1 else None


def left_out_groups(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """ASINs left out by reason, the reasons that money or staff can change first; 100 of each are shown."""
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        groups[row["code"]].append(row)
    order = [*REASON_TITLES, *sorted(set(groups) - set(REASON_TITLES))]
    return [
        {
            "title": REASON_TITLES.get(code, code),
            "can_add": code in ADDABLE,
            "count": len(groups[code]),
            "rows": groups[code][:SHOWN_PER_REASON],
            "more": max(len(groups[code]) - SHOWN_PER_REASON, 0),
        }
        for code in order
        if code in groups
    ]
