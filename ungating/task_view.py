"""What an ungating task would unlock, ASIN by ASIN, as it stands at this moment."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from common.money import cents
from inventory.models import Asin
from inventory.packaging import case_box
from inventory.pallet_spec import GMA
from ungating.eligibility import StoreEligibility, Verdict, keys_of
from ungating.models import Status, UngatingStatus, UngatingTask

# What Amazon can be asked to change; it never takes goods that are not eligible.
ASKABLE = (Status.GATED, Status.INVOICE_NEEDED, Status.UNKNOWN)


@dataclass(frozen=True)
class Locked:
    """Units in whole cases of an ASIN that only gating keeps from the task's store, and what they cost in USD."""

    asin: Asin
    units: int
    worth: Decimal
    verdict: Verdict


def locked_goods(task: UngatingTask, *, now: datetime) -> list[Locked]:
    """Goods of the task's brand that can be promised and fit a pallet, most worth first: two queries."""
    asins = [asin for asin in Asin.objects.in_use().filter(brand_key=task.brand_key) if asin.available_cases]
    statuses = UngatingStatus.objects.in_use().filter(store_id=task.store_id, key__in=keys_of(asins))
    eligibility = StoreEligibility(statuses, now=now)
    found = []
    for asin in asins:
        verdict = eligibility.judge(asin)
        if _can_be_asked(verdict) and not GMA.misfit(case_box(asin), upright_only=asin.upright_only):
            units = asin.available_cases * asin.case_pack
            found.append(Locked(asin, units, cents(asin.unit_cost * units), verdict))
    return sorted(found, key=lambda one: (-one.worth, one.asin.code))


def _can_be_asked(verdict: Verdict) -> bool:
    """A person's own No is a decision."""
    return verdict.status in ASKABLE and not (verdict.by_hand and verdict.status == Status.GATED)
