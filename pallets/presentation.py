"""A cart and its pallets as plain data: the answer of the API and of the command line."""

from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.db.models import Prefetch

from allocation.models import Cart, CartLine, TransferSuggestion
from pallets.insight import why_of
from pallets.models import Pallet, PalletLine

LIMIT_KEYS = {
    "max_units_per_asin": "maxUnitsPerAsin",
    "cool_down_days": "coolDownDays",
    "max_stores_per_asin": "maxStoresPerAsin",
    "min_roi_percent": "minRoiPercent",
}


def describe_cart(cart: Cart) -> dict[str, Any]:
    """The whole answer: cart, pallets with placements, shipping and its story (`pallets.shipping_insight`, null where
    the cart is pooled or kept none), certificate, what was left out and why, what more money and ungating would be
    worth at most, transfer suggestions.

    Money as strings in USD, inches and pounds as strings, placements in tenths of an inch from the deck's corner.
    """
    lines = Prefetch("lines", PalletLine.objects.select_related("asin", "client", "cart_line__cart"))
    pallets = Pallet.objects.carrying(cart)
    pallets = pallets.select_related("shipment").prefetch_related(lines)
    suggestions = TransferSuggestion.objects.filter(cart=cart).select_related("mutual_store").order_by("pk")
    return {
        "cart": _cart(cart),
        "pallets": [_pallet(pallet) for pallet in pallets],
        "shipping": str(cart.shipping),
        "shippingStory": cart.insight.get("shipping"),
        "certificate": _certificate(cart),
        "leftOut": cart.left_out,
        "curve": cart.insight.get("curve", []),
        "worthUngating": cart.insight.get("ungating", []),
        "suggestions": [_suggestion(suggestion) for suggestion in suggestions],
    }


def _certificate(cart: Cart) -> dict[str, str | None]:
    """No cart for this client alone is worth more than `bound`; USD after shipping, `gap` as a share of the value."""
    return {"value": str(cart.value), "bound": str(cart.bound), "gap": _gap(cart)}


def _gap(cart: Cart) -> str | None:
    """With 4 decimals, rounded up: what is certified is never less than the truth."""
    return None if cart.gap is None else str(cart.gap.quantize(Decimal("0.0001"), rounding=ROUND_CEILING))


def _cart(cart: Cart) -> dict[str, Any]:
    return {
        "code": cart.code,
        "clientID": cart.client.panel_id,
        "clientName": cart.client.name,
        "storeID": cart.store.panel_id,
        "storeName": cart.store.name,
        "state": cart.state,
        "policy": cart.policy_weights.get("slug"),
        "amount": str(cart.amount),
        "goods": str(cart.goods),
        "shipping": str(cart.shipping),
        "total": str(cart.total),
        "held": str(cart.hold_open),
        "pooled": cart.is_pooled,
        "palletsWorth": str(cart.pallets_worth),
        "value": str(cart.value),
        "bestPossibleValue": str(cart.bound),
        "gap": _gap(cart),
        "lastDollarEarns": cart.insight.get("hurdle"),
        "limits": {key: cart.policy_weights.get(name) for name, key in LIMIT_KEYS.items()},
        "lines": [_line(line, cart) for line in cart.lines.select_related("asin")],
    }


def _line(line: CartLine, cart: Cart) -> dict[str, Any]:
    return {
        "asin": line.asin.code,
        "title": line.asin.title,
        "estimatedSize": line.asin.estimated,
        "cases": line.cases,
        "casePack": line.case_pack,
        "units": line.units,
        "unitCost": str(line.unit_cost),
        "cost": str(line.cost),
        "shipping": str(line.shipping),
        "shippingPerUnit": str(line.shipping_per_unit),
        "minShipping": str(line.min_shipping),
        "maxShipping": str(line.max_shipping),
        "why": why_of(cart.insight, line.asin.code),
    }


def _pallet(pallet: Pallet) -> dict[str, Any]:
    return {
        "code": pallet.code,
        "state": pallet.state,
        "cartons": pallet.cartons,
        "weight": str(pallet.weight),
        "height": str(pallet.height),
        "volume": str(pallet.volume),
        "fill": str(pallet.fill),
        "cube": str(pallet.cube),
        "estimatedSizes": pallet.has_estimates,
        "pooled": pallet.is_pooled,
        "shipment": pallet.shipment.code if pallet.shipment else None,
        "lines": [
            {
                "cart": line.cart_line.cart.code,
                "clientID": line.client.panel_id,
                "asin": line.asin.code,
                "estimatedSize": line.asin.estimated,
                "cases": line.cases,
                "units": line.units,
                "shippingPerUnit": str(line.shipping_per_unit),
                "shipping": str(line.shipping),
            }
            for line in pallet.lines.all()
        ],
        "placements": pallet.placements,
        "steps": pallet.steps,
    }


def _suggestion(suggestion: TransferSuggestion) -> dict[str, Any]:
    store = suggestion.mutual_store
    return {
        "mutualStoreID": store.panel_id if store else None,
        "mutualStoreName": store.name if store else None,
        "kind": suggestion.kind,
        "units": suggestion.units,
        "eligibleUnits": suggestion.eligible_units,
        "amount": str(suggestion.amount),
        "goods": suggestion.goods,
        "topUp": None if suggestion.top_up is None else str(suggestion.top_up),
        "reason": suggestion.reason,
        "state": suggestion.state,
        "expiresAt": suggestion.expires_at.isoformat(),
    }
