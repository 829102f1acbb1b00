"""Caps on what one store may get, whatever it is worth. None means no limit."""

from dataclasses import asdict, dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Limits:
    """`max_units_per_asin` counts units of one ASIN in one cart. A store gets an ASIN again after `cool_down_days`.

    `max_stores_per_asin` counts the stores that got it within the cool-down, else within 30 days: our own clients
    compete for one buy box. Return = (sale price − fees − unit cost − max shipping) / (unit cost + max shipping).
    """

    max_units_per_asin: int | None = None
    cool_down_days: int | None = None
    max_stores_per_asin: int | None = None
    min_roi_percent: Decimal | None = None

    def as_json(self) -> dict[str, str | None]:
        return {name: None if value is None else str(value) for name, value in asdict(self).items()}
