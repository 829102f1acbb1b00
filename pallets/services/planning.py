"""Pallets are written: their figures, and a line for each cart line that stands on them, priced at the fill."""

from collections.abc import Iterable, Mapping
from typing import Any

from allocation.models import CartLine
from clients.models import Store
from pallets.loading import PackedPallet
from pallets.models import Pallet, PalletLine
from pallets.pricing import shipping, shipping_per_unit

PRICED = ("cases", "units", "shipping_per_unit", "shipping")


def load_of(packed: PackedPallet) -> dict[str, Any]:
    """What the packer says of a pallet, as the pallet's fields."""
    return {
        "cartons": sum(packed.cases.values()),
        "volume": packed.volume,
        "weight": packed.weight,
        "height": packed.height,
        "fill": packed.fill,
        "cube": packed.cube,
        "placements": packed.placements,
        "steps": packed.steps,
        "has_estimates": packed.has_estimates,
    }


def make_pallet(
    *, store: Store, packed: PackedPallet, lines: Iterable[CartLine], cases: Mapping[int, int], is_pooled: bool = False
) -> Pallet:
    """A planned pallet with `cases` by cart line id. Must run in a transaction that has locked what the lines name."""
    pallet = Pallet.objects.create(store=store, is_pooled=is_pooled, **load_of(packed))
    put_lines(pallet, lines, cases)
    return pallet


def put_lines(pallet: Pallet, lines: Iterable[CartLine], cases: Mapping[int, int]) -> None:
    """Make `cases` (by cart line id) of `lines` all that stands on `pallet`, each line priced at its fill."""
    wanted = {line.pk: _pallet_line(pallet, line, cases[line.pk]) for line in lines if line.pk in cases}
    pallet.lines.exclude(cart_line__in=wanted).delete()
    there = dict(pallet.lines.values_list("cart_line_id", "pk"))
    for line_id, line in wanted.items():
        line.pk = there.get(line_id)
    PalletLine.objects.bulk_update([line for line in wanted.values() if line.pk], PRICED)
    PalletLine.objects.bulk_create([line for line in wanted.values() if not line.pk])


def _pallet_line(pallet: Pallet, line: CartLine, cases: int) -> PalletLine:
    """Not stored yet."""
    units = cases * line.case_pack
    return PalletLine(
        pallet=pallet,
        cart_line=line,
        client_id=line.cart.client_id,
        asin_id=line.asin_id,
        cases=cases,
        units=units,
        shipping_per_unit=shipping_per_unit(line, pallet.fill),
        shipping=shipping(line, units, pallet.fill),
    )
