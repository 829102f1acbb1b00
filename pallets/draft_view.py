"""A draft as its page and its recheck show it: rows to type in, totals, the balance bar; plain data, few queries."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.models import Cart, CartLine
from allocation.models.cart import CartChange, CartChangeKind
from common.errors import Problem
from common.money import percent_up, usd
from inventory.models import Asin
from pallets.draft_changes import told
from pallets.draft_check import Check, Row, check_draft
from pallets.draft_goods import read_goods
from pallets.draft_input import CODE, FIELD, Typed
from pallets.services.versions import described

BROWSED = 400  # ASINs that a search judges
FOUND = 20
BY_FORM = 900  # lines that a browser without JavaScript can send


def draft_context(cart: Cart, lines: Iterable[CartLine], typed: Typed | None = None) -> dict[str, Any]:
    """The draft's table to edit, with `lines` as the page shows them. Six or seven queries, and one for its changes."""
    typed = typed or Typed()
    check = check_draft(cart, typed.wanted, now=timezone.now())
    problems: dict[str, list[str]] = {}
    for problem in typed.problems or check.problems:
        problems.setdefault(problem.field, []).append(problem.message)
    shown = {line.asin.code: line for line in lines}
    rows = [_row(row, shown.get(row.code), typed.texts, problems) for row in check.rows]
    named = {row["field"] for row in rows}
    unread = [_unread(name, texts, typed.texts) for name, texts in problems.items() if name not in named]
    changed = [problem.message for problem in told(check)] if not typed.texts else []
    return {
        "draft": {
            "rows": [*rows, *(row for row in unread if row)],
            "blank": _blank(),
            "totals": totals(check),
            "amount": typed.texts.get("amount", f"{check.amount:.2f}"),
            "amount_shown": f"{check.stored:.2f}",
            "amount_problems": problems.get("amount", []),
            "add_problems": problems.get("add_asin", []),
            "general": problems.get("", []),
            "is_typed": bool(typed.texts),
            "changed": changed,
            "too_many": len(rows) > BY_FORM,
        }
    }


def _row(row: Row, line: CartLine | None, texts: Mapping[str, str], said: Mapping[str, list[str]]) -> dict[str, Any]:
    name = f"{FIELD}{row.code}"
    asin, text = row.good.asin if row.good else None, texts.get(name, str(row.cases))
    return {
        "code": row.code,
        "field": name,
        "line": line,
        "text": text,
        "before": row.before,
        "is_changed": text != str(row.before),
        "is_new": row.line is None,
        "problem": " ".join(said.get(name, ())),
        "note": row.note,
        "units": row.units,
        "cost": row.cost,
        "shipping": row.shipping,
        "per_unit": row.shipping / row.units if row.units else None,
        **(_known(asin, row.good.most if row.good else 0) if asin else _blank()),
    }


def _known(asin: Asin, most: int) -> dict[str, Any]:
    return {
        "pk": asin.pk,
        "title": asin.title,
        "brand": asin.brand,
        "estimated": asin.estimated,
        "days": (timezone.localdate() - asin.date_added).days,
        "most": most,
        "pack": asin.case_pack,
        "unit_cost": asin.unit_cost,
        "low": asin.min_shipping,
        "high": asin.max_shipping,
    }


def _blank() -> dict[str, Any]:
    return dict.fromkeys(("pk", "title", "brand", "estimated", "days", "most", "pack", "unit_cost", "low", "high"))


def _unread(name: str, said: list[str], texts: Mapping[str, str]) -> dict[str, Any] | None:
    """A row of which the number could not be read, or whose ASIN is none."""
    code = name.removeprefix(FIELD)
    if not name.startswith(FIELD) or not CODE.fullmatch(code):
        return None
    return {"code": code, "field": name, "text": texts.get(name, ""), "before": 0, "is_new": True} | {
        "problem": " ".join(said), **_blank(),
    }  # fmt: skip


def totals(check: Check) -> dict[str, Any]:
    """What the whole costs, against the amount and the balance; texts as people read them."""
    client, credit = check.cart.client, check.credit
    price, money = check.price, max(check.amount + check.credit, Decimal("0.01"))
    return {
        "goods": usd(check.goods),
        "shipping": usd(check.shipping),
        "total": usd(check.total),
        "left": usd(abs(check.left)),
        "over": check.left < 0,
        "percent": f"{min(check.total / money, Decimal(1)) * 100:.1f}",
        "amount": usd(check.amount + credit),
        "available": usd(client.available),
        "credit": usd(credit) if credit else "",
        "units": f"{sum(row.units for row in check.rows):,}",
        "asins": len(check.cases),
        "worth": f"{price.worth:.2f}",
        "fills": [f"{fill * 100:.1f}" for fill in price.fills],
        "pooled": price.is_pooled,
        "exact": price.is_exact,
        "difference": difference(price.value - _planned(check.cart)),
    }


def _planned(cart: Cart) -> Decimal:
    return cart.value if cart.planned_value is None else cart.planned_value


def difference(value: Decimal) -> str:
    """How much more or less a cart is worth than its plan, in words."""
    if not value:
        return _("worth as much as the plan")
    more, less = _("worth %(usd)s more than the plan"), _("worth %(usd)s less than the plan")
    return (more if value > 0 else less) % {"usd": usd(abs(value))}


def recheck_answer(check: Check, *, problems: Iterable[Problem] = (), changed: str = "") -> dict[str, Any]:
    """A check as JSON: each line by ASIN, totals, and everything that keeps it from being saved."""
    problems = [*problems, *check.problems]
    return {
        "lines": {row.code: _line(row) for row in check.rows},
        "totals": totals(check),
        "problems": [{"field": problem.field, "message": problem.message} for problem in problems],
        "changed": changed,
        "new": check.is_new,
    }


def _line(row: Row) -> dict[str, Any]:
    each = row.shipping / row.units if row.units else None
    return {
        "cases": row.cases,
        "units": f"{row.units:,}",
        "cost": usd(row.cost),
        "shipping": usd(row.shipping),
        "perUnit": "" if each is None else f"${each:.4f}",
        "rate": "0" if each is None else f"{each:.6f}",
        "most": row.good.most if row.good else 0,
        "note": row.note,
        **({} if row.line else {"good": as_found(row.good.asin, row.good.most) if row.good else None}),
    }


def as_found(asin: Asin, most: int) -> dict[str, Any]:
    """An ASIN for a row that is added on the page."""
    known = _known(asin, most)
    for name in ("unit_cost", "low", "high"):
        known[name] = f"{known[name]:.4f}"
    return {"code": asin.code, **known}


def search(cart: Cart, term: str) -> dict[str, Any]:
    """ASINs that match `term` (a code's beginning, or words of title or brand), are in stock and may go to the cart's
    store, the oldest first; 20 at most, and whether more may match. Five queries at most.
    """
    asins = Asin.objects.in_use().filter(on_hand__gt=0).exclude(cart_lines__cart=cart)
    for word in term.split()[:6]:
        asins = asins.filter(Q(code__startswith=word.upper()) | Q(title__icontains=word) | Q(brand__icontains=word))
    codes = list(asins.order_by("date_added", "code").values_list("code", flat=True)[:BROWSED])
    goods = read_goods(cart, codes, now=timezone.now()) if codes else {}
    ordered = (goods[code] for code in codes if code in goods)
    fit = [good for good in ordered if good.most and not good.refusal and not good.limit]
    return {
        "found": [as_found(good.asin, good.most) for good in fit[:FOUND]],
        "more": len(fit) > FOUND or len(codes) == BROWSED,
    }


def edited_context(cart: Cart) -> dict[str, Any]:
    """How an edited cart compares with its plan, and who changed it; nothing for others. One query."""
    if cart.planned_value is None:
        return {"changes": [], "edited": None}
    changes = list(CartChange.objects.filter(cart=cart).select_related("actor", "cart").order_by("-version"))
    by_hand = any(change.what == CartChangeKind.EDITED for change in changes)
    gap = cart.planned_gap
    return {
        "changes": [described(change) for change in changes],
        "edited": {
            "title": _("Edited by hand") if by_hand else _("Brought up to date"),
            "was": "" if gap is None else _("the plan was at most %(gap)s%% below the best") % {"gap": percent_up(gap)},
            "difference": difference(cart.value - cart.planned_value),
        },
    }
