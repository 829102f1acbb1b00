"""The world that the machine plays in: three ASINs, two clients with a store each, a mutual store of the house; all of
it comes through the real readings of the sheet and the panel.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from allocation.models import Cart
from allocation.snapshot import Candidate
from clients.models import Store
from inventory.models import Asin
from inventory.packaging import case_box
from pallets.lines import lines_on, pooled_lines
from pallets.loading import Load, PackedPallet, pack_loads
from pallets.models import Pallet, PalletLine
from pallets.proposal import Proposal
from sync.models import SourceName
from sync.services import SyncReport
from tests.factories import default_policy, ungate
from tests.state_machine.books import Books
from tests.state_machine.things import ZERO, Good, Purse, Stand
from tests.sync.cases import asin_row, panel, panel_client, panel_store, sheet, take, transaction

OPENING = {
    "B000000001": Good(6, Decimal("10.00"), Decimal("0.50"), Decimal("1.50"), remaining=90),
    "B000000002": Good(6, Decimal("7.35"), Decimal("0.33"), Decimal("1.27"), remaining=66),
    "B000000003": Good(12, Decimal("3.33"), Decimal("0.11"), Decimal("0.75"), remaining=72),
}
BALANCES = {"1": Decimal("450.00"), "2": Decimal("300.00"), "H": ZERO}
STORES = {"1": "1", "2": "2", "M": "H"}  # the client of each
MUTUAL = "M"
SHAPE = {"Case Dimensions (in)": "12 x 10 x 8", "Case Weight": "10 lb", "Qty Purchased": "100000"}
BUDGET = Decimal("100000.00")  # of a cart, which no cart here exceeds


@dataclass
class World:
    """Feeds as they are now, in `folder`. `told` are the panel's transactions so far."""

    folder: Path
    remaining: dict[str, int] = field(default_factory=lambda: {code: good.remaining for code, good in OPENING.items()})
    balances: dict[str, Decimal] = field(default_factory=lambda: dict(BALANCES))
    told: list[dict[str, Any]] = field(default_factory=list)

    def open(self) -> None:
        """The first readings, and what the stores may receive."""
        assert self.read_sheet().ok and self.read_panel().ok
        for store in Store.objects.order_by("pk"):
            ungate(store, "Home & Kitchen")

    def read_sheet(self) -> SyncReport:
        rows = [
            asin_row(
                int(code[1:]), remaining=str(self.remaining[code]), cost=str(good.cost),
                **{"Min Shipping Price": str(good.low), "Max Shipping Price": str(good.high)},
                **{"Case Pack": str(good.pack)}, **SHAPE,
            )
            for code, good in OPENING.items()
        ]  # fmt: skip
        return take(SourceName.PORTAL, sheet(self.folder, rows, headers=tuple(rows[0])))

    def read_panel(self) -> SyncReport:
        clients = [panel_client(id, balance=str(balance)) for id, balance in self.balances.items()]
        stores = [panel_store(id, client, mutual=id == MUTUAL) for id, client in STORES.items()]
        return take(SourceName.PANEL, panel(self.folder, clients, stores, self.told))

    def tell(self, client: str, amount: Decimal, reference: str, *, kind: str = "charge") -> str:
        """A transaction that the next reading brings, `amount` with the panel's sign; its id."""
        self.told.append(transaction(f"t{len(self.told) + 1}", str(amount), reference, client_id=client, kind=kind))
        return str(self.told[-1]["id"])


def opening_books() -> Books:
    """What the first readings bring."""
    goods = {
        code: Good(one.pack, one.cost, one.low, one.high, one.remaining, on_hand=one.remaining)
        for code, one in OPENING.items()
    }
    return Books(goods, {client: Purse(balance) for client, balance in BALANCES.items()})


def propose(store_id: str, cases: Mapping[str, int], *, alone: bool) -> Proposal:
    """These cases by ASIN code, on a pallet of their own (`alone`) or to be pooled."""
    store = Store.objects.select_related("client").get(panel_id=store_id)
    asins = Asin.objects.filter(code__in=cases)
    candidates = {asin.code: Candidate(asin, case_box(asin, None), cases[asin.code], asin.unit_cost) for asin in asins}
    pallets = _packed(frozenset(cases.items())) if alone else []
    lines = lines_on(pallets, candidates, cases) if alone else pooled_lines(candidates, cases)
    return Proposal(
        store=store,
        policy=default_policy(),
        amount=BUDGET,
        lines=tuple(lines),
        pallets=tuple(pallets),
        worth=sum((pallet.fill for pallet in pallets), Decimal(0)),
        is_pooled=not alone,
        build_anyway=alone,
        value=ZERO,
        bound=ZERO,
    )


def units_of(cases: Mapping[str, int]) -> dict[str, int]:
    return {code: count * OPENING[code].pack for code, count in cases.items()}


@cache
def _packed(cases: frozenset[tuple[str, int]]) -> list[PackedPallet]:
    counts = dict(cases)
    asins = Asin.objects.filter(code__in=counts)
    return pack_loads({one.code: Load(one, case_box(one, None), counts[one.code]) for one in asins}, effort="fast")


def stands() -> dict[str, Stand]:
    """The pallets as they are stored."""
    pallets = Pallet.objects.order_by("pk").values_list("code", "is_pooled", "fill", "state")
    found = {code: Stand(is_pooled, fill, {}, state) for code, is_pooled, fill, state in pallets}
    lines = PalletLine.objects.values_list("pallet__code", "cart_line__cart__code", "asin__code", "units")
    for pallet, cart, asin, units in lines:
        found[pallet].goods[cart, asin] = units
    return found


def figures_of_goods() -> dict[str, tuple[int, int, int, int | None]]:
    """On hand, reserved, shortage and the sheet's remaining cell, by ASIN."""
    rows = Asin.objects.values_list("code", "on_hand", "reserved", "shortage", "portal_remaining")
    return {code: tuple(figures) for code, *figures in rows}  # type: ignore[misc]


def figures_of_clients() -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Balance, held and allocated in all, by client."""
    rows = Store.objects.values_list("client__panel_id", "client__balance", "client__held", "client__total_allocated")
    return {client: tuple(figures) for client, *figures in rows}  # type: ignore[misc]


def figures_of_carts() -> dict[str, tuple[str, Decimal, Decimal]]:
    """State, price, and what is still held, by cart."""
    return {cart.code: (cart.state, cart.total, cart.hold_open) for cart in Cart.objects.all()}
