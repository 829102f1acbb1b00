"""A short name for what a row of a sheet says: the same cells in the same columns have the same one."""

import hashlib
from collections.abc import Sequence
from itertools import repeat

from sync.parsing.columns import Columns

# Hexadecimal digits: 128 bits, so that no two rows of any sheet ever share one by chance.
LENGTH = 32


class RowFingerprints:
    """Names rows by their cells of the columns that are read, wherever these stand, and by the `version` of the rules.

    A number and the text of the same number have different names; a cell that is not there has that of an empty one.
    """

    def __init__(self, columns: Columns, version: int) -> None:
        fields = sorted(columns.places)
        self._places = tuple(columns.places[field] for field in fields)
        self._width = max(self._places, default=-1) + 1
        self._rules = f"{version} {' '.join(fields)} "

    def of(self, cells: Sequence[object]) -> str:
        """32 hexadecimal digits."""
        if len(cells) < self._width:
            cells = (*cells, *repeat("", self._width - len(cells)))
        read = [cells[place] for place in self._places]
        # How Python writes a value shows its type; it escapes what cannot be encoded.
        written = f"{self._rules}{read!r}".encode("utf-8", "backslashreplace")
        return hashlib.blake2b(written, digest_size=LENGTH // 2).hexdigest()
