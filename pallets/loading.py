"""From cases of ASINs to packed pallets: what the packer is asked and what it answers, checked before it is used."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from common.errors import DomainError, Problem
from common.text import text_key
from inventory.models import Asin
from inventory.packaging import CaseBox
from inventory.pallet_spec import GMA, TENTHS, PalletSpec, tenths
from pallets.packing.bound import least_pallets
from pallets.packing.order import Carton, Effort, Limits, Order
from pallets.packing.pack import pack
from pallets.packing.validate import validate


@dataclass(frozen=True)
class Load:
    """`cases` whole cases of one ASIN."""

    asin: Asin
    box: CaseBox
    cases: int


@dataclass(frozen=True)
class PackedPallet:
    """One pallet of a plan. Pounds and inches with the pallet; `cases` by ASIN code; fill to 4 places."""

    placements: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    cases: dict[str, int]
    volume: Decimal
    weight: Decimal
    height: Decimal
    fill: Decimal
    cube: Decimal
    has_estimates: bool


class UnplaceableCases(DomainError):
    """Some cases fit no pallet; each is named with the limit it breaks."""

    code = "unplaceable"
    title = "Some cases fit no pallet"


def pack_loads(loads: Mapping[str, Load], spec: PalletSpec = GMA, *, effort: Effort = "normal") -> list[PackedPallet]:
    """Pallets for `loads` (by ASIN code), every case placed and the plan checked by the independent validator.

    Raises UnplaceableCases.
    """
    order = _order(loads, spec, effort)
    if not order.cartons:
        return []
    plan = _checked(order)
    if plan["unplaced"]:
        raise UnplaceableCases(
            [
                Problem("asin", f"{row['sku']}: {row['qty']} cases not placed, {row['reason']}.")
                for row in plan["unplaced"]
            ]
        )
    return [_packed(pallet, loads) for pallet in plan["pallets"]]


def pallets_needed(loads: Mapping[str, Load], spec: PalletSpec = GMA) -> int:
    """How many pallets any packing of `loads` needs at least; every case must fit a pallet."""
    order = _order(loads, spec, "normal")
    return least_pallets(order.cartons, order.limits)


def pack_on_one(loads: Mapping[str, Load], spec: PalletSpec = GMA, *, effort: Effort = "normal") -> PackedPallet | None:
    """One pallet with every case of `loads`, checked; None where they do not all fit on it."""
    plan = _checked(_order(loads, spec, effort, max_pallets=1))
    return None if plan["unplaced"] else _packed(plan["pallets"][0], loads)


def _checked(order: Order) -> dict[str, Any]:
    """The packer's plan as JSON, once the validator has found nothing wrong with it."""
    plan = pack(order).as_json()
    if faults := validate(order, plan):
        raise AssertionError(f"the packer made an invalid plan: {faults[:3]}")
    return plan


def _order(loads: Mapping[str, Load], spec: PalletSpec, effort: Effort, max_pallets: int | None = None) -> Order:
    limits = Limits(
        effort=effort,
        max_pallets=max_pallets,
        deck=(spec.length * TENTHS, spec.width * TENTHS),
        usable_height=spec.usable_height * TENTHS,
        pallet_height=spec.pallet_height * TENTHS,
        max_total_height=spec.max_height * TENTHS,
        pallet_weight=float(spec.pallet_weight),
        max_gross_weight=float(spec.max_gross_weight),
        max_net_weight=float(spec.net_weight),
        min_support=float(spec.min_support),
        forbidden_groups=tuple((text_key(one), text_key(other)) for one, other in spec.forbidden_groups),
    )
    cartons = tuple(
        Carton(
            sku=code,
            dims_lwh=tenths(load.box),
            vertical_ok_lwh=(False, False, True) if load.asin.upright_only else (True, True, True),
            qty=load.cases,
            weight=float(load.box.weight),
            fragile=load.asin.fragile,
            group=text_key(load.asin.group) or "general",  # typed by people: Hazmat is hazmat
        )
        for code, load in sorted(loads.items())
    )
    return Order(cartons, limits)


def _packed(pallet: dict[str, Any], loads: Mapping[str, Load]) -> PackedPallet:
    cases = Counter(placement["sku"] for placement in pallet["placements"])
    return PackedPallet(
        placements=pallet["placements"],
        cases=dict(sorted(cases.items())),
        volume=_rounded(sum(loads[code].box.volume * count for code, count in cases.items()), 2),
        weight=_rounded(pallet["weight"], 2),
        height=_rounded(Decimal(pallet["height"]) / TENTHS, 2),
        fill=min(_rounded(pallet["fill"], 4), Decimal(1)),
        cube=min(_rounded(pallet["cube"], 4), Decimal(1)),
        has_estimates=any(loads[code].box.estimated for code in cases),
        steps=pallet["steps"],
    )


def _rounded(value: object, places: int) -> Decimal:
    return round(Decimal(str(value)), places)
