"""Whatever staff, sheet and panel do, in whatever order: the real services and the plain books say the same."""

from decimal import Decimal

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from inventory.models import Asin
from inventory.services import adjust_stock
from pallets.restate import restate
from pallets.services.cancel import cancel_cart, cancel_pallet
from pallets.services.carts import confirm_cart, save_proposal
from pallets.services.pooling import pool_goods, unpool
from pallets.services.shipping import pack_pallet, reopen_pallet, ship_pallet
from tests.state_machine.books import CONFLICT, OPEN, Books
from tests.state_machine.checked import CheckedMachine, pick
from tests.state_machine.things import Stand, cents
from tests.state_machine.world import MUTUAL, OPENING, STORES, propose, stands, units_of

CODES = sorted(OPENING)
PLACES = st.integers(0, 9)
CASES = st.dictionaries(st.sampled_from(CODES), st.integers(1, 4), min_size=1)
FEW = st.dictionaries(st.sampled_from(CODES), st.integers(1, 2), min_size=1, max_size=2)
CLIENTS = st.sampled_from(["1", "2"])  # and their stores
USD = st.integers(-30_000, 30_000).map(lambda count: Decimal(count) / 100)
SHARES = st.sampled_from(["exact", "part", "part", "more", "refund", "other client", "unknown cart", ""])
CELL = st.sampled_from([0, 0, -20, -7, 6, 30])
UNITS = st.one_of(st.sampled_from([-12, -1, 0, 1]), st.integers(-40, 40))
AGAIN = st.booleans()


class Machine(CheckedMachine):
    """What staff, the sheet and the panel do."""

    # Carts

    @initialize(alone=FEW, pooled=FEW)
    def begin(self, alone: dict[str, int], pooled: dict[str, int]) -> None:
        """A cart with a pallet of one client, and one of another that waits."""
        self._promise("1", alone, alone=True)
        self._promise("2", pooled, alone=False)

    @rule(store=CLIENTS, cases=CASES, how=st.sampled_from(["alone", "pooled", "draft"]))
    def order(self, store: str, cases: dict[str, int], how: str) -> None:
        if how != "draft":
            self._promise(store, cases, alone=how == "alone")
            return
        code = save_proposal(proposal=propose(store, cases, alone=False), confirm=False).code
        self.books.draft(code, STORES[store], units_of(cases), pooled=True)

    @rule(store=CLIENTS, over=st.booleans())
    def order_all(self, store: str, over: bool) -> None:
        """As many cases of one ASIN as the client can pay for, or one more."""
        code = max(CODES, key=lambda code: self.books.goods[code].available * OPENING[code].cost)
        good = OPENING[code]
        count = int(self.books.purses[STORES[store]].available / (good.pack * (good.cost + good.high))) + over
        if count > 0:
            self._promise(store, {code: count}, alone=False)

    def _promise(self, store: str, cases: dict[str, int], *, alone: bool) -> None:
        """A cart is made and promised at once."""
        proposal = propose(store, cases, alone=alone)
        units, client = units_of(cases), STORES[store]
        made: list[str] = []

        def promise(books: Books) -> str:
            if why_not := books.why_not_promise(client, units, proposal.total):
                return why_not
            books.draft(made[0], client, units, pooled=not alone)
            books.promise(made[0], self._new_stands())
            return ""

        words = self._both(promise, lambda: made.append(save_proposal(proposal=proposal, confirm=True).code))
        self._shortages_are_named(units, words)

    @precondition(lambda self: self._has("carts", "draft"))
    @rule(place=PLACES, alone=st.booleans())
    def confirm(self, place: int, alone: bool) -> None:
        """A draft is packed, priced and promised; now and then it is none any more."""
        code = self._cart(place, "draft")
        basket = self.books.carts[code]
        proposal = restate(code=code, build_anyway=alone) if basket.state == "draft" else None

        def promise(books: Books) -> str:
            if proposal is None:
                return CONFLICT
            if why_not := books.why_not_promise(basket.client, basket.units, proposal.total):
                return why_not
            books.carts[code].pooled = proposal.is_pooled
            books.promise(code, self._new_stands())
            return ""

        words = self._both(promise, lambda: confirm_cart(code=code, build_anyway=alone))
        if proposal is not None:
            self._shortages_are_named(basket.units, words)

    def _new_stands(self) -> dict[str, Stand]:
        return {code: one for code, one in stands().items() if code not in self.books.stands}

    def _shortages_are_named(self, units: dict[str, int], words: str) -> None:
        short = [asin for asin, count in units.items() if words and self.books.goods[asin].available < count]
        assert all(asin in words for asin in short), f"{short} are short, and these words do not name them all: {words}"

    @precondition(lambda self: sum(one.state in OPEN for one in self.books.carts.values()) > 1)
    @rule(place=PLACES, missing=st.booleans())
    def cancel(self, place: int, missing: bool) -> None:
        """A cart is cancelled; where goods are `missing`, after the sheet has told that some of it is not there."""
        code = self._cart(place, *OPEN)
        if missing:
            self._fall_short(min(self.books.carts[code].units))
        self._both(lambda books: books.cancel(code), lambda: cancel_cart(code=code, reason="machine"))

    # Money and stock from outside

    @rule(place=PLACES, share=SHARES, typed=st.booleans(), changes=st.dictionaries(CLIENTS, USD), again=AGAIN)
    def panel(self, place: int, share: str, typed: bool, changes: dict[str, Decimal], again: bool) -> None:
        """The panel charges for a cart, and other money comes and goes."""
        charges = [self._charge(place, share, typed)] if self.books.carts and share else []
        for client, change in changes.items():
            self.world.balances[client] += change

        def move(books: Books) -> str:
            for client, change in changes.items():
                books.purses[client].balance += change
            for client, cart, amount in charges:
                books.charge(client, cart, amount)
            return ""

        self._read(move, self.world.read_panel, again)

    def _charge(self, place: int, share: str, typed: bool) -> tuple[str, str, Decimal]:
        """Tell of a charge: the client, the cart that it settles if any, and USD; negative where money goes back."""
        carts = self.books.carts
        cart = pick([code for code, one in carts.items() if one.hold], list(carts), place)
        basket = carts[cart]
        held = basket.hold or Decimal("25.00")
        amount = {"part": cents(held / 3), "more": held + 10}.get(share, held)
        client = ("2" if basket.client == "1" else "1") if share == "other client" else basket.client
        named = "C-999999" if share == "unknown cart" else cart
        reference = f" {named.lower()} " if typed else named
        if share == "refund":
            self.world.tell(client, amount, reference, kind="refund")
            self.world.balances[client] += amount
            return client, "", -amount
        self.world.tell(client, amount if typed else -amount, reference)
        self.world.balances[client] -= amount
        return client, named, amount

    @rule(code=st.sampled_from(CODES), change=CELL, again=AGAIN)
    def sheet(self, code: str, change: int, again: bool) -> None:
        """The sheet's cell moves, at 0 so far that less is there than is promised."""
        if change:
            self._move_cell(code, change, again=again)
        else:
            self._fall_short(max(CODES, key=lambda code: self.books.goods[code].reserved))

    def _fall_short(self, code: str) -> None:
        good = self.books.goods[code]
        self._move_cell(code, good.reserved - 5 - (good.on_hand - good.shortage))

    def _move_cell(self, code: str, change: int, *, again: bool = False) -> None:
        cells = self.world.remaining
        cells[code] = max(cells[code] + change, 0)

        def move(books: Books) -> str:
            books.goods[code].read(cells[code])
            return ""

        self._read(move, self.world.read_sheet, again)

    @precondition(lambda self: self.calm)
    @rule(code=st.sampled_from(CODES), change=UNITS)
    def adjust(self, code: str, change: int) -> None:
        """Stock is counted; not twice running, as any of the rules may otherwise be used all the time."""
        pk = Asin.objects.get(code=code).pk
        self._both(
            lambda books: books.adjust(code, change),
            lambda: adjust_stock(asin_id=pk, change=change, reason="counted"),
        )
        self.calm = False

    # Pallets

    @precondition(lambda self: self._has("carts", "confirmed"))
    @rule(place=PLACES, part=st.booleans())
    def pool(self, place: int, part: bool) -> None:
        """All that waits of a cart, or one case of it, goes on a pallet of the mutual store."""
        code = self._cart(place, "confirmed")
        waits = self.books.waiting(code)
        if part and waits:
            asin = min(waits)
            waits = {asin: OPENING[asin].pack}
        cases = {asin: count // OPENING[asin].pack for asin, count in waits.items()} if part and waits else None

        def move(books: Books) -> str:
            basket = books.carts[code]
            if basket.state != "confirmed" or not basket.pooled or not waits:
                return CONFLICT
            books.put_on(code, waits, stands())
            return books.follow([code])

        self._both(move, lambda: pool_goods(cart_code=code, store_id=MUTUAL, cases=cases))

    @precondition(lambda self: any(one.pooled and one.state == "planned" for one in self.books.stands.values()))
    @rule(place=PLACES)
    def take_off(self, place: int) -> None:
        code = self._cart(place, "confirmed")
        self._both(lambda books: books.take_off(code), lambda: unpool(cart_code=code))

    @precondition(lambda self: self._has("stands", "planned", "packed"))
    @rule(place=PLACES, state=st.sampled_from(["planned", "packed"]))
    def turn(self, place: int, state: str) -> None:
        """A pallet is packed, or a packed one opened again."""
        code, to = self._stand(place, state), "packed" if state == "planned" else "planned"
        act = pack_pallet if state == "planned" else reopen_pallet
        self._both(lambda books: books.turn(code, state, to), lambda: act(code=code))

    @precondition(lambda self: self._ready())
    @rule(place=PLACES)
    def ship(self, place: int) -> None:
        code, today = pick(self._ready(), list(self.books.stands), place), timezone.localdate()
        self._both(lambda books: books.ship(code), lambda: ship_pallet(code=code, shipped_on=today))

    @precondition(lambda self: self._has("stands", "planned", "packed"))
    @rule(place=PLACES)
    def take_apart(self, place: int) -> None:
        code = self._stand(place, "packed", "planned")
        self._both(lambda books: books.take_apart(code), lambda: cancel_pallet(code=code, reason="machine"))
