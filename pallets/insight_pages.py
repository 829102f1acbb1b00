"""What the cart page shows beside the cart: what more would be worth, and what it was made by."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allocation.models import Cart
from common.money import usd
from pallets.shipping_pages import shipping_context
from pallets.ungating_worth import asked


def insight_context(cart: Cart) -> dict[str, Any]:
    """Curve, brands worth ungating, weights and limits; empty lists where an older cart kept none."""
    curve = [_more(row, cart) for row in cart.insight.get("curve", [])]
    gains = any(row["gains"] for row in curve)
    return {
        "hurdle": cart.insight.get("hurdle"),
        "curve": curve if gains else [],
        "curve_is_flat": bool(curve) and not gains,
        "ungating": [_brand(row) for row in cart.insight.get("ungating", [])],
        "weights": _weights(cart.policy_weights),
        "shipping_story": shipping_context(cart),
    }


def _more(row: Mapping[str, str], cart: Cart) -> dict[str, Any]:
    extra, about = Decimal(row["extra"]), Decimal(row["about"])
    return {
        "extra": usd(extra),
        "about": usd(about),
        "most": usd(Decimal(row["upTo"])),
        "gains": about > 0,
        "is_top_up": extra == cart.top_up,
    }


def _brand(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": row["brand"] or _("no brand"),
        "asks": asked(row["asks"]),
        "asins": row["asins"],
        "most": usd(Decimal(row["upTo"])),
    }


def _weights(policy: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Label and value of each weight and limit that a cart was made by; without what it had none of."""
    rows = [
        (_("Any stock"), _number(policy.get("base"))),
        (_("Age"), _number(policy.get("age"))),
        (_("Priority"), _number(policy.get("priority"))),
        (_("Profit"), _number(policy.get("profit"))),
        (_("Stand-alone fill"), _share(policy.get("standalone_fill"))),
        (_("Most units per ASIN"), _number(policy.get("max_units_per_asin"))),
        (_("Minimum ROI"), _percent(policy.get("min_roi_percent"))),
        (_("Cool-down"), _days(policy.get("cool_down_days"))),
        (_("Most stores per ASIN"), _number(policy.get("max_stores_per_asin"))),
    ]
    return [(label, value) for label, value in rows if value]


def _number(value: str | None) -> str:
    return "" if value is None else f"{Decimal(value).normalize():,f}"


def _share(value: str | None) -> str:
    return "" if value is None else _percent(str(Decimal(value) * 100))


def _percent(value: str | None) -> str:
    return "" if value is None else f"{_number(value)}%"


def _days(value: str | None) -> str:
    return "" if value is None else ngettext("%(days)s day", "%(days)s days", int(value)) % {"days": value}
