"""A cart that waits to be pooled gets pallets of its own all the same."""

from collections.abc import Mapping

from django.contrib.auth.models import User

from allocation.models import Cart
from allocation.states import SuggestionKind, SuggestionState
from clients.models import Store
from common.errors import Conflict, DomainError, Problem, StalePlan
from common.transactions import durable
from inventory.models import Asin
from pallets.boxes import loads_of_lines
from pallets.loading import PackedPallet, pack_loads
from pallets.models import Pallet
from pallets.pooling import refusals
from pallets.services.answering import open_suggestion, waiting_lines
from pallets.services.following import follow
from pallets.services.locking import lock_cart, lock_goods
from pallets.services.planning import make_pallet
from pallets.services.pooling import check_sizes
from pallets.services.suggesting import close_suggestions

REASON = "Built anyway"


def build_anyway(*, pk: int, actor: User | None = None) -> list[Pallet]:
    """Dismiss a transfer suggestion and plan pallets of the cart's own store for all that waits; what they cost less
    than max shipping is released. The pallets.

    Raises NotFound; Conflict where it was answered already; DomainError naming what the store may not receive (any
    more); StalePlan where something has changed meanwhile.
    """
    suggestion = open_suggestion(pk)
    if suggestion.is_for_house:
        raise DomainError("The goods of this suggestion are in no cart yet: accept it, or dismiss it.")
    goods, asins = _waiting(suggestion.cart)
    packed = pack_loads(loads_of_lines(goods, asins))
    return _build(pk=pk, code=suggestion.cart.code, goods=goods, asins=asins, packed=packed, actor=actor)


def _waiting(cart: Cart) -> tuple[dict[int, int], dict[int, Asin]]:
    """Cases and ASIN by cart line. Raises Conflict where nothing waits, DomainError naming cases of another size."""
    lines = waiting_lines(cart)
    if not lines:
        raise Conflict(f"Cart {cart.code} is {cart.get_state_display().lower()}: none of its goods wait for a pallet.")
    if problems := [
        Problem(
            "asin",
            f"{one.asin.code}: its case pack is {one.asin.case_pack} now, {cart.code} was confirmed with "
            f"{one.line.case_pack}.",
        )
        for one in lines
        if one.asin.case_pack != one.line.case_pack
    ]:
        raise DomainError(problems)
    goods = {one.line.pk: one.waiting // one.line.case_pack for one in lines}
    return goods, {one.line.pk: one.asin for one in lines}


@durable
def _build(
    *,
    pk: int,
    code: str,
    goods: Mapping[int, int],
    asins: Mapping[int, Asin],
    packed: list[PackedPallet],
    actor: User | None,
) -> list[Pallet]:
    cart = lock_cart(code)
    open_suggestion(pk)
    if _waiting(cart)[0] != goods:
        raise StalePlan(f"Other goods of {code} wait for a pallet now. Try again.")
    store = Store.objects.select_related("client").get(pk=cart.store_id)
    _check_store(store, asins)
    check_sizes(asins.values())
    lock_goods([asin.pk for asin in asins.values()], [cart.client_id])
    close_suggestions(
        cart=cart, state=SuggestionState.DISMISSED, kind=SuggestionKind.TRANSFER, note=REASON, actor=actor
    )
    lines, line_of = list(cart.lines.order_by("pk")), {asin.code: line for line, asin in asins.items()}
    pallets = []
    for one in packed:
        cases = {line_of[code]: count for code, count in one.cases.items()}
        pallets.append(make_pallet(store=store, packed=one, lines=lines, cases=cases))
    _mark(cart)
    follow(cart=cart, reason=REASON, actor=actor)
    return pallets


def _check_store(store: Store, asins: Mapping[int, Asin]) -> None:
    """Raises DomainError naming everything that keeps the goods from the cart's own store."""
    problems = []
    if not (store.may_receive and store.client.may_buy):
        problems.append(Problem("store", f"{store} of {store.client} may no longer receive goods."))
    reasons = refusals(store, asins.values())
    problems += [
        Problem("asin", f"{asin.code} may no longer go to {store.name}: {reasons[asin.pk]}.")
        for asin in sorted(asins.values(), key=lambda asin: asin.code)
        if asin.pk in reasons
    ]
    if problems:
        raise DomainError(problems)


def _mark(cart: Cart) -> None:
    """It is no pooled cart any more, unless some of it stands on a pooled pallet."""
    pooled = Pallet.objects.open().filter(is_pooled=True, lines__cart_line__cart=cart).exists()
    changes = {"build_anyway": True, "is_pooled": pooled}
    Cart.objects.filter(pk=cart.pk).update(**changes)
    for name, value in changes.items():
        setattr(cart, name, value)
