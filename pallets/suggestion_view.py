"""What the page of a suggestion shows: plain context for its template, few queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allocation.models import TransferSuggestion
from allocation.services.preorder_allocations import credit_of
from common.money import ZERO, cents
from inventory.models import Asin
from pallets.models import Pallet
from pallets.pool_choices import StoreChoice, store_choices
from pallets.pooling import refusals
from pallets.pricing import shipping
from pallets.services.answering import waiting_lines
from pallets.states import PalletState


@dataclass(frozen=True)
class Row:
    """Goods of one ASIN that the suggestion is about: whole `cases` of `pack` units, `price` in USD with max shipping.

    `faults` say which stores may not receive it and why; `may_go`: the suggested store may.
    """

    name: str
    asin: Asin
    cases: int
    pack: int
    price: Decimal
    faults: tuple[str, ...]
    may_go: bool

    @property
    def units(self) -> int:
        return self.cases * self.pack


@dataclass(frozen=True)
class Goods:
    """The rows of a suggestion and the stores that could take them, the suggested one marked by its id."""

    rows: Sequence[Row]
    choices: Sequence[StoreChoice]
    chosen: str | None

    @property
    def price(self) -> Decimal:
        """USD with max shipping."""
        return sum((row.price for row in self.rows), ZERO)

    @property
    def units(self) -> int:
        return sum(row.units for row in self.rows)


def goods_of(suggestion: TransferSuggestion) -> Goods:
    """What an open suggestion is about now; of a closed one for the house what it was about."""
    if suggestion.is_for_house:
        return _house_goods(suggestion)
    return _waiting_goods(suggestion) if suggestion.is_open else Goods((), (), None)


def _waiting_goods(suggestion: TransferSuggestion) -> Goods:
    lines = waiting_lines(suggestion.cart)
    choices = store_choices({one.asin: one.waiting for one in lines})
    own = suggestion.mutual_store
    known = [choice.store.panel_id for choice in choices]
    chosen = own.panel_id if own and own.panel_id in known else next(iter(known), None)
    rows = []
    for one in lines:
        refused = {choice.store: choice.refused.get(one.asin.pk) for choice in choices}
        rows.append(
            Row(
                name=f"cases_{one.line.pk}",
                asin=one.asin,
                cases=one.waiting // one.line.case_pack,
                pack=one.line.case_pack,
                price=cents(one.line.unit_cost * one.waiting) + shipping(one.line, one.waiting, ZERO),
                faults=tuple(f"{store.name}: {reason}" for store, reason in refused.items() if reason),
                may_go=any(store.panel_id == chosen and not reason for store, reason in refused.items()),
            )
        )
    return Goods(rows, choices, chosen)


def _house_goods(suggestion: TransferSuggestion) -> Goods:
    store = suggestion.mutual_store
    assert store is not None  # one for the house always names its store
    asins = {asin.code: asin for asin in Asin.objects.filter(code__in=[row["asin"] for row in suggestion.goods])}
    there = [row for row in suggestion.goods if row["asin"] in asins]
    reasons = refusals(store, asins.values()) if suggestion.is_open else {}
    rows = [_house_row(asins[row["asin"]], row, reasons) for row in there]
    return Goods(rows, (), store.panel_id)


def _house_row(asin: Asin, row: Mapping[str, Any], reasons: Mapping[int, str]) -> Row:
    """At today's price."""
    units = row["cases"] * row["casePack"]
    reason = "no longer in use" if not asin.is_active else reasons.get(asin.pk)
    return Row(
        name=f"cases_{asin.pk}",
        asin=asin,
        cases=row["cases"],
        pack=row["casePack"],
        price=cents(asin.unit_cost * units) + shipping(asin, units, ZERO),
        faults=(reason,) if reason else (),
        may_go=not reason,
    )


def suggestion_context(suggestion: TransferSuggestion, goods: Goods) -> dict[str, Any]:
    """Everything on the page but the form."""
    pallets = list(_pallets(suggestion))
    whole = suggestion.is_open and not suggestion.is_for_house and not pallets
    return {
        "suggestion": suggestion,
        "cart": suggestion.cart,
        "goods": goods,
        "percent": f"{suggestion.fill * 100:.0f}",
        "pallets": pallets,
        "top_up_left": suggestion.top_up_left(credit_of(suggestion.cart)) if whole else None,
        "needed": suggestion.cart.amount + (suggestion.top_up or ZERO),
    }


def _pallets(suggestion: TransferSuggestion) -> Any:
    """Pallets that carry goods of its cart, or of the cart that the house bought."""
    cart = suggestion.made_cart_id if suggestion.is_for_house else suggestion.cart_id
    return Pallet.objects.exclude(state=PalletState.CANCELLED).carrying(cart).defer("placements", "steps")
