"""A draft is brought to today's prices, stock and balance; what is gone is dropped, and told."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone

from allocation.models import Cart
from allocation.models.cart import CartChangeKind
from common.errors import Conflict, DomainError
from common.money import usd
from pallets.draft_check import Check, Row, Wanted, check_draft
from pallets.fitting import fewer_cases
from pallets.services.draft_edits import Edit, open_draft, store_draft
from pallets.services.versions import check_version

REPACKS = 6  # each drops what the one before was too much


def renew_draft(*, code: str, version: int | None = None, actor: User | None = None) -> Edit:
    """Bring draft `code` to today's prices, stock and balance: what cannot be had any more goes, each told.

    Raises NotFound; Conflict where it is no draft, where somebody has changed it since `version`, or where nothing is
    left of it; DomainError where its client or store is closed; StalePlan.
    """
    cart = open_draft(code)
    check_version(cart, version)
    before = check_draft(cart, Wanted(), now=timezone.now())
    told = [f"{row.code}: {row.note}." for row in before.rows if row.note]
    cases = {}
    for row in before.rows:
        cases[row.code], words = _available(row)
        told += [words] if words else []
    amount, words = _affordable(cart, before.amount)
    told += [words] if words else []
    if not any(cases.values()):
        raise Conflict(f"Nothing of {code} can be had any more: discard it and generate a new cart. {' '.join(told)}")
    check = _within(cart, cases, amount)
    if check.problems:
        raise DomainError(check.problems)
    told += [_dearer(row.code, cases[row.code], row.cases) for row in check.rows if row.cases < cases[row.code]]
    if not told:
        return Edit(cart, is_changed=False)
    return Edit(store_draft(check=check, what=CartChangeKind.RENEWED, actor=actor), is_changed=True, told=tuple(told))


def _available(row: Row) -> tuple[int, str]:
    """Cases of a stored line that can be had today, and what has changed in words."""
    assert row.line is not None and row.good is not None
    if row.good.refusal:
        return 0, f"{row.code}: {row.good.refusal}. Its {row.before:,} cases are taken out."
    wanted = row.line.units // row.good.asin.case_pack
    if not wanted:
        words = f"its {row.line.units:,} units are short of a case of {row.good.asin.case_pack:,} now"
        return 0, f"{row.code}: {words}; it is taken out."
    if wanted > row.good.most:
        left = f"{row.good.most:,} cases" if row.good.most else "none is left; it is taken out"
        return row.good.most, f"{row.code}: {wanted:,} cases → {left}, as many as are available."
    return wanted, ""


def _affordable(cart: Cart, amount: Decimal) -> tuple[Decimal, str]:
    """USD that the client can still spend of `amount`, and what has changed in words."""
    available = cart.client.available
    if available <= 0:
        raise Conflict(f"{cart.client} has no available balance ({usd(available)}): the draft cannot be paid for.")
    if amount <= available:
        return amount, ""
    return available, f"To allocate: {usd(amount)} → {usd(available)}, all that {cart.client} has available."


def _within(cart: Cart, cases: dict[str, int], amount: Decimal) -> Check:
    """Packed exactly; the cases that are worth least go where it costs more than `amount`: as the estimate says first,
    then as few as packing shows to be too many.
    """
    wanted, now = Wanted(cases, amount), timezone.now()
    for exact in (False, True):
        for _ in range(REPACKS):
            check = check_draft(cart, wanted, now=now, exact=exact)
            if check.left >= 0:
                break
            wanted = Wanted(_fewer(check), amount)
    return check_draft(cart, wanted, now=now, exact=True) if check.left < 0 else check


def _fewer(check: Check) -> dict[str, int]:
    candidates = {row.code: row.good.candidate for row in check.rows if row.good and row.good.candidate}
    fewer = fewer_cases(candidates, check.cases, -check.left)
    return {row.code: fewer.get(row.code, 0) for row in check.rows}


def _dearer(code: str, wanted: int, kept: int) -> str:
    return f"{code}: {wanted:,} → {kept:,} cases, as many as the amount pays for."
