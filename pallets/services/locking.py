"""The locks of writes to pallets, always in one order: shipment, carts, pallets, ASINs, clients, each by id.

A row that refers to another takes a shared lock on it. Two writers that both have one cannot both go on to the
UPDATE: without these locks first, writers over the same goods deadlock nearly every time.
"""

from collections.abc import Collection, Iterable

from allocation.models import Cart
from clients.models import Client
from common.errors import Conflict, NotFound
from inventory.models import Asin
from pallets.models import Pallet, PalletLine


def lock_carts(ids: Iterable[int]) -> list[Cart]:
    """The carts alone: joined rows would be locked with them."""
    return list(Cart.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk"))


def lock_cart(code: str) -> Cart:
    """Raises NotFound."""
    cart = Cart.objects.select_for_update().filter(code=code).first()
    if cart is None:
        raise NotFound(f"There is no cart “{code}”.", field="cart")
    return cart


def lock_pallets(codes: Collection[str]) -> tuple[list[Pallet], list[Cart]]:
    """The pallets, by id, locked after the carts whose lines they carry, which cancelling and settling lock first too.

    Without the carts' locks a cancelling could count units as still here that are leaving at this moment.
    Raises NotFound, or Conflict where a pallet takes goods of another cart meanwhile.
    """
    carts = lock_carts(_carts_on(codes))
    pallets = list(Pallet.objects.select_for_update().filter(code__in=codes).order_by("pk"))
    if missing := sorted(set(codes) - {pallet.code for pallet in pallets}):
        raise NotFound(f"There is no pallet “{missing[0]}”.", field="pallet")
    if not _carts_on(codes) <= {cart.pk for cart in carts}:
        raise Conflict(f"{', '.join(sorted(codes))}: goods were added meanwhile. Open it again.")
    return pallets, carts


def _carts_on(codes: Collection[str]) -> set[int]:
    lines = PalletLine.objects.filter(pallet__code__in=codes).order_by()
    return set(lines.values_list("cart_line__cart_id", flat=True))


def lock_pallet(code: str) -> tuple[Pallet, list[Cart]]:
    """`lock_pallets` for one."""
    pallets, carts = lock_pallets([code])
    return pallets[0], carts


def lock_goods(asin_ids: Iterable[int], client_ids: Iterable[int]) -> None:
    """ASINs in id order, then clients, before any row that refers to them is written."""
    for model, ids in ((Asin, asin_ids), (Client, client_ids)):
        rows = model.objects.select_for_update().filter(pk__in=set(ids))
        list(rows.order_by("pk").values_list("pk", flat=True))
