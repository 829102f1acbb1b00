"""Case, load, typical case and value of one ASIN at a time, in plain `Decimal`: what the arrays are compared with."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from statistics import median

from allocation.models import Policy
from inventory.models import Asin
from inventory.packaging import CaseBox, Typical, case_box
from inventory.pallet_spec import GMA, tenths

PRIORITY_POINTS = {"low": Decimal(0), "": Decimal("0.5"), "medium": Decimal("0.5"), "high": Decimal(1)}
CLIENT_WEIGHTS = {"low": Decimal(1), "medium": Decimal("1.25"), "high": Decimal("1.5")}


def load(box: CaseBox) -> Decimal:
    """The share of one full pallet: the larger of volume over 90 % of the usable cube and weight over net weight."""
    length, width, height = tenths(box)
    volume = Decimal(length * width * height) / 1000
    full = Decimal("0.90") * GMA.length * GMA.width * GMA.usable_height
    return min(max(volume / full, box.weight / GMA.net_weight), Decimal(1))


def billionths(box: CaseBox) -> int:
    """As the engine reads a load."""
    return max(1, int(float(load(box)) * 1_000_000_000 + 1e-6))


def typical_cases(asins: Iterable[Asin]) -> dict[str, Typical]:
    """Median case by category key, of the ASINs whose size and weight are known."""
    known: dict[str, list[CaseBox]] = {}
    for asin in asins:
        if not asin.needs_estimate:
            known.setdefault(asin.category_key, []).append(case_box(asin))
    return {
        key: Typical(
            (
                median(box.size[0] for box in boxes),
                median(box.size[1] for box in boxes),
                median(box.size[2] for box in boxes),
            ),
            median(box.weight for box in boxes),
        )
        for key, boxes in known.items()
    }


def value_of(policy: Policy, asin: Asin, client_priority: str, today: date) -> Decimal:
    """USD a unit before shipping, to 8 places."""
    days = min(max((today - asin.date_added).days, 0), 365)
    factor = policy.base + policy.age * Decimal(days) / 365 + policy.priority * PRIORITY_POINTS[asin.priority]
    margin = asin.profit or Decimal(0)
    value = (asin.unit_cost * factor + policy.profit * margin) * CLIENT_WEIGHTS[client_priority]
    return value.quantize(Decimal("0.00000001"))
