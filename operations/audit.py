"""The audit: every stored total recomputed from its rows, without trusting any of the services that wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from allocation.models import Cart, CartLine
from allocation.states import HOLDING
from clients.models import Client, LedgerEntry
from common.money import ZERO
from inventory.models import Asin, StockMovement
from pallets.models import Pallet, PalletLine
from pallets.states import PalletState


@dataclass(frozen=True)
class Difference:
    """One total that its rows do not add up to."""

    subject: str
    total: str
    stored: object
    recomputed: object

    def __str__(self) -> str:
        return f"{self.subject}: {self.total} is {self.stored}, its rows say {self.recomputed}"


def audit() -> list[Difference]:
    """Every difference between a stored total and its rows; an empty list when all is well."""
    return [
        *_stock(),
        *_reserved(),
        *_money(),
        *_held(),
        *_carts(),
        *_pallets(),
    ]


def _sums(rows: Any, group: str, **totals: Any) -> dict[int, dict[str, Any]]:
    return {row[group]: row for row in rows.order_by().values(group).annotate(**totals)}


def _compare(subject: object, stored: dict[str, Any], recomputed: dict[str, Any]) -> Iterator[Difference]:
    for total, value in stored.items():
        if value != recomputed[total]:
            yield Difference(str(subject), total, value, recomputed[total])


def _stock() -> Iterator[Difference]:
    sums = _sums(
        StockMovement.objects,
        "asin_id",
        on_hand=Sum("on_hand_change"),
        reserved=Sum("reserved_change"),
        shortage=Sum("shortage_change"),
    )
    empty = {"on_hand": 0, "reserved": 0, "shortage": 0}
    for asin in Asin.objects.only("code", *empty).iterator():
        yield from _compare(asin.code, {name: getattr(asin, name) for name in empty}, sums.get(asin.pk, empty))


def _reserved() -> Iterator[Difference]:
    """What open carts have been promised and has not left yet is what is reserved."""
    promised = _sums(CartLine.objects.filter(cart__state__in=HOLDING), "asin_id", units=Sum("units"))
    left = _sums(
        PalletLine.objects.filter(cart_line__cart__state__in=HOLDING, pallet__state=PalletState.SHIPPED),
        "asin_id",
        units=Sum("units"),
    )
    none = {"units": 0}
    for asin in Asin.objects.only("code", "reserved").iterator():
        units = promised.get(asin.pk, none)["units"] - left.get(asin.pk, none)["units"]
        yield from _compare(asin.code, {"reserved for carts": asin.reserved}, {"reserved for carts": units})


def _money() -> Iterator[Difference]:
    sums = _sums(LedgerEntry.objects, "client_id", balance=Sum("balance_change"), held=Sum("held_change"))
    empty = {"balance": ZERO, "held": ZERO}
    for client in Client.objects.iterator():
        yield from _compare(client, {"balance": client.balance, "held": client.held}, sums.get(client.pk, empty))


def _held() -> Iterator[Difference]:
    """What carts still hold is what their clients have held; ledger entries of a cart add up to it too."""
    by_client = _sums(Cart.objects, "client_id", held=Sum("hold_open"))
    for client in Client.objects.iterator():
        held = by_client.get(client.pk, {"held": ZERO})["held"]
        yield from _compare(client, {"held for carts": client.held}, {"held for carts": held})
    by_cart = {
        row["reference"]: row["held"]
        for row in LedgerEntry.objects.order_by().values("reference").annotate(held=Sum("held_change"))
    }
    for cart in Cart.objects.only("code", "hold_open").iterator():
        yield from _compare(cart, {"still held": cart.hold_open}, {"still held": by_cart.get(cart.code, ZERO)})


def _carts() -> Iterator[Difference]:
    sums = _sums(CartLine.objects, "cart_id", goods=Sum("cost"), shipping=Sum("shipping"))
    empty = {"goods": ZERO, "shipping": ZERO}
    for cart in Cart.objects.only("code", "goods", "shipping").iterator():
        yield from _compare(cart, {"goods": cart.goods, "shipping": cart.shipping}, sums.get(cart.pk, empty))
    for line in CartLine.objects.select_related("cart").iterator():
        cost = (line.unit_cost * line.units).quantize(Decimal("0.01"))
        yield from _compare(f"{line.cart} line {line.pk}", {"cost": line.cost}, {"cost": cost})


def _pallets() -> Iterator[Difference]:
    """Lines of a palletised cart stand on its pallets whole, and cost there what the cart says."""
    on_pallets = _sums(
        PalletLine.objects.exclude(pallet__state=PalletState.CANCELLED),
        "cart_line_id",
        units=Sum("units"),
        shipping=Sum("shipping"),
    )
    none = {"units": 0, "shipping": ZERO}
    palletised = CartLine.objects.filter(cart__state="palletised").select_related("cart")
    for line in palletised.iterator():
        stored = {"units": line.units, "shipping": line.shipping}
        yield from _compare(f"{line.cart} line {line.pk}", stored, on_pallets.get(line.pk, none))
    cartons = _sums(PalletLine.objects, "pallet_id", cartons=Sum("cases"))
    for pallet in Pallet.objects.only("code", "cartons").iterator():
        counted = cartons.get(pallet.pk, {"cartons": 0})["cartons"]
        yield from _compare(pallet, {"cartons": pallet.cartons}, {"cartons": counted})


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
