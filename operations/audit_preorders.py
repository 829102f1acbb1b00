"""The audit of preorders: units and money recomputed from arrivals, payments and carts."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import F, Sum

from allocation.models import CartLine, Preorder, PreorderAllocation, PreorderArrival, PreorderPayment
from allocation.states import HOLDING, ArrivalState, CartState, PreorderState
from common.money import ZERO
from inventory.models import Asin
from operations.differences import Difference, compare, sums_of


def audit_preorders() -> Iterator[Difference]:
    """Every difference between preorders and their rows, and every ASIN that has less than was promised."""
    arrivals = sums_of(PreorderArrival.objects.filter(state=ArrivalState.CONFIRMED), "preorder_id", units=Sum("units"))
    payments = sums_of(PreorderPayment.objects, "preorder_id", usd=Sum("amount"))
    taken = sums_of(
        PreorderAllocation.objects.filter(allocated_at__isnull=False),
        "preorder_id",
        units=Sum(F("units") - F("returned")),
        prepaid=Sum("prepaid"),
    )
    for one in Preorder.objects.iterator():
        subject = f"preorder {one.pk}"
        rows = {
            "arrived": arrivals.get(one.pk, {"units": 0})["units"],
            "paid": payments.get(one.pk, {"usd": ZERO})["usd"],
            "allocated": taken.get(one.pk, {"units": 0})["units"],
        }
        yield from compare(subject, {name: getattr(one, name) for name in rows}, rows)
        yield from compare(subject, {"state": one.state}, {"state": _state(one)})
        used = taken.get(one.pk, {"prepaid": ZERO})["prepaid"]
        if used > one.paid:
            yield Difference(subject, "paid before units were taken", used, one.paid)
    yield from _promised()
    yield from _taken()


def _state(one: Preorder) -> str:
    if one.state == PreorderState.CANCELLED:
        return str(one.state)
    if one.arrived < one.quantity:
        return PreorderState.PENDING.value
    return (PreorderState.ALLOCATED if one.allocated == one.quantity else PreorderState.ARRIVED).value


def promised_units() -> dict[int, int]:
    """Units by ASIN id that are kept for preorders: reserved, and in no cart."""
    live = Preorder.objects.exclude(state=PreorderState.CANCELLED).filter(arrived__gt=F("allocated"))
    return {pk: row["units"] for pk, row in sums_of(live, "asin_id", units=Sum(F("arrived") - F("allocated"))).items()}


def credits_of_carts() -> dict[int, Decimal]:
    """USD by cart id that carts hold less than their lines say, because preorders are in them."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    rows = PreorderAllocation.objects.filter(allocated_at__isnull=False, cart_line__isnull=False)
    columns = ("cart_line__cart_id", "units", "returned", "prepaid", "cart_line__unit_cost", "preorder__unit_cost")
    for cart_id, units, returned, prepaid, price, agreed in rows.values_list(*columns).iterator():
        found[cart_id] += (price - agreed) * (units - returned) + prepaid
    return found


def _promised() -> Iterator[Difference]:
    """What is promised is in the house and reserved."""
    promised = promised_units()
    for asin in Asin.objects.filter(pk__in=promised).only("code", "on_hand", "reserved"):
        units = promised[asin.pk]
        if units > asin.on_hand:
            yield Difference(asin.code, "promised to preorders beyond what is on hand", units, asin.on_hand)
        if units > asin.reserved:
            yield Difference(asin.code, "promised to preorders beyond what is reserved", units, asin.reserved)


def _taken() -> Iterator[Difference]:
    """Carts take units for their own store only, no more than their lines keep, and closed ones none that stay."""
    rows = PreorderAllocation.objects.filter(allocated_at__isnull=False, cart_line__isnull=False)
    by_line: dict[int, int] = defaultdict(int)
    for row in rows.select_related("cart_line__cart", "preorder").order_by("pk").iterator():
        line = row.cart_line
        if line is None:
            continue
        by_line[line.pk] += row.kept
        subject, wanted = f"preorder {row.preorder_id} in {line.cart}", (row.preorder.store_id, row.preorder.asin_id)
        if wanted != (line.cart.store_id, line.asin_id):
            yield Difference(subject, "store and ASIN", (line.cart.store_id, line.asin_id), wanted)
        if row.kept and line.cart.state not in {*HOLDING, CartState.SHIPPED}:
            yield Difference(subject, "units of a closed cart", row.kept, 0)
    for line in CartLine.objects.filter(pk__in=by_line).select_related("cart").order_by("pk"):
        if by_line[line.pk] > line.kept:
            yield Difference(f"{line.cart} line {line.pk}", "units of preorders", by_line[line.pk], line.kept)
