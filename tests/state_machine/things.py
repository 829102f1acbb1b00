"""Goods, purses, pallets and carts as plain figures; units and USD."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass
class Good:
    """One ASIN. `remaining` is what its cell in the sheet says."""

    pack: int
    cost: Decimal
    low: Decimal
    high: Decimal
    remaining: int
    on_hand: int = 0
    reserved: int = 0
    shortage: int = 0

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    def release(self, units: int) -> None:
        """Units that were never there pay the shortage and do not become free."""
        paid = min(self.shortage, units)
        self.reserved -= units
        self.on_hand -= paid
        self.shortage -= paid

    def read(self, remaining: int) -> None:
        """What is promised stays so: where there is less, the rest is missing."""
        there = self.on_hand - self.shortage + remaining - self.remaining
        self.on_hand = max(there, self.reserved)
        self.shortage = self.on_hand - there
        self.remaining = remaining


@dataclass
class Purse:
    """One client. `allocated` is the price of what was promised and not taken back."""

    balance: Decimal
    held: Decimal = ZERO
    allocated: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        return self.balance - self.held


@dataclass
class Stand:
    """One pallet: `goods` in units by cart and ASIN. `fill` is the packer's."""

    pooled: bool
    fill: Decimal
    goods: dict[tuple[str, str], int]
    state: str = "planned"

    @property
    def is_priced(self) -> bool:
        """Whether it has a price of its own, or its goods cost max shipping still."""
        return self.state != "cancelled" and not (self.pooled and self.state == "planned")


@dataclass
class Basket:
    """One cart, `units` by ASIN; `shipping` by ASIN, for what has not been given back."""

    client: str
    units: dict[str, int]
    pooled: bool
    state: str = "draft"
    shipping: dict[str, Decimal] = field(default_factory=dict)
    goods: Decimal = ZERO
    hold: Decimal = ZERO
    settled: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.goods + sum(self.shipping.values(), ZERO)
