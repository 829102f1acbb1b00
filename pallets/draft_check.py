"""A draft as a person wants it: what is wrong with each line today and what the whole costs. Only reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from allocation.models import Cart, CartLine, PreorderAllocation
from common.errors import Problem
from common.money import ZERO, usd
from pallets.draft_goods import Good, policy_as_made, read_goods
from pallets.draft_price import Price, price_cases, stored_price
from pallets.requests import MAX_AMOUNT


@dataclass(frozen=True)
class Wanted:
    """Cases by ASIN code, 0 takes it out; what is not named stays. `amount`: the client's own money in USD to spend,
    None leaves it.
    """

    cases: Mapping[str, int] = field(default_factory=dict)
    amount: Decimal | None = None


@dataclass(frozen=True)
class Row:
    """One line as it would be. `line` is the stored one, `good` what is known of its ASIN; USD, shipping in all.

    `problem` keeps the draft from being saved, `note` says what has changed since it was.
    """

    code: str
    cases: int
    line: CartLine | None
    good: Good | None
    cost: Decimal
    shipping: Decimal
    problem: str
    note: str

    @property
    def units(self) -> int:
        return self.cases * self.good.asin.case_pack if self.good else 0

    @property
    def before(self) -> int:
        """Cases that are stored."""
        return self.line.cases if self.line else 0


@dataclass(frozen=True)
class Check:
    """A draft as it would be. USD: `amount` is the client's own money to spend, `stored` that of the draft as it is,
    `credit` what preorders bring besides.
    """

    cart: Cart
    rows: tuple[Row, ...]
    price: Price
    amount: Decimal
    stored: Decimal
    credit: Decimal
    general: tuple[Problem, ...] = ()

    @property
    def goods(self) -> Decimal:
        return sum((row.cost for row in self.rows), ZERO)

    @property
    def shipping(self) -> Decimal:
        return sum((row.shipping for row in self.rows), ZERO)

    @property
    def total(self) -> Decimal:
        return self.goods + self.shipping

    @property
    def left(self) -> Decimal:
        """USD of the amount that stays unused; below 0 where it is exceeded."""
        return self.amount + self.credit - self.total

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that keeps it from being saved; a line's has the field `cases_<ASIN>`."""
        return (*(Problem(f"cases_{row.code}", row.problem) for row in self.rows if row.problem), *self.general)

    @property
    def cases(self) -> dict[str, int]:
        """What it would have, by ASIN code."""
        return {row.code: row.cases for row in self.rows if row.cases}

    @property
    def is_new(self) -> bool:
        """Whether anything of it differs from what is stored."""
        return bool(self.changes) or self.amount != self.stored or any(row.note for row in self.rows)

    @property
    def changes(self) -> dict[str, list[int]]:
        """Cases before and after of each line that a person changes."""
        return {row.code: [row.before, row.cases] for row in self.rows if row.before != row.cases}


def check_draft(cart: Cart, wanted: Wanted, *, now: datetime, exact: bool = False) -> Check:
    """Draft `cart` (with client, store and policy) with what is `wanted`; packed and priced `exact`ly, or estimated
    without packing. Six queries, and one where a limit looks back; seven for a cart with preorders.
    """
    lines = {line.asin.code: line for line in cart.lines.select_related("asin").order_by("asin__date_added", "asin_id")}
    cases = {code: line.cases for code, line in lines.items()} | dict(wanted.cases)
    goods = read_goods(cart, cases, now=now)
    most = policy_as_made(cart).max_units_per_asin
    problems = {code: _problem(code, count, lines.get(code), goods.get(code), most) for code, count in cases.items()}
    notes = {code: _note(line, goods.get(code)) for code, line in lines.items()}
    if exact or any(notes.values()) or cases != {code: line.cases for code, line in lines.items()}:
        price = price_cases(cart, goods, cases, exact=exact and not any(problems.values()))
    else:
        price = stored_price(cart, lines)
    rows = tuple(
        Row(
            code,
            count,
            lines.get(code),
            goods.get(code),
            *price.lines.get(code, (ZERO, ZERO)),
            problem=problems[code],
            note=notes.get(code, ""),
        )
        for code, count in cases.items()
    )
    drafted = list(PreorderAllocation.objects.filter(cart_line__cart=cart).select_related("preorder", "cart_line"))
    stored = cart.amount - sum((row.credit for row in drafted), ZERO)
    amount = stored if wanted.amount is None else wanted.amount
    credit = _credit(drafted, {row.code: row.units for row in rows}, lines)
    check = Check(cart, rows, price, amount, stored, credit)
    return replace(check, general=(*_closed(cart), *_money(check)))


def _problem(code: str, cases: int, line: CartLine | None, good: Good | None, most: int | None) -> str:
    """Why these cases cannot be had. Limits are asked of what a person adds, not of what the plan had."""
    if not cases:
        return ""
    if good is None:
        return f"There is no ASIN “{code}”."
    if good.refusal:
        return f"{code}: {good.refusal}."
    if cases > good.most:
        return _short(code, cases, good)
    if cases <= (line.cases if line else 0):
        return ""
    if good.limit:
        return f"{code}: {good.limit}."
    units = cases * good.asin.case_pack
    if most is not None and units > most:
        return (
            f"{code}: {units:,} units are more than the {most:,} of one ASIN that this cart may have, "
            f"at most {most // good.asin.case_pack:,} cases."
        )
    return ""


def _short(code: str, cases: int, good: Good) -> str:
    words = f"{code}: {cases:,} {_cases(cases)} wanted, {good.most:,} available"
    loose, pack = good.available % good.asin.case_pack, good.asin.case_pack
    return f"{words}; {loose} loose units are short of a case of {pack}." if loose else f"{words}."


def _cases(count: int) -> str:
    return "case" if count == 1 else "cases"


def _note(line: CartLine, good: Good | None) -> str:
    """Old and new of each figure that a stored line was priced by; saving takes today's."""
    if good is None:
        return ""
    asin, said = good.asin, []
    if asin.unit_cost != line.unit_cost:
        said.append(f"unit cost {usd(line.unit_cost)} → {usd(asin.unit_cost)}")
    for name, words in (("min_shipping", "min shipping"), ("max_shipping", "max shipping")):
        old, new = getattr(line, name), getattr(asin, name)
        if old != new:
            said.append(f"{words} ${old:,.4f} → ${new:,.4f}")
    if asin.case_pack != line.case_pack:
        said.append(f"case pack {line.case_pack} → {asin.case_pack}")
    return "; ".join(said)


def _closed(cart: Cart) -> Iterable[Problem]:
    if not cart.store.may_receive:
        yield Problem("", f"{cart.store} may no longer receive goods.")
    if cart.store.client_id != cart.client_id:
        yield Problem("", f"{cart.store} belongs to {cart.store.client} now.")
    if not cart.client.may_buy:
        yield Problem("", f"{cart.client} may no longer buy.")


def _money(check: Check) -> Iterable[Problem]:
    """The amount against the balance, and what the cart costs against both, each by how much."""
    client, amount, available = check.cart.client, check.amount, check.cart.client.available
    given = amount != check.stored
    if given and not ZERO < amount <= MAX_AMOUNT:
        yield Problem("amount", f"The amount must be above $0.00 and at most {usd(MAX_AMOUNT)}, not {usd(amount)}.")
    elif given and amount > available:
        words = f"{usd(amount)} is more than the {usd(available)} that {client} has available"
        yield Problem("amount", f"{words}: {usd(amount - available)} is missing.")
    if not check.cases:
        yield Problem("", "Nothing is left in the cart: discard it instead.")
        return
    costs = f"{'The cart costs' if check.price.is_exact else 'The cart costs about'} {usd(check.total)}"
    besides = f" and the {usd(check.credit)} that preorders bring" if check.credit else ""
    if check.left < 0:
        words = f"{usd(-check.left)} more than the {usd(amount)} to allocate{besides}"
        yield Problem("amount", f"{costs}: {words}.")
    short = check.total - check.credit - available
    if short > 0 and available < amount and not given:
        words = f"{usd(short)} more than the {usd(available)} that {client} has available{besides}"
        yield Problem("amount", f"{costs}: {words}.")


def _credit(drafted: Iterable[PreorderAllocation], units: Mapping[str, int], lines: Mapping[str, CartLine]) -> Decimal:
    """USD that preorders would bring with `units` by code: what the draft counted on, as far as its lines keep it."""
    left = {line.pk: units[code] for code, line in lines.items()}
    credit = ZERO
    for row in drafted:
        kept = min(row.units, left[row.cart_line_id or 0])
        left[row.cart_line_id or 0] -= kept
        row.returned = row.units - kept
        row.prepaid = min(row.prepaid, row.preorder.unit_cost * kept)
        credit += row.credit
    return credit
