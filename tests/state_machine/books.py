"""What stock and money should be, in plain Python and from the rules alone: none of the system's code is used here.

Units and USD. A move either returns "" and is done, or the word for why it is refused and nothing has changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from tests.state_machine.things import ZERO, Basket, Good, Purse, Stand, cents

UNITS, MONEY, CONFLICT, INVALID = "insufficient_units", "insufficient_balance", "conflict", "invalid"
OPEN = ("confirmed", "palletised")


@dataclass
class Books:
    """Everything, by ASIN, client (panel id), cart and pallet code."""

    goods: dict[str, Good]
    purses: dict[str, Purse]
    carts: dict[str, Basket] = field(default_factory=dict)
    stands: dict[str, Stand] = field(default_factory=dict)

    # Reading a cart off its pallets

    def on_pallets(self, cart: str) -> list[Stand]:
        return [
            one for one in self.stands.values() if one.state != "cancelled" and any(c == cart for c, _ in one.goods)
        ]

    def standing(self, cart: str, asin: str, *states: str, priced: bool | None = None) -> int:
        """Units of a cart's ASIN on pallets of these states (any but cancelled)."""
        return sum(
            one.goods.get((cart, asin), 0)
            for one in self.on_pallets(cart)
            if (not states or one.state in states) and (priced is None or one.is_priced == priced)
        )

    def here(self, cart: str) -> dict[str, int]:
        """Units by ASIN that have not left."""
        left = {asin: count - self.standing(cart, asin, "shipped") for asin, count in self.carts[cart].units.items()}
        return {asin: count for asin, count in left.items() if count}

    def waiting(self, cart: str) -> dict[str, int]:
        """Units by ASIN that stand on no pallet."""
        waits = {asin: count - self.standing(cart, asin) for asin, count in self.carts[cart].units.items()}
        return {asin: count for asin, count in waits.items() if count}

    def _shipping(self, cart: str, asin: str, stands: Iterable[Stand]) -> Decimal:
        """What the units on these pallets cost there."""
        good, total = self.goods[asin], ZERO
        for one in stands:
            each = (good.high - (good.high - good.low) * one.fill).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            total += cents(each * one.goods.get((cart, asin), 0))
        return total

    def _price(self, cart: str) -> None:
        """Goods at cost; shipping as the pallets say, and at most for what has no pallet with a price."""
        basket = self.carts[cart]
        basket.goods = sum((cents(self.goods[asin].cost * count) for asin, count in basket.units.items()), ZERO)
        for asin, count in basket.units.items():
            priced = [one for one in self.on_pallets(cart) if one.is_priced]
            rest = count - self.standing(cart, asin, priced=True)
            basket.shipping[asin] = self._shipping(cart, asin, priced) + cents(self.goods[asin].high * rest)

    def _state(self, cart: str) -> str:
        if any(self.standing(cart, asin, priced=True) < n for asin, n in self.carts[cart].units.items()):
            return "confirmed"
        return "palletised" if self.here(cart) else "shipped"

    # Moves

    def draft(self, cart: str, client: str, units: Mapping[str, int], *, pooled: bool) -> None:
        self.carts[cart] = Basket(client, dict(units), pooled)
        self._price(cart)

    def why_not_promise(self, client: str, units: Mapping[str, int], price: Decimal) -> str:
        if any(self.goods[asin].available < count for asin, count in units.items()):
            return UNITS
        return MONEY if self.purses[client].available < price else ""

    def promise(self, cart: str, stands: Mapping[str, Stand]) -> None:
        """A draft is confirmed, with these pallets of its own."""
        basket = self.carts[cart]
        self.stands |= stands
        for asin, count in basket.units.items():
            self.goods[asin].reserved += count
        self._price(cart)
        purse = self.purses[basket.client]
        basket.hold, basket.state = basket.total, self._state(cart)
        purse.held += basket.hold
        purse.allocated += basket.total

    def cancel(self, cart: str) -> str:
        basket = self.carts[cart]
        if basket.state == "draft":
            basket.state = "cancelled"
            return ""
        mine = self.on_pallets(cart)
        if basket.state not in OPEN or any(one.pooled and one.state == "packed" for one in mine):
            return CONFLICT
        for one in mine:
            if one.pooled and one.state == "planned":
                self._take_off(one, cart)
            elif one.state in ("planned", "packed"):
                one.state = "cancelled"
        self._close(cart)
        return ""

    def _take_off(self, stand: Stand, cart: str) -> None:
        rest = {key: count for key, count in stand.goods.items() if key[0] != cart}
        if rest:
            stand.goods = rest
        else:
            stand.state = "cancelled"

    def _close(self, cart: str) -> None:
        """What has not left goes back; the figures stay those it closed with."""
        basket, here = self.carts[cart], self.here(cart)
        gone = [one for one in self.on_pallets(cart) if one.state == "shipped"]
        price = ZERO
        for asin, count in basket.units.items():
            left = count - here.get(asin, 0)
            cost = cents(self.goods[asin].cost * count) - cents(self.goods[asin].cost * left)
            price += cost + basket.shipping[asin] - self._shipping(cart, asin, gone)
        freed = min(price, basket.hold) if gone else basket.hold
        for asin, count in here.items():
            self.goods[asin].release(count)
        self.purses[basket.client].held -= freed
        self.purses[basket.client].allocated -= price
        basket.hold -= freed
        basket.state = "shipped" if gone else "cancelled"

    def follow(self, carts: Iterable[str]) -> str:
        """Prices, holds and states follow the pallets, in this order of carts; refused where a client lacks money."""
        free = {client: purse.available for client, purse in self.purses.items()}
        changes: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for cart in carts:
            basket, before = self.carts[cart], self.carts[cart].total
            self._price(cart)
            changes[cart] = max(basket.total - basket.settled, ZERO) - basket.hold
            self.purses[basket.client].allocated += basket.total - before
            free[basket.client] -= changes[cart]
            if changes[cart] > ZERO and free[basket.client] < ZERO:
                return MONEY
        for cart, change in changes.items():
            basket = self.carts[cart]
            basket.hold += change
            self.purses[basket.client].held += change
            basket.state = self._state(cart)
        return ""

    def ship(self, pallet: str) -> str:
        stand = self.stands[pallet]
        if stand.state not in ("planned", "packed") or not (stand.is_priced):
            return CONFLICT
        stand.state = "shipped"
        for (_, asin), count in stand.goods.items():
            self.goods[asin].on_hand -= count
            self.goods[asin].reserved -= count
        for cart in {cart for cart, _ in stand.goods}:
            self.carts[cart].state = self._state(cart)
        return ""

    def charge(self, client: str, cart: str, amount: Decimal) -> Decimal:
        """The panel takes `amount`; what it settles of the cart that it names, where that is this client's."""
        self.purses[client].balance -= amount
        basket = self.carts.get(cart)
        if basket is None or basket.client != client:
            return ZERO
        settled = min(amount, basket.hold)
        basket.hold -= settled
        basket.settled += settled
        self.purses[client].held -= settled
        return settled

    def put_on(self, cart: str, units: Mapping[str, int], stored: Mapping[str, Stand]) -> None:
        """Units of `cart` go on open pooled pallets. Which ones is the packer's choice, as they are `stored`; that just
        these units were added to what stood there is checked.
        """
        before, after = _together(self.stands.values()), _together(stored.values())
        for asin, count in units.items():
            before[cart, asin] = before.get((cart, asin), 0) + count
        assert after == before, "the goods on open pooled pallets are not those that were put there"
        for code, stand in stored.items():
            if stand.pooled and stand.state == "planned":
                self.stands[code] = stand

    def take_off(self, cart: str) -> str:
        mine = [one for one in self.on_pallets(cart) if one.pooled and one.state in ("planned", "packed")]
        if not mine or any(one.state == "packed" for one in mine):
            return CONFLICT
        for one in mine:
            self._take_off(one, cart)
        return self.follow([cart])

    def turn(self, pallet: str, state: str, to: str) -> str:
        """A pallet is packed, or opened again."""
        stand = self.stands[pallet]
        if stand.state != state:
            return CONFLICT
        stand.state = to
        return self.follow(self._carts_on(stand)) if stand.pooled else ""

    def take_apart(self, pallet: str) -> str:
        """Goods of a pooled pallet wait again; with its own pallet a cart is cancelled."""
        stand = self.stands[pallet]
        if stand.state not in ("planned", "packed"):
            return CONFLICT
        stand.state = "cancelled"
        carts = self._carts_on(stand)
        if stand.pooled:
            return self.follow(carts)
        self._close(carts[0])
        return ""

    def _carts_on(self, stand: Stand) -> list[str]:
        """In the order in which they follow: by client, then age."""
        ages = list(self.carts)
        return sorted({cart for cart, _ in stand.goods}, key=lambda cart: (self.carts[cart].client, ages.index(cart)))

    def see_fills(self, fills: Mapping[str, Decimal]) -> None:
        """Open pooled pallets are packed anew as goods come and go; their price is not fixed yet."""
        for code, stand in self.stands.items():
            if stand.pooled and stand.state == "planned":
                stand.fill = fills[code]

    def adjust(self, asin: str, change: int) -> str:
        good = self.goods[asin]
        paid = min(good.shortage, max(change, 0))
        if change == 0 or good.on_hand + change - paid < good.reserved:
            return INVALID
        good.on_hand += change - paid
        good.shortage -= paid
        return ""


def _together(stands: Iterable[Stand]) -> dict[tuple[str, str], int]:
    """Units by cart and ASIN on all open pooled pallets."""
    found: dict[tuple[str, str], int] = {}
    for one in stands:
        if one.pooled and one.state == "planned":
            for key, count in one.goods.items():
                found[key] = found.get(key, 0) + count
    return found
