"""Carts take the units that have arrived for their store's preorders, and bring them back.

Such units are reserved already, from their arrival on: between a preorder and a cart nothing moves in stock.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from allocation.models import Cart, CartLine, Preorder, PreorderAllocation
from allocation.states import preorder_state
from common.errors import Conflict
from common.money import ZERO


@dataclass(frozen=True)
class Taken:
    """Units by ASIN id that are reserved already, and the USD that a cart holds less for them than its lines say."""

    units: Mapping[int, int] = field(default_factory=dict)
    credit: Decimal = ZERO

    def beyond(self, units: Mapping[int, int]) -> dict[int, int]:
        """What of `units` (by ASIN id) is not among these."""
        rest = {asin_id: count - self.units.get(asin_id, 0) for asin_id, count in units.items()}
        return {asin_id: count for asin_id, count in rest.items() if count}


def prepaid_used(preorder_ids: Iterable[int]) -> dict[int, Decimal]:
    """USD paid on preorders that counts for units in confirmed carts, by preorder id."""
    rows = PreorderAllocation.objects.filter(preorder__in=preorder_ids, allocated_at__isnull=False)
    return dict(rows.order_by().values_list("preorder").annotate(Sum("prepaid")))


def credit_of(cart: Cart) -> Decimal:
    """USD that `cart` holds less than its lines say, because preorders are in them; for a draft what it counts on."""
    rows = PreorderAllocation.objects.filter(cart_line__cart=cart).select_related("preorder", "cart_line")
    return sum((row.credit for row in rows), ZERO)


def count_on(*, cart: Cart) -> Taken:
    """Note which preorders a draft's lines would serve; nothing is taken. Must run in a transaction."""
    lines = list(cart.lines.order_by("pk"))
    return _write(_shares(_promised(cart, lines), lines), at=None)


def allocate(*, cart: Cart, now: datetime) -> Taken:
    """Take for the lines of `cart` what has arrived for its store's preorders, the earliest expected first.

    Must run in a transaction that has locked the lines' ASINs. Money that was paid counts for the first units taken.
    Raises Conflict where another writer was faster.
    """
    lines = list(cart.lines.order_by("pk"))
    promised = _promised(cart, lines, lock=True)
    rows = _shares(promised, lines)
    for row in rows:
        _move(row.preorder, row.units)
    return _write(rows, at=now)


def bring_back(*, cart: Cart, kept: Mapping[int, int]) -> Taken:
    """Give back to their preorders what the lines of a locked `cart` have of them beyond `kept` units (by line id; a
    line that is not named keeps all). The units stay reserved, for the preorders.

    Must run in a transaction that has locked the lines' ASINs.
    """
    rows = PreorderAllocation.objects.filter(cart_line__in=kept, allocated_at__isnull=False).order_by("-pk")
    taken = [row for row in rows.select_related("cart_line") if row.kept]
    ids = [row.preorder_id for row in taken]
    preorders = {one.pk: one for one in Preorder.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    room = _kept_by_line(taken)
    units: dict[int, int] = defaultdict(int)
    credit = ZERO
    for row in taken:
        row.preorder = preorders[row.preorder_id]
        excess = min(row.kept, room[row.cart_line_id] - kept[row.cart_line_id or 0])
        if excess <= 0:
            continue
        room[row.cart_line_id] -= excess
        credit += _return(row, excess)
        units[row.preorder.asin_id] += excess
    return Taken(dict(units), credit)


def _kept_by_line(rows: Iterable[PreorderAllocation]) -> dict[int | None, int]:
    room: dict[int | None, int] = defaultdict(int)
    for row in rows:
        room[row.cart_line_id] += row.kept
    return room


def _return(row: PreorderAllocation, units: int) -> Decimal:
    """`units` of the row go back; the USD of credit that go with them."""
    before = row.credit
    row.returned += units
    row.prepaid = min(row.prepaid, row.preorder.unit_cost * row.kept)
    row.save(update_fields=["returned", "prepaid"])
    _move(row.preorder, -units)
    return before - row.credit


def _promised(cart: Cart, lines: Iterable[CartLine], *, lock: bool = False) -> dict[int, list[Preorder]]:
    """By ASIN id the preorders of the cart's store with units here, in the order in which carts take them."""
    found: dict[int, list[Preorder]] = defaultdict(list)
    rows = Preorder.objects.promised().filter(store=cart.store_id, asin__in=[line.asin_id for line in lines])
    for preorder in rows.select_for_update() if lock else rows:
        found[preorder.asin_id].append(preorder)
    return found


def _shares(promised: Mapping[int, Iterable[Preorder]], lines: Iterable[CartLine]) -> list[PreorderAllocation]:
    """What each line would take, not stored yet."""
    used = prepaid_used([one.pk for own in promised.values() for one in own]) if promised else {}
    rows = []
    for line in lines:
        left = line.units
        for preorder in promised.get(line.asin_id, ()):
            units = min(left, preorder.promised)
            if units:
                left -= units
                free = preorder.paid - used.get(preorder.pk, ZERO)
                prepaid = min(free, preorder.unit_cost * units)
                rows.append(PreorderAllocation(preorder=preorder, cart_line=line, units=units, prepaid=prepaid))
    return rows


def _write(rows: list[PreorderAllocation], *, at: datetime | None) -> Taken:
    units: dict[int, int] = defaultdict(int)
    for row in rows:
        row.allocated_at = at
        units[row.preorder.asin_id] += row.units
    PreorderAllocation.objects.bulk_create(rows)
    return Taken(dict(units), sum((row.credit for row in rows), ZERO))


def _move(preorder: Preorder, units: int) -> None:
    """`units` more of a locked preorder are in confirmed carts, or fewer. Raises Conflict where it has not so many."""
    allocated = preorder.allocated + units
    state = preorder_state(quantity=preorder.quantity, arrived=preorder.arrived, allocated=allocated)
    same = Preorder.objects.exclude(state="cancelled").filter(
        pk=preorder.pk, allocated=preorder.allocated, arrived__gte=allocated
    )
    if allocated < 0 or not same.update(allocated=allocated, state=state):
        raise Conflict(f"{preorder}: its units have moved meanwhile. Try again.")
    preorder.allocated, preorder.state = allocated, state
