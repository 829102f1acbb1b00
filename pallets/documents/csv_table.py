"""Tables for spreadsheets and for other programs."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO

from common.import_cells import escape

Cell = str | int | Decimal | None


def csv_bytes(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """`rows` under `heads` as UTF-8 with its mark, as the lists export them: no text is taken for a formula, numbers
    stay as they are, None is empty.
    """
    text = StringIO()
    table = csv.writer(text)
    table.writerow(heads)
    table.writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return escape(cell) if isinstance(cell, str) else str(cell)
