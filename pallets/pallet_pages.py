"""What the pallet page shows: build steps with pictures, the load against its limits, lines by client."""

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.models import Asin
from inventory.packaging import case_box
from inventory.pallet_spec import GMA, TENTHS
from pallets.destinations import barred_on
from pallets.models import Pallet, PalletLine
from pallets.packing.measures import Measures, measure, ti_hi
from pallets.packing.picture_faces import Look
from pallets.packing.plan import Placement
from pallets.pallet_steps import PICTURE, drawing, step_pages
from pallets.states import PALLET_MOVES, PalletState

PALETTE = (
    "#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#edc948", "#b07aa1", "#ff9da7", "#9c755f", "#8c8c8c",
    "#a0cbe8", "#ffbe7d", "#8cd17d", "#d37295", "#499894", "#b6992d", "#d4a6c8", "#fabfd2", "#d7b5a6", "#5b6470",
)  # fmt: skip
DECK = (GMA.length * TENTHS, GMA.width * TENTHS)
OFF_CENTRE = Fraction(1, 10)  # of a side: from here on a fork lifts the pallet askew


def pallet_context(pallet: Pallet, *, step: str = "") -> dict[str, Any]:
    """Everything on a pallet's page; `step` as asked for, the finished pallet where it is none of its steps.

    Reads the lines with ASIN, client and cart in one query, and what their store may receive in another.
    """
    lines = list(
        pallet.lines.select_related("asin", "client", "cart_line__cart").order_by(
            "client__name", "client_id", "asin__code"
        )
    )
    looks = _looks(pallet, [line.asin for line in lines])
    barred = barred_on(pallet, lines, now=timezone.now())
    for line in lines:
        line.look = looks[line.asin.code]  # type: ignore[attr-defined]
        line.barred = barred.get(line.pk, "")  # type: ignore[attr-defined]
    picture = drawing(pallet.placements, pallet.steps, looks, DECK, GMA.pallet_height * TENTHS)
    steps = step_pages(picture, pallet.steps, looks, DECK)
    return {
        "pallet": pallet,
        "clients": _by_client(lines),
        "barred": [line for line in lines if line.pk in barred],
        "units": sum(line.units for line in lines),
        "shipping": sum((line.shipping for line in lines), Decimal(0)),
        "limits": _limits(pallet),
        "facts": _facts(pallet, lines),
        "picture": mark_safe(picture.finished(PICTURE, pallet.code)),  # noqa: S308
        "stock": mark_safe(picture.stock(PICTURE)),  # noqa: S308
        "steps": steps,
        "shown": int(step) if step in {str(page.number) for page in steps} else 0,
        **_allowed(pallet),
    }


def _allowed(pallet: Pallet) -> dict[str, bool]:
    """What may be done with the pallet: it leaves with its shipment if it is on one, pooled only when it is packed."""
    moves = PALLET_MOVES[pallet.state]
    is_planned, is_alone = pallet.state == PalletState.PLANNED, pallet.shipment_id is None
    return {
        "can_pack": PalletState.PACKED in moves,
        "can_reopen": PalletState.PLANNED in moves,
        "can_ship": PalletState.SHIPPED in moves and is_alone and not (pallet.is_pooled and is_planned),
        "can_cancel": PalletState.CANCELLED in moves,
        "can_replan": is_planned and is_alone,
    }


def _looks(pallet: Pallet, asins: Iterable[Asin]) -> dict[str, Look]:
    """Number and colour of each ASIN, the same in every picture and in the table."""
    known = {asin.code: asin for asin in asins}
    looks = {}
    for place, code in enumerate(sorted(known.keys() | {row["sku"] for row in pallet.placements})):
        asin = known.get(code)
        looks[code] = Look(
            PALETTE[place % len(PALETTE)],
            str(place + 1),
            upright=asin is not None and asin.upright_only,
            fragile=asin is not None and asin.fragile,
        )
    return looks


def _by_client(lines: Iterable[PalletLine]) -> list[dict[str, Any]]:
    """Lines grouped by client with their sums; a pooled pallet has several clients."""
    groups = []
    for client, rows in groupby(lines, key=lambda line: line.client):
        own = list(rows)
        groups.append(
            {
                "client": client,
                "lines": own,
                "cases": sum(line.cases for line in own),
                "units": sum(line.units for line in own),
                "shipping": sum((line.shipping for line in own), Decimal(0)),
            }
        )
    return groups


def _limits(pallet: Pallet) -> list[dict[str, Any]]:
    """Load figures as shares of their limits."""
    weight, height = pallet.weight / GMA.max_gross_weight, pallet.height / GMA.max_height
    rows = [
        (_("Gross weight"), f"{pallet.weight:,.1f} lb", f"{GMA.max_gross_weight:,} lb", weight),
        (_("Height with the pallet"), f"{pallet.height:,.1f} in", f"{GMA.max_height} in", height),
        (_("Fill, which sets the price"), f"{pallet.fill:.1%}", "100%", pallet.fill),
        (_("Cube"), f"{pallet.cube:.1%}", "100%", pallet.cube),
    ]
    return [
        {"label": label, "value": value, "limit": limit, "percent": f"{min(share, Decimal(1)) * 100:.0f}"}
        for label, value, limit, share in rows
    ]


def _facts(pallet: Pallet, lines: list[PalletLine]) -> list[dict[str, Any]]:
    """How the load stands, each with a mark where staff should look."""
    if not pallet.placements:
        return []
    placements = [Placement(**row) for row in pallet.placements]
    found = measure(placements, _weights(pallet, [line.asin for line in lines]), DECK)
    off = max(abs(found.offset_x), abs(found.offset_y)) > OFF_CENTRE
    rows = [
        (_("ASINs"), _kinds(found), _layers(placements), False),
        (_("Centre of gravity"), _offset(found), _centre_height(found), off),
        (_("Lowest support"), f"{math.floor(found.lowest_support * 100)}%", _("of a carton's base"), False),
        (_("Slender towers"), str(found.towers), _("braced on fewer than 2 sides"), found.towers > 0),
        (_("Heavy on light"), str(found.heavy_on_light), _("over 1.25 × what is under it"), found.heavy_on_light > 0),
        (_("Most load on one carton"), f"{float(found.most_on_top):,.1f} lb", "", False),
    ]
    return [{"label": label, "value": value, "note": note, "is_marked": marked} for label, value, note, marked in rows]


def _kinds(found: Measures) -> str:
    if not found.is_mixed:
        return _("Single ASIN")
    return ngettext("%(n)s, mixed", "%(n)s, mixed", found.skus) % {"n": found.skus}


def _layers(placements: list[Placement]) -> str:
    """Ti x Hi of a pallet of one ASIN in layers."""
    told = ti_hi(placements)
    if told is None:
        return ""
    ti, hi, loose = told
    text = _("Ti %(ti)s × Hi %(hi)s") % {"ti": ti, "hi": hi}
    return text + (_(" and %(n)s on top") % {"n": loose} if loose else "")


def _centre_height(found: Measures) -> str:
    return _("at %(share)s of the height") % {"share": f"{float(found.centre_height):.0%}"}


def _offset(found: Measures) -> str:
    """Percent of each side of the deck, the larger direction in words."""
    sides = [
        (found.offset_x, _("right"), _("left")),
        (found.offset_y, _("front"), _("rear")),
    ]
    parts = [
        f"{abs(float(share)):.1%} {more if share > 0 else less}"
        for share, more, less in sides
        if abs(share) >= Fraction(1, 2000)
    ]
    return ", ".join(parts) or _("in the middle")


def _weights(pallet: Pallet, asins: Iterable[Asin]) -> Mapping[str, Decimal]:
    """Pounds of one case by ASIN code.

    Where an ASIN tells none, the packer took its category's: those cases share evenly what the pallet weighs beyond
    the wood and the cases that are known.
    """
    known = {asin.code: case_box(asin).weight for asin in asins if asin.case_weight or asin.unit_weight}
    placed = [row["sku"] for row in pallet.placements]
    unknown = [sku for sku in placed if sku not in known]
    rest = pallet.weight - GMA.pallet_weight - sum(known[sku] for sku in placed if sku in known)
    share = max(rest, Decimal(0)) / max(len(unknown), 1)
    return known | dict.fromkeys(unknown, share)
