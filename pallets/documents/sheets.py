"""What a document says, as plain data. Lengths in inches, weights in pounds, money in USD."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from common.money import ZERO
from pallets.documents.freight import cubic_feet, density, freight_class, linear_feet

TEAM_LIFT, MECHANICAL_LIFT = 50, 100  # pounds of a carton beyond which Amazon wants it marked
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
GENERAL, HAZMAT = "general", "hazmat"  # handling groups: what needs none, and what a carrier must be told of


@dataclass(frozen=True)
class LineSheet:
    """Cases of one ASIN of one cart on a pallet.

    `size` (length, width, height) and `weight` are a carton's, None where they are estimates: then they are to be
    measured. `steps` are the numbers of the build steps that place it, from 1.
    """

    asin: str
    title: str
    client: str
    client_id: str
    cart: str
    cases: int
    case_pack: int
    units: int
    shipping: Decimal
    size: tuple[Decimal, Decimal, Decimal] | None = None
    weight: Decimal | None = None
    fragile: bool = False
    upright: bool = False
    group: str = ""
    steps: tuple[int, ...] = ()


@dataclass(frozen=True)
class PalletSheet:
    """One pallet; `weight` and `height` include the pallet itself, `fill` is a share.

    `place` of `places` is its number in its shipment, 0 of 0 where it is in none.
    """

    code: str
    state: str
    store: str
    store_id: str
    marketplace: str
    cartons: int
    weight: Decimal
    height: Decimal
    fill: Decimal
    planned_on: date
    lines: tuple[LineSheet, ...]
    length: int = 48
    width: int = 40
    has_estimates: bool = False
    is_pooled: bool = False
    shipment: str = ""
    amazon_id: str = ""
    place: int = 0
    places: int = 0

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def shipping(self) -> Decimal:
        return sum((line.shipping for line in self.lines), ZERO)

    @property
    def asins(self) -> tuple[str, ...]:
        return tuple(sorted({line.asin for line in self.lines}))

    @property
    def contents(self) -> str:
        """`Single ASIN B000000001` or `Mixed: 7 ASINs`: Amazon wants the two told apart."""
        return f"Mixed: {len(self.asins)} ASINs" if len(self.asins) > 1 else f"Single ASIN {''.join(self.asins)}"

    @property
    def position(self) -> str:
        """`2 of 5`, or nothing where the pallet is in no shipment."""
        return f"{self.place} of {self.places}" if self.places else ""

    @property
    def volume(self) -> Decimal:
        """Cubic feet of the loaded pallet, air included."""
        return cubic_feet(self.length, self.width, self.height)

    @property
    def density(self) -> Decimal:
        """Pounds gross per cubic foot."""
        return density(self.weight, self.volume)

    @property
    def marks(self) -> tuple[str, ...]:
        """What people who lift and stack must know, the gravest first."""
        heaviest = max((line.weight for line in self.lines if line.weight is not None), default=ZERO)
        groups = {line.group.lower() for line in self.lines} - {"", GENERAL}
        marks = [
            ("MECH LIFT", heaviest > MECHANICAL_LIFT),
            ("TEAM LIFT", TEAM_LIFT < heaviest <= MECHANICAL_LIFT),
            (HAZMAT.upper(), HAZMAT in groups),
            ("FRAGILE", any(line.fragile for line in self.lines)),
            ("THIS SIDE UP ↑", any(line.upright for line in self.lines)),
            ("MEASURE: ESTIMATED", self.has_estimates),
            *((group.upper(), True) for group in sorted(groups - {HAZMAT})),
        ]
        return tuple(mark for mark, holds in marks if holds)


@dataclass(frozen=True)
class ShipmentSheet:
    """Pallets that leave together for one store, in their order."""

    code: str
    state: str
    store: str
    store_id: str
    marketplace: str
    pallets: tuple[PalletSheet, ...]
    amazon_id: str = ""
    carrier: str = ""
    tracking: str = ""
    shipped_on: date | None = None

    @property
    def lines(self) -> tuple[LineSheet, ...]:
        return tuple(line for pallet in self.pallets for line in pallet.lines)

    @property
    def cartons(self) -> int:
        return sum(pallet.cartons for pallet in self.pallets)

    @property
    def units(self) -> int:
        return sum(pallet.units for pallet in self.pallets)

    @property
    def shipping(self) -> Decimal:
        return sum((pallet.shipping for pallet in self.pallets), ZERO)

    @property
    def weight(self) -> Decimal:
        """Pounds gross."""
        return sum((pallet.weight for pallet in self.pallets), ZERO)

    @property
    def volume(self) -> Decimal:
        """Cubic feet, pallets included."""
        return sum((pallet.volume for pallet in self.pallets), Decimal(0))

    @property
    def density(self) -> Decimal | None:
        """Pounds gross per cubic foot; None without pallets."""
        return density(self.weight, self.volume) if self.pallets else None

    @property
    def freight_class(self) -> str:
        return "" if self.density is None else freight_class(self.density)

    @property
    def has_estimates(self) -> bool:
        return any(pallet.has_estimates for pallet in self.pallets)

    @property
    def is_hazmat(self) -> bool:
        return any(line.group.lower() == HAZMAT for line in self.lines)

    @property
    def linear_feet(self) -> int:
        return linear_feet(len(self.pallets), max((pallet.length for pallet in self.pallets), default=0))


@dataclass(frozen=True)
class Total:
    """What the lines of one client or of one ASIN add up to; `pallets` are the numbers of those they stand on."""

    key: str
    name: str
    pallets: tuple[int, ...]
    cases: int
    units: int
    shipping: Decimal


def totals(shipment: ShipmentSheet, key: Callable[[LineSheet], tuple[str, str]]) -> list[Total]:
    """The lines of `shipment` summed by `key`, which gives key and name; by key."""
    found: dict[tuple[str, str], list[tuple[int, LineSheet]]] = {}
    for place, pallet in enumerate(shipment.pallets, start=1):
        for line in pallet.lines:
            found.setdefault(key(line), []).append((place, line))
    return [_total(one, found[one]) for one in sorted(found)]


def _total(key: tuple[str, str], rows: list[tuple[int, LineSheet]]) -> Total:
    return Total(
        key=key[0],
        name=key[1],
        pallets=tuple(dict.fromkeys(place for place, _ in rows)),
        cases=sum(line.cases for _, line in rows),
        units=sum(line.units for _, line in rows),
        shipping=sum((line.shipping for _, line in rows), ZERO),
    )


def by_client(line: LineSheet) -> tuple[str, str]:
    return line.client_id, line.client


def by_asin(line: LineSheet) -> tuple[str, str]:
    return line.asin, line.title


def figure(value: Decimal) -> str:
    """Pounds or inches for people: one decimal, none where it is whole. 1,045 or 58.5."""
    rounded = value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return f"{rounded:,.0f}" if rounded == rounded.to_integral_value() else f"{rounded:,}"


def number_ranges(numbers: Iterable[int]) -> str:
    """`1, 3–5` for 1, 3, 4, 5; with a dash that no spreadsheet takes for a date."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in spans)


def day(value: date) -> str:
    """`Nov 7, 2026`, whatever the locale of the process."""
    return f"{MONTHS[value.month - 1]} {value.day}, {value.year}"
