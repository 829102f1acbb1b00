"""What the buying portal's sheet says once it is parsed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sync.parsing.measures import Dimensions
from sync.parsing.sheets import SheetFeed


@dataclass(frozen=True, slots=True)
class PortalRow:
    """One accepted ASIN. USD (shipping per unit, 4 places), inches, pounds, units; `None` = not given.

    `estimated`: neither the unit's nor the case's own dimensions, or neither weight, are known.
    """

    row: int
    asin: str
    title: str
    brand: str
    category: str
    supplier: str
    date_added: date
    quantity_purchased: int
    remaining_quantity: int
    unit_cost: Decimal
    min_shipping: Decimal
    max_shipping: Decimal
    unit_in: Dimensions | None
    unit_lb: Decimal | None
    case_pack: int
    case_in: Dimensions | None
    case_lb: Decimal | None
    estimated: bool
    sale_price: Decimal | None
    amazon_fees: Decimal | None
    priority: str


@dataclass(frozen=True, slots=True)
class PortalFeed(SheetFeed[PortalRow]):
    """`rows` are those that were read; `unchanged` are the ASINs whose rows say what they said when taken over.

    `hashes` name the cells of `rows` by ASIN; not of rows with a warning, which the next reading must find again.
    `columns` (from 0) say where the ASIN and its remaining quantity stand, `header_row` (from 1) below which row.
    """

    unchanged: tuple[str, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict, compare=False)
    columns: Mapping[str, int] = field(default_factory=dict, compare=False)
    header_row: int = 1
