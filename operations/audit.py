"""The audit: every stored total recomputed from its rows, without trusting any of the services that wrote it."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet, Sum

from allocation.models import Cart, CartLine
from allocation.states import HOLDING, CartState
from clients.models import Client, EntryKind, LedgerEntry, PanelTransaction
from common.fields import MoneyField
from common.money import ZERO
from inventory.models import Asin, MovementKind, StockMovement
from operations.audit_pallets import audit_pallets
from operations.audit_preorders import audit_preorders, promised_units
from operations.differences import Difference, compare, sums_of
from pallets.models import Pallet, PalletLine
from pallets.states import PalletState


def audit() -> list[Difference]:
    """Every difference between a stored total and its rows; an empty list when all is well.

    Carts may be confirmed meanwhile: everything is read as of one moment.
    """
    with _one_moment():
        return [
            *_stock(),
            *_reserved(),
            *_money(),
            *_held(),
            *_settled(),
            *_allocated(),
            *_carts(),
            *audit_pallets(),
            *audit_preorders(),
            *_prices(),
            *_shipped(),
        ]


@contextmanager
def _one_moment() -> Iterator[None]:
    """One snapshot for all reads. SQLite gives that to every transaction, MariaDB where it is asked for."""
    if connection.vendor == "mysql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    with transaction.atomic():
        yield


def _stock() -> Iterator[Difference]:
    sums = sums_of(
        StockMovement.objects,
        "asin_id",
        on_hand=Sum("on_hand_change"),
        reserved=Sum("reserved_change"),
        shortage=Sum("shortage_change"),
    )
    empty = {"on_hand": 0, "reserved": 0, "shortage": 0}
    for asin in Asin.objects.only("code", *empty).iterator():
        yield from compare(asin.code, {name: getattr(asin, name) for name in empty}, sums.get(asin.pk, empty))
        if asin.shortage and asin.on_hand > asin.reserved:
            free = asin.on_hand - asin.reserved
            yield Difference(asin.code, f"available beside a shortage of {asin.shortage}", free, 0)


def _reserved() -> Iterator[Difference]:
    """What open carts and preorders have been promised and has not left yet is what is reserved."""
    promised = sums_of(
        CartLine.objects.filter(cart__state__in=HOLDING), "asin_id", units=Sum(F("units") - F("returned"))
    )
    left = sums_of(
        PalletLine.objects.filter(cart_line__cart__state__in=HOLDING, pallet__state=PalletState.SHIPPED),
        "asin_id",
        units=Sum("units"),
    )
    none, kept = {"units": 0}, promised_units()
    for asin in Asin.objects.only("code", "reserved").iterator():
        units = promised.get(asin.pk, none)["units"] - left.get(asin.pk, none)["units"]
        units += kept.get(asin.pk, 0)
        yield from compare(asin.code, {"reserved for carts": asin.reserved}, {"reserved for carts": units})


def _money() -> Iterator[Difference]:
    sums = sums_of(LedgerEntry.objects, "client_id", balance=Sum("balance_change"), held=Sum("held_change"))
    empty = {"balance": ZERO, "held": ZERO}
    for client in Client.objects.iterator():
        yield from compare(client, {"balance": client.balance, "held": client.held}, sums.get(client.pk, empty))


def _held() -> Iterator[Difference]:
    """What carts still hold is what their clients have held; ledger entries of a cart add up to it too, and were never
    more than what was held at its confirmation.
    """
    by_client = sums_of(Cart.objects, "client_id", held=Sum("hold_open"))
    for client in Client.objects.iterator():
        held = by_client.get(client.pk, {"held": ZERO})["held"]
        yield from compare(client, {"held for carts": client.held}, {"held for carts": held})
    still: dict[str, Decimal] = defaultdict(lambda: ZERO)
    most: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for reference, change in LedgerEntry.objects.order_by("pk").values_list("reference", "held_change").iterator():
        still[reference] += change
        most[reference] = max(most[reference], still[reference])
    for cart in Cart.objects.only("code", "hold", "hold_open").iterator():
        stored = {"still held": cart.hold_open, "held at confirmation": cart.hold}
        yield from compare(cart, stored, {"still held": still[cart.code], "held at confirmation": most[cart.code]})


def _settled() -> Iterator[Difference]:
    """What the panel's transactions say they settled is what the ledger says."""
    entries = LedgerEntry.objects.filter(kind=EntryKind.SETTLEMENT).values_list("key", "held_change")
    posted = {key: -change for key, change in entries}
    for charge in PanelTransaction.objects.only("panel_id", "settled").iterator():
        settled = posted.pop(f"settle:{charge.panel_id}", ZERO)
        yield from compare(f"transaction {charge.panel_id}", {"settled": charge.settled}, {"settled": settled})
    for key, settled in sorted(posted.items()):
        yield Difference(key, "settled without a transaction", settled, ZERO)


def _allocated() -> Iterator[Difference]:
    """A client was allocated what its open carts cost, and of closed ones what has left."""
    open_carts = Cart.objects.filter(state__in=HOLDING)
    promised = sums_of(open_carts, "client_id", usd=Sum(F("goods") + F("shipping"), output_field=MoneyField()))
    gone = sums_of(
        PalletLine.objects.filter(cart_line__cart__state=CartState.SHIPPED, pallet__state=PalletState.SHIPPED),
        "cart_line__cart__client_id",
        usd=Sum(F("cart_line__unit_cost") * F("units") + F("shipping"), output_field=MoneyField()),
    )
    none = {"usd": ZERO}
    for client in Client.objects.iterator():
        total = promised.get(client.pk, none)["usd"] + gone.get(client.pk, none)["usd"]
        yield from compare(client, {"total allocated": client.total_allocated}, {"total allocated": total})


def _carts() -> Iterator[Difference]:
    sums = sums_of(CartLine.objects, "cart_id", goods=Sum("cost"), shipping=Sum("shipping"))
    empty = {"goods": ZERO, "shipping": ZERO}
    for cart in Cart.objects.only("code", "goods", "shipping").iterator():
        yield from compare(cart, {"goods": cart.goods, "shipping": cart.shipping}, sums.get(cart.pk, empty))
    for line in CartLine.objects.select_related("cart").iterator():
        cost = (line.unit_cost * (line.units - line.returned)).quantize(Decimal("0.01"))
        yield from compare(f"{line.cart} line {line.pk}", {"cost": line.cost}, {"cost": cost})


def _prices() -> Iterator[Difference]:
    """A unit on a pallet costs max − (max − min) x fill, to 1/10,000; cases are whole."""
    for line in PalletLine.objects.select_related("pallet", "cart_line").iterator():
        rates, fill = line.cart_line, line.pallet.fill
        price = _half_up(rates.max_shipping - (rates.max_shipping - rates.min_shipping) * fill, "0.0001")
        stored = {"units": line.units, "shipping per unit": line.shipping_per_unit, "shipping": line.shipping}
        rows = {
            "units": line.cases * rates.case_pack,
            "shipping per unit": price,
            "shipping": _half_up(price * line.units, "0.01"),
        }
        yield from compare(f"{line.pallet} line {line.pk}", stored, rows)


def _half_up(value: Decimal, places: str) -> Decimal:
    return value.quantize(Decimal(places), rounding=ROUND_HALF_UP)


def _shipped() -> Iterator[Difference]:
    """What movements say left with a pallet is what was on it, for each ASIN."""
    left = StockMovement.objects.filter(kind=MovementKind.SHIP).values_list("reference", "asin__code")
    moved = {(pallet, asin): -units for pallet, asin, units in left.annotate(units=Sum("on_hand_change")).order_by()}
    lines = PalletLine.objects.filter(pallet__state=PalletState.SHIPPED).values_list("pallet__code", "asin__code")
    on_it = {(pallet, asin): units for pallet, asin, units in lines.annotate(total=Sum("units")).order_by()}
    for pallet, asin in sorted(moved.keys() | on_it.keys()):
        stored, rows = on_it.get((pallet, asin), 0), moved.get((pallet, asin), 0)
        yield from compare(f"{pallet} {asin}", {"units that left": stored}, {"units that left": rows})


def counted() -> dict[str, int]:
    """How much the audit looked at."""
    totals: dict[str, QuerySet[Any, Any]] = {
        "ASINs": Asin.objects.all(),
        "stock movements": StockMovement.objects.all(),
        "clients": Client.objects.all(),
        "ledger entries": LedgerEntry.objects.all(),
        "carts": Cart.objects.all(),
        "pallets": Pallet.objects.all(),
    }
    return {name: rows.count() for name, rows in totals.items()}
