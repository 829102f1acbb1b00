"""Everything that has changed since a draft was made, told at once: prices, stock, eligibility, balance."""

from django.utils import timezone

from allocation.models import Cart
from common.errors import Conflict, Problem, StalePlan
from common.money import usd
from inventory.services import InsufficientUnits
from pallets.draft_check import Check, Row, Wanted, check_draft

PRICES = "its cost, shipping prices or case pack have changed since the cart was made"


class GoneShort(StalePlan):
    """Units that a draft counts on are gone, perhaps with the balance that was to pay for it."""

    code = InsufficientUnits.code
    title = InsufficientUnits.title


def since_made(cart: Cart) -> list[Problem]:
    """What of draft `cart` (with client, store and policy) is no longer so, a sentence each. Six or seven queries."""
    return told(check_draft(cart, Wanted(), now=timezone.now()))


def told(check: Check) -> list[Problem]:
    """What is no longer so in a draft that is checked as it is."""
    problems = [problem for row in check.rows for problem in _of_line(row, check.cart)]
    available = check.cart.client.available
    if (missing := check.cart.total - check.credit - available) > 0:
        words = f"{check.cart.client} has {usd(available)} available; {usd(check.cart.total - check.credit)} is needed"
        problems.append(Problem("amount", f"{words}, {usd(missing)} is missing."))
    return problems


def _of_line(row: Row, cart: Cart) -> list[Problem]:
    if row.good is None or row.line is None:
        return []
    problems = []
    if row.note:
        said = row.note[0].upper() + row.note[1:]
        problems.append(Problem("asin", f"{row.code}: {PRICES}. {said}."))
    if row.good.refusal:
        problems.append(Problem("asin", _refused(row.code, row.good.refusal, cart)))
    elif row.good.available < row.line.units:
        words = f"{row.code}: {row.line.units} units wanted, {row.good.available} available."
        problems.append(Problem("asin", words))
    return problems


def _refused(code: str, refusal: str, cart: Cart) -> str:
    words = f"may not go to {cart.store.name}"
    if refusal.startswith(words):
        return f"{code} may no longer go to {cart.store.name}{refusal.removeprefix(words)}."
    return f"{code}: {refusal}."


def all_that_changed(code: str, error: Conflict) -> Conflict:
    """What to tell instead of `error`, which names the first thing that has changed: all of them."""
    cart = Cart.objects.select_related("client", "store__client", "policy").get(code=code)
    problems = since_made(cart)
    named = {_subject(problem) for problem in problems}
    others = [problem for problem in error.problems if _subject(problem) not in named]
    if len(problems) + len(others) <= len(error.problems) and not any(PRICES in one.message for one in problems):
        return error
    kind = GoneShort if isinstance(error, InsufficientUnits) else StalePlan
    return kind([*problems, *others])


def _subject(problem: Problem) -> str:
    """The ASIN that a problem is about, or the problem itself."""
    return problem.message[:10] if problem.field == "asin" else problem.message
