"""May this store receive this ASIN? One verdict, with its reason in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from inventory.models import Asin
from ungating.models import Scope, Status, UngatingStatus

SPECIFIC_FIRST = (Scope.ASIN, Scope.BRAND, Scope.CATEGORY)
WORDS = {
    Status.INVOICE_NEEDED: "needs an invoice",
    Status.GATED: "gated",
    Status.NOT_ELIGIBLE: "not eligible",
    Status.UNKNOWN: "unknown",
}
NO_STATUS = "no ungating status for this ASIN, brand or category"


def keys_of(asins: Iterable[Asin]) -> set[str]:
    """What statuses that could decide about `asins` are keyed by."""
    return {key for asin in asins for key in (asin.code, asin.brand_key, asin.category_key)}


@dataclass(frozen=True)
class Verdict:
    """`status` is one of Status; `reason` says in words which rule decided, for a refusal and for a yes;
    `approval_url` is where to ask for it, where that rule says so; `by_hand` that it is a manual override.
    """

    status: str
    reason: str
    approval_url: str = ""
    by_hand: bool = False

    @property
    def eligible(self) -> bool:
        return self.status == Status.UNGATED


class StoreEligibility:
    """Every status of one store, ready to judge many ASINs without a query."""

    def __init__(self, statuses: Iterable[UngatingStatus], *, now: datetime) -> None:
        self._now = now
        self._by_key = {(row.scope, row.key): row for row in statuses}

    def judge(self, asin: Asin) -> Verdict:
        """The most specific manual override decides; then `not_eligible` at any level blocks; then the most specific
        status that has not expired decides; no row at all is unknown, which is not allocatable.
        """
        rows = [row for row in self._rows(asin) if row.effective(self._now) != Status.UNKNOWN or row.override]
        overridden = [row for row in rows if row.override]
        blocking = [row for row in rows if row.effective(self._now) == Status.NOT_ELIGIBLE]
        for row in (*overridden, *blocking, *rows):
            return self._verdict(row)
        return Verdict(Status.UNKNOWN, NO_STATUS)

    def _rows(self, asin: Asin) -> list[UngatingStatus]:
        keys = (asin.code, asin.brand_key, asin.category_key)
        found = (self._by_key.get((scope.value, key)) for scope, key in zip(SPECIFIC_FIRST, keys, strict=True) if key)
        return [row for row in found if row]

    def _verdict(self, row: UngatingStatus) -> Verdict:
        status, by_hand = row.effective(self._now), bool(row.override)
        cause = row.override_reason if by_hand else row.reason
        return Verdict(status, said(row.scope, row.value, status, by_hand, cause), row.approval_url, by_hand)


def said(scope: str, value: str, status: str, by_hand: bool, cause: str) -> str:
    """A status in words: whose it is, what it says, whether by manual override, and why."""
    subject = f"{Scope(scope).label} {value}".strip()
    by = " by manual override" if by_hand else ""
    if status == Status.UNGATED:
        return f"{subject} is ungated{by}"
    return f"{subject}: {WORDS[Status(status)]}{by}{f' ({cause})' if cause else ''}"
