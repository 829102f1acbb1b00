"""The cart page's part on shipping: what it lies between, pallet by pallet, and the ways out of a poor last one."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allocation.models import Cart
from allocation.states import CartState
from common.money import usd


def shipping_context(cart: Cart) -> dict[str, Any] | None:
    """What `pallets.shipping_insight` kept with the cart, in words; None for a pooled cart. A cart that kept nothing,
    as those of a batch, has only whether its ways out can be worked out now.
    """
    if cart.is_pooled:
        return None
    story = cart.insight.get("shipping") or {}
    may_ask = cart.state == CartState.DRAFT and story.get("ways") is None
    if not story:
        return {"may_ask": may_ask}
    return {
        "may_ask": may_ask,
        "range": _("%(paid)s: %(least)s if every pallet were full, %(most)s if each were empty.")
        % {"paid": _usd(story, "paid"), "least": _usd(story, "minimum"), "most": _usd(story, "maximum")},
        "needed": _needed(len(story["pallets"]), story["atLeast"]),
        "pallets": [_pallet(number, row) for number, row in enumerate(story["pallets"], start=1)],
        "estimate": _estimate(story["estimate"], len(story["pallets"])),
        "last": _last(story["last"], len(story["pallets"])),
        "ways": [_way(way, story["last"]["number"], cart) for way in story["ways"] or []],
        "nothing_better": story["ways"] == [],
    }


def _usd(row: Mapping[str, Any], key: str) -> str:
    return usd(Decimal(row[key]))


def _percent(share: str) -> str:
    return f"{Decimal(share) * 100:.1f}%"


def _needed(pallets: int, at_least: int) -> str:
    if pallets <= at_least:
        return ngettext(
            "%(count)d pallet; no packing needs fewer.", "%(count)d pallets; no packing needs fewer.", pallets
        ) % {"count": pallets}
    return _("%(count)d pallets, at least %(least)d needed.") % {"count": pallets, "least": at_least}


def _pallet(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    shipping = Decimal(row["shipping"])
    return {
        "number": number,
        "fill": _percent(row["fill"]),
        "width": f"{Decimal(row['fill']) * 100:.0f}",
        "cases": row["cases"],
        "units": row["units"],
        "shipping": usd(shipping),
        "per_carton": usd(shipping / row["cases"]),
    }


def _estimate(row: Mapping[str, str] | None, pallets: int) -> str:
    if row is None:
        return ""
    difference = Decimal(row["difference"])
    known = {
        "shipping": _usd(row, "shipping"),
        "difference": usd(abs(difference)),
        "loads": f"{Decimal(row['worth']):.2f}",
        "packed": f"{Decimal(row['packedWorth']):.2f}",
        "planned": row["pallets"],
        "pallets": pallets,
    }
    words = {
        "same": _("The engine, which counts loads and not cartons, expected the same: %(shipping)s."),
        "packed": _("%(difference)s less than the %(shipping)s that the engine expected: packed, the full pallets took "
                    "more than by their loads."),
        "pallets": _("%(difference)s more than the %(shipping)s that the engine expected: by their loads the goods "
                     "need %(planned)s pallets, as cartons %(pallets)s."),
        "loads": _("%(difference)s more than the %(shipping)s that the engine expected. It counts each case as the "
                   "larger of its shares of volume and weight, %(loads)s pallets in all; packed, a pallet's fill is "
                   "the larger of the two sums, %(packed)s in all, and less fill costs more."),
        "mixture": _("%(difference)s more than the %(shipping)s that the engine expected: other goods share the last "
                     "pallet than the cheapest ones to put there."),
    }  # fmt: skip
    return words[row["because"]] % known


def _last(row: Mapping[str, Any], pallets: int) -> str:
    known = {
        "number": row["number"],
        "fill": _percent(row["fill"]),
        "cartons": ngettext("%(count)d carton", "%(count)d cartons", row["cases"]) % {"count": row["cases"]},
        "goods": _usd(row, "goods"),
        "shipping": _usd(row, "shipping"),
        "each": _usd(row, "perCarton"),
        "full": _usd(row, "onAFullPallet"),
    }
    if pallets == 1:
        return (
            _(
                "The pallet is %(fill)s full: shipping its %(cartons)s (%(goods)s of goods) costs %(each)s a carton, "
                "%(shipping)s in all; on a full pallet they would ship for %(full)s."
            )
            % known
        )
    return (
        _(
            "Pallet %(number)s is the least filled, %(fill)s. Its %(cartons)s (%(goods)s of goods) add %(shipping)s to "
            "the shipping, %(each)s a carton; on a full pallet they would ship for %(full)s."
        )
        % known
    )


def _way(way: Mapping[str, Any], last: int, cart: Cart) -> dict[str, Any]:
    described = _hold_back(way, last) if way["kind"] == "holdBack" else _top_up(way, cart)
    return {**described, "asins": way["asins"]}


def _hold_back(way: Mapping[str, Any], last: int) -> dict[str, Any]:
    known = {
        "cartons": ngettext("the %(count)d carton", "the %(count)d cartons", way["cases"]) % {"count": way["cases"]},
        "number": last,
        "goods": _usd(way, "goodsFreed"),
        "shipping": _usd(way, "shippingFreed"),
        "value": usd(abs(Decimal(way["valueLost"]))),
    }
    lost = Decimal(way["valueLost"]) > 0
    return {
        "title": _("Hold back %(cartons)s of pallet %(number)s") % known,
        "effect": _("Saves %(shipping)s of shipping and a pallet, and frees %(goods)s of goods.") % known,
        "price": (_("The cart is worth %(value)s less.") if lost else _("The cart is worth %(value)s more.")) % known,
    }


def _top_up(way: Mapping[str, Any], cart: Cart) -> dict[str, Any]:
    costs = Decimal(way["goods"]) + Decimal(way["shipping"])
    beyond = max(cart.total + costs - cart.amount, Decimal(0))
    known = {
        "cartons": ngettext("%(count)d carton", "%(count)d cartons", way["cases"]) % {"count": way["cases"]},
        "fill": _percent(way["fill"]),
        "saves": _usd(way, "saves"),
        "costs": usd(costs),
        "goods": _usd(way, "goods"),
        "value": _usd(way, "valueGained"),
        "beyond": usd(beyond),
    }
    price = _("Costs %(costs)s with shipping (%(goods)s of goods); the cart is worth %(value)s more.") % known
    if beyond:
        price += " " + _("That is %(beyond)s beyond the amount, within the client's balance of that day.") % known
    return {
        "title": _("Top it up with %(cartons)s to %(fill)s") % known,
        "effect": _("What is there already ships for %(saves)s less.") % known,
        "price": price,
    }
