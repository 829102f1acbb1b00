"""The amount at which a store's cart fills a pallet of its own."""

from decimal import Decimal
from math import ceil

import numpy as np

from allocation.engine.market import Block, Floats, Goods
from allocation.snapshot import Snapshot
from common.money import ZERO
from inventory.pallet_spec import BILLION
from pallets.fitting import FILL_STEP, DoesNotFit, NothingToAllocate, TooLittle, loads_worth, quick_fit, solved
from pallets.loading import UnplaceableCases

PRICE = 10_000  # the engine's prices count in 1/10,000 USD
VALUE = 100_000_000  # its values in 1e-8 USD
STEP = Decimal("0.02")  # how closely the answer is looked for: this share of the whole amount,
LEAST_STEP = 5  # or so many USD


def amount_for_standalone(snapshot: Snapshot, amount: Decimal) -> Decimal | None:
    """USD beyond `amount`, whole dollars, that make the only store's cart fill a pallet of its own; None where no
    amount is found. The cart for `amount` itself is taken not to.

    Proven by trial: generated for the answer, the cart reaches the fill; for no smaller amount that was tried does it,
    and the nearest of those is at most 2 % of the whole amount (or $5) below. First the loads of unpacked carts narrow
    it down, then carts are packed, for packed goods are worth no more than their loads.
    """
    carts = TrialCarts(snapshot)
    most = carts.price_of_everything - int(amount)
    if not carts.can_ever_reach or most < 1:
        return None
    low, high = 0, min(most, max(LEAST_STEP, ceil(carts.likely_amount - amount)))
    for reaches in (carts.loads_reach, carts.reaches):
        wider = _step(amount + high)
        while not reaches(amount + high):
            if high == most:
                return None
            low, high, wider = high, min(most, high + wider), 2 * wider
        while high - low > _step(amount + high):
            middle = (low + high) // 2
            low, high = (low, middle) if reaches(amount + middle) else (middle, high)
    return Decimal(high)


def _step(amount: Decimal) -> int:
    """USD to which the answer is narrowed down."""
    return max(LEAST_STEP, int(amount * STEP))


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
        """USD for which the goods that earn most per dollar fill the pallet: a guess, as cases are whole."""
        price = _price(self.goods, self.block, float(self.fill))
        shipping = price - _cost(self.goods, self.block)
        earns = (self.block.value / VALUE - shipping) / np.maximum(price, 1 / PRICE)
        order = np.argsort(-earns, kind="stable")
        loads, prices = (np.cumsum((self.cases * column)[order]) for column in (self.load, price))
        return Decimal(ceil(np.interp(float(self.fill), np.append(0, loads), np.append(0, prices))))

    def loads_reach(self, amount: Decimal) -> bool:
        """Whether the loads of the engine's quickest cart for so many USD add up to a pallet of its own."""
        try:
            return loads_worth(solved(self.snapshot, amount, effort="fast")) >= float(self.fill) - FILL_STEP
        except NothingToAllocate:
            return False

    def reaches(self, amount: Decimal) -> bool:
        """Whether the cart for so many USD fills a pallet of its own: what decides when it is generated."""
        try:
            quick_fit(self.snapshot, amount, least=self.fill)
        except (TooLittle, NothingToAllocate, DoesNotFit, UnplaceableCases):
            return False
        return True


def _cost(goods: Goods, block: Block) -> Floats:
    """USD a case."""
    return block.cost * goods.units[block.item] / PRICE


def _price(goods: Goods, block: Block, fill: float) -> Floats:
    """USD a case with its shipping on a pallet filled so far."""
    shipping = goods.max_shipping - (goods.max_shipping - goods.min_shipping) * fill
    return _cost(goods, block) + (shipping * goods.units)[block.item] / PRICE
