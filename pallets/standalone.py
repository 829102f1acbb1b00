"""The amount at which a store's cart fills a pallet of its own."""

from dataclasses import replace
from decimal import Decimal
from math import ceil
from typing import Any

import numpy as np

from allocation.engine.market import Block, Floats, Goods
from allocation.engine.plan import Plan
from allocation.engine.solve import solve
from allocation.snapshot import Snapshot
from common.money import ZERO
from inventory.pallet_spec import BILLION
from pallets.fitting import quick_fit
from pallets.loading import UnplaceableCases
from pallets.solving import Alone, TooLittle

PRICE = 10_000  # the engine's prices count in 1/10,000 USD
VALUE = 100_000_000  # its values in 1e-8 USD
FIRST_STEP = Decimal("0.005")  # of the whole amount: how far beyond the first guess is looked next
FIRST_SLOPE = Decimal("0.1")  # USD of value that a dollar more brings a pallet of its own nearer
SECANTS = 2


def amount_for_standalone(snapshot: Snapshot, amount: Decimal) -> Decimal | None:
    """USD beyond `amount`, whole dollars, that make the only store's cart fill a pallet of its own; None where no
    amount is found. The cart for `amount` itself is taken not to.

    Proven by trial: generated for the answer, the cart gets a pallet of its own; for a dollar less it does not. First
    the engine's quickest carts narrow it down to the dollar, then the cart is packed as well.
    """
    carts = TrialCarts(snapshot)
    most = carts.price_of_everything - int(amount)
    if not carts.can_ever_reach or most < 1:
        return None
    low, high = _about(carts, amount, most)
    for reaches in (carts.loads_reach, carts.reaches):
        wider = max(1, int((amount + high) * FIRST_STEP))
        while not reaches(amount + high):
            if high == most:
                return None
            low, high, wider = high, min(most, high + wider), 2 * wider
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if reaches(amount + middle) else (middle, high)
    return Decimal(high)


def _about(carts: "TrialCarts", amount: Decimal, most: int) -> tuple[int, int]:
    """USD beyond `amount` that are too little, and a guess of what is enough."""
    guess = min(most, max(1, ceil(carts.likely_amount - amount)))
    low, wider = guess, max(1, int((amount + guess) * FIRST_STEP))
    while low > 0 and carts.loads_reach(amount + low):
        guess, low, wider = low, max(0, low - wider), 2 * wider
    return low, min(most, max(guess, low + 1))


class TrialCarts:
    """Carts of the only store for any amount."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.fill = snapshot.policy.standalone_fill
        market = snapshot.market(budgets={snapshot.store.client.panel_id: ZERO})
        self.goods, self.block = market.goods, market.offers.of(0)
        # As floats, because so much of everything overflows an integer.
        self.cases: Floats = np.minimum(self.goods.stock[self.block.item], self.block.cap).astype(float)
        self.load: Floats = self.goods.load[self.block.item] / BILLION

    @property
    def can_ever_reach(self) -> bool:
        return float(self.load @ self.cases) >= self.fill

    @property
    def price_of_everything(self) -> int:
        """USD beyond which more money changes nothing."""
        return ceil(float(_price(self.goods, self.block, 0.0) @ self.cases))

    @property
    def likely_amount(self) -> Decimal:
        """USD for which a cart on a pallet of its own is likely worth as much as the best one that is pooled.

        By secants from half of what fills the pallet with the goods that earn most per dollar; around there each
        dollar brings the two some cents nearer.
        """
        here, slope = self._amount_that_fills / 2, FIRST_SLOPE
        lead = self.lead(here)
        for _ in range(SECANTS):
            there = _next_guess(here, lead, slope)
            next_lead = self.lead(there)
            slope = max((next_lead - lead) / (there - here), FIRST_SLOPE / 4) if there != here else slope
            here, lead = there, next_lead
        return _next_guess(here, lead, slope)

    @property
    def _amount_that_fills(self) -> Decimal:
        """USD for which the goods that earn most per dollar fill the pallet."""
        price = _price(self.goods, self.block, float(self.fill))
        shipping = price - _cost(self.goods, self.block)
        earns = (self.block.value / VALUE - shipping) / np.maximum(price, 1 / PRICE)
        order = np.argsort(-earns, kind="stable")
        loads, prices = (np.cumsum((self.cases * column)[order]) for column in (self.load, price))
        return Decimal(ceil(np.interp(float(self.fill), np.append(0, loads), np.append(0, prices))))

    def lead(self, amount: Decimal) -> Decimal:
        """USD by which the quickest cart on a pallet of its own is worth more than the best one that is pooled."""
        alone = self._alone(amount)
        plan = self._plan(amount, effort="fast", minimum=replace(alone, beats=ZERO).minimum())
        return plan.value - alone.beats if plan.lines else -amount * FIRST_SLOPE

    def loads_reach(self, amount: Decimal) -> bool:
        """Whether the engine's quickest cart for so many USD is a pallet of its own before it is packed."""
        minimum = self._alone(amount).minimum()
        return bool(self._plan(amount, effort="fast", minimum=replace(minimum, any_will_do=True)).lines)

    def reaches(self, amount: Decimal) -> bool:
        """Whether the cart for so many USD gets a pallet of its own: what decides when it is generated."""
        try:
            quick_fit(self.snapshot, amount, self._alone(amount))
        except (TooLittle, UnplaceableCases):
            return False
        return True

    def _alone(self, amount: Decimal) -> Alone:
        """What a pallet of its own must beat: the best cart for so many USD that is pooled."""
        return Alone(self.fill, self._plan(amount, pooled=True).value)

    def _plan(self, amount: Decimal, **wishes: Any) -> Plan:
        return solve(self.snapshot.market(budgets={self.snapshot.store.client.panel_id: amount}, **wishes))


def _next_guess(amount: Decimal, lead: Decimal, slope: Decimal) -> Decimal:
    """USD where a lead of so much is gone, at most half of `amount` away."""
    return amount - min(max(lead / slope, -amount / 2), amount / 2)


def _cost(goods: Goods, block: Block) -> Floats:
    """USD a case."""
    return block.cost * goods.units[block.item] / PRICE


def _price(goods: Goods, block: Block, fill: float) -> Floats:
    """USD a case with its shipping on a pallet filled so far."""
    shipping = goods.max_shipping - (goods.max_shipping - goods.min_shipping) * fill
    return _cost(goods, block) + (shipping * goods.units)[block.item] / PRICE
