"""The amount at which a store's cart fills a pallet of its own."""

from dataclasses import replace
from decimal import Decimal
from math import ceil

import numpy as np

from allocation.engine.plan import Plan
from allocation.engine.solve import solve
from allocation.snapshot import Snapshot
from common.money import ZERO
from inventory.pallet_spec import BILLION
from pallets.fitting import DoesNotFit, Packed, fit
from pallets.loading import UnplaceableCases

OVERSHOOT = Decimal("1.05")  # of the first guess: a little too much brackets the answer, a little too little does not
PRICE = 10_000  # the engine's prices count in 1/10,000 USD
LEAST_WORTH = Decimal("0.0001")  # fills are rounded to this


def amount_for_standalone(snapshot: Snapshot, amount: Decimal, packed: Packed) -> Decimal | None:
    """USD beyond `amount`, whole dollars, that make the only store's cart fill a pallet of its own; None where no
    amount does. `packed` is the cart for `amount`: it fills less than the policy's stand-alone fill.

    Every step is a cart solved at the engine's quickest, packed and priced: the one for the answer reaches the fill,
    the one for a dollar less does not.
    """
    carts = QuickCarts(snapshot)
    if not carts.can_ever_reach:
        return None
    most = max(1, carts.price_of_everything - int(amount))
    guess = packed.total * (snapshot.policy.standalone_fill / max(packed.worth, LEAST_WORTH) - 1) * OVERSHOOT
    low, high = 0, min(most, max(1, ceil(guess)))
    while not carts.reaches(amount + high):
        if high == most:
            return None
        low, high = high, min(most, 2 * high)
    while high - low > 1:
        middle = (low + high) // 2
        if carts.reaches(amount + middle):
            high = middle
        else:
            low = middle
    return Decimal(high)


class TooLittle(Exception):
    """Goods that do not fill a pallet of their own, however they are packed."""


class QuickCarts:
    """Carts of the only store for any amount, all on one market."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.fill = snapshot.policy.standalone_fill
        self.market = snapshot.market(budgets={snapshot.store.client.panel_id: ZERO}, effort="fast")
        block = self.market.offers.of(0)
        # As floats, because so much of everything overflows an integer.
        self.items, self.cases = block.item, np.minimum(self.market.goods.stock[block.item], block.cap).astype(float)

    @property
    def can_ever_reach(self) -> bool:
        return float(self.market.goods.load[self.items] @ self.cases) / BILLION >= self.fill

    @property
    def price_of_everything(self) -> int:
        """USD beyond which more money changes nothing."""
        goods = self.market.goods
        price = ((goods.cost + goods.max_shipping) * goods.units)[self.items]
        return ceil(float(price @ self.cases) / PRICE)

    def reaches(self, amount: Decimal) -> bool:
        """Whether the cart for so many USD fills a pallet of its own."""
        try:
            return fit(self.snapshot, amount, self._plan).packed.worth >= self.fill
        except (TooLittle, DoesNotFit, UnplaceableCases):
            return False

    def _plan(self, budget: Decimal) -> Plan:
        """Raises TooLittle without packing where the loads do not add up to the fill: packed goods are worth less."""
        (buyer,) = self.market.buyers
        plan = solve(replace(self.market, buyers=(replace(buyer, budget=int(budget * 100)),)))
        worth = sum(store.pallets - 1 + store.last_fill for store in plan.stores if store.pallets)
        if worth < self.fill:
            raise TooLittle
        return plan
