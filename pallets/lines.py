"""Lines of a cart on paper: whole cases of one ASIN, what they cost, and on which pallets they stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from allocation.snapshot import Candidate
from common.money import ZERO, cents
from inventory.models import Asin
from pallets.loading import Load, PackedPallet
from pallets.pricing import shipping, shipping_per_unit

Cases = Mapping[str, int]  # ASIN code -> cases


@dataclass(frozen=True)
class Slice:
    """Cases of one line on one pallet and what their shipping costs in USD."""

    pallet: int
    cases: int
    shipping_per_unit: Decimal
    shipping: Decimal


@dataclass(frozen=True)
class ProposedLine:
    """Whole cases of one ASIN. `shipping` is the sum of its slices, or max shipping where the cart is pooled."""

    asin: Asin
    cases: int
    cost: Decimal
    shipping: Decimal
    value: Decimal
    slices: tuple[Slice, ...] = ()

    @property
    def units(self) -> int:
        return self.cases * self.asin.case_pack

    @property
    def total(self) -> Decimal:
        return self.cost + self.shipping


def loads_of(candidates: Mapping[str, Candidate], cases: Cases) -> dict[str, Load]:
    """What the packer is given."""
    return {code: Load(candidates[code].asin, candidates[code].box, count) for code, count in cases.items()}


def lines_on(pallets: list[PackedPallet], candidates: Mapping[str, Candidate], cases: Cases) -> list[ProposedLine]:
    """Lines with one slice for each pallet that carries some of them; a line's shipping is the sum of its slices."""
    return [_line_on(pallets, candidates[code], count) for code, count in sorted(cases.items())]


def _line_on(pallets: list[PackedPallet], candidate: Candidate, cases: int) -> ProposedLine:
    asin = candidate.asin
    slices = tuple(
        Slice(
            number,
            pallet.cases[asin.code],
            shipping_per_unit(asin, pallet.fill),
            shipping(asin, pallet.cases[asin.code] * asin.case_pack, pallet.fill),
        )
        for number, pallet in enumerate(pallets)
        if asin.code in pallet.cases
    )
    return _line(candidate, cases, sum((part.shipping for part in slices), ZERO), slices)


def pooled_lines(candidates: Mapping[str, Candidate], cases: Cases) -> list[ProposedLine]:
    """Lines priced at max shipping: what a shared pallet saves comes back when it is packed."""
    return [
        _line(candidates[code], count, shipping(candidates[code].asin, count * candidates[code].asin.case_pack, ZERO))
        for code, count in sorted(cases.items())
    ]


def _line(candidate: Candidate, cases: int, price: Decimal, slices: tuple[Slice, ...] = ()) -> ProposedLine:
    units = cases * candidate.asin.case_pack
    return ProposedLine(
        candidate.asin, cases, cents(candidate.asin.unit_cost * units), price, cents(candidate.value * units), slices
    )


def total_of(lines: Iterable[ProposedLine]) -> Decimal:
    """USD for goods and shipping."""
    return sum((line.total for line in lines), ZERO)


def value_of(lines: Iterable[ProposedLine]) -> Decimal:
    """USD that the lines are worth to the policy, after shipping."""
    return cents(sum((line.value - line.shipping for line in lines), ZERO))
