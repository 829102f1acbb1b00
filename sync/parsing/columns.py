"""Columns found by their header, ignoring case, spaces and punctuation, with aliases."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from common.errors import Problem
from sync.parsing.cells import cell_text
from sync.parsing.issues import UnusableFile, listed, shorten
from sync.parsing.tables import Table

Aliases = Mapping[str, Sequence[str]]

NO_ALIASES: Aliases = {}

# Field -> the headers it is known by; the first one names the column in messages.
PORTAL_COLUMNS: Aliases = {
    "asin": ("ASIN", "ASIN Code", "Amazon ASIN", "Product ASIN", "ASIN/ISBN"),
    "title": ("Product Title", "Title", "Product Name", "Item Name", "ASIN Title"),
    "brand": ("Brand", "Brand Name"),
    "category": ("Category", "Product Category", "Amazon Category"),
    "supplier": ("Supplier", "Supplier Name", "Vendor", "Distributor"),
    "date_added": ("Date Added", "Added On", "Added Date"),
    "quantity_purchased": (
        "Qty Purchased",
        "Quantity Purchased",
        "Purchased Quantity",
        "Purchased Qty",
        "Units Purchased",
    ),
    "remaining_quantity": (
        "Qty Remaining",
        "Remaining Quantity",
        "Quantity Remaining",
        "Remaining Qty",
        "Units Remaining",
        "Remaining Units",
    ),
    "unit_cost": ("Unit Cost", "Cost per Unit", "Cost/Unit", "Unit Cost (USD)"),
    "min_shipping": (
        "Min Shipping Price",
        "Minimum Shipping Price",
        "Min Shipping",
        "Minimum Shipping",
        "Min Shipping Cost",
        "Min Ship",
        "Min Shipping per Unit",
        "Min Shipping Price per Unit",
    ),
    "max_shipping": (
        "Max Shipping Price",
        "Maximum Shipping Price",
        "Max Shipping",
        "Maximum Shipping",
        "Max Shipping Cost",
        "Max Ship",
        "Max Shipping per Unit",
        "Max Shipping Price per Unit",
    ),
    "unit_in": (
        "Package Dimensions (in)",
        "Package Dimensions",
        "Package Dimension",
        "Unit Dimensions",
        "Unit Dimensions (in)",
        "Item Dimensions",
        "Item Dimensions (in)",
        "Product Dimensions",
    ),
    "unit_lb": ("Item Weight", "Unit Weight", "Item Weight (lb)", "Unit Weight (lb)", "Package Weight"),
    "case_pack": (
        "Case Pack",
        "Case Pack Qty",
        "Case Qty",
        "Case Quantity",
        "Units per Case",
        "Case Pack Size",
    ),
    "case_in": (
        "Case Dimensions (in)",
        "Case Dimensions",
        "Case Dimension",
        "Case Dims",
        "Carton Dimensions",
    ),
    "case_lb": ("Case Weight", "Case Weight (lb)", "Carton Weight"),
    "sale_price": ("Sale Price", "Selling Price", "Amazon Price", "Buy Box Price", "Sales Price"),
    "amazon_fees": ("Amazon Fees", "Amazon Fee", "Fees", "FBA Fees", "Total Amazon Fees"),
    "priority": ("Priority", "ASIN Priority"),
}
PORTAL_REQUIRED = (
    "asin",
    "quantity_purchased",
    "remaining_quantity",
    "unit_cost",
    "min_shipping",
    "max_shipping",
    "case_pack",
    "date_added",
)

PREORDER_COLUMNS: Aliases = {
    "client_id": ("Client ID", "Client", "Client Number"),
    "store_id": ("Store ID", "Store", "Store Number"),
    "asin": ("ASIN", "ASIN Code", "Product ASIN"),
    "quantity": ("Quantity", "Qty", "Units", "Quantity Ordered"),
    "amount_paid": ("Amount Paid", "Paid", "Paid Amount"),
    "expected_arrival": ("Expected Arrival", "Expected Arrival Date", "Arrival Date", "ETA"),
    "status": ("Status", "Preorder Status"),
}
PREORDER_REQUIRED = ("client_id", "store_id", "asin", "quantity", "expected_arrival")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands (from 0), what its header says in the file, and the headers not used."""

    places: Mapping[str, int]
    labels: Mapping[str, str]
    unknown: tuple[str, ...]

    def cell(self, cells: Sequence[object], field: str) -> object:
        """The cell of `field` in a row; `None` where the column or the cell is not there."""
        place = self.places.get(field)
        return None if place is None or place >= len(cells) else cells[place]


def header_key(header: object) -> str:
    """A header's letters and digits in lower case: `Qty. Purchased` and `QTY PURCHASED` are one."""
    return "".join(char for char in cell_text(header).casefold() if char.isalnum())


def header_hash(header: Sequence[object]) -> str:
    """A fingerprint of the names in a header, whatever their order, case and punctuation.

    Moving a column does not change it; adding, dropping or renaming one does.
    """
    keys = sorted(key for key in map(header_key, header) if key)
    return hashlib.sha256("\n".join(keys).encode("utf-8", "replace")).hexdigest()


def match_columns(table: Table, known: Aliases, required: Sequence[str], extra: Aliases = NO_ALIASES) -> Columns:
    """Finds each field's column by `known` headers and the `extra` ones, which win where both claim a header.

    Raises `UnusableFile` naming every required column that is missing, every field with two columns, and
    every alias for a field that does not exist.
    """
    fields = _fields_by_key(table.name, known, extra)
    found: dict[str, list[int]] = {}
    unknown: list[str] = []
    for place, header in enumerate(table.header):
        field = fields.get(header_key(header))
        if field:
            found.setdefault(field, []).append(place)
        elif header:
            unknown.append(header)
    problems = _column_problems(table, known, required, found)
    if problems:
        raise UnusableFile(problems)
    places = {field: spots[0] for field, spots in found.items()}
    labels = {field: table.header[places[field]] if field in places else known[field][0] for field in known}
    return Columns(places, labels, tuple(unknown))


def _fields_by_key(name: str, known: Aliases, extra: Aliases) -> dict[str, str]:
    fields = {header_key(header): field for field, headers in known.items() for header in headers}
    strange = [field for field in extra if field not in known]
    if strange:
        raise UnusableFile(f"{name}: column aliases name fields that do not exist: {listed(strange)}.")
    fields |= {header_key(header): field for field, headers in extra.items() for header in headers}
    fields.pop("", None)
    return fields


def _column_problems(
    table: Table, known: Aliases, required: Sequence[str], found: Mapping[str, Sequence[int]]
) -> list[Problem]:
    problems = []
    missing = [known[field][0] for field in required if field not in found]
    if missing:
        seen = listed([header for header in table.header if header])
        word = "column is" if len(missing) == 1 else "columns are"
        problems.append(
            Problem(
                "header",
                f"{table.name}: the {word} missing: {listed(missing)}. Row {table.header_row} has: {seen}.",
            )
        )
    for field, places in found.items():
        if len(places) > 1:
            headers = " and ".join(f"'{shorten(table.header[place])}'" for place in places)
            problems.append(
                Problem(
                    "header",
                    f"{table.name}: {len(places)} columns for {known[field][0]}: {headers}. Keep one.",
                )
            )
    return problems
