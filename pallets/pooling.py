"""Where goods that are too few for a pallet of their own could be pooled."""

from django.utils import timezone

from clients.models import Store
from pallets.proposal import Proposal
from ungating.eligibility import StoreEligibility
from ungating.models import UngatingStatus


def best_mutual_store(proposal: Proposal) -> tuple[Store | None, int]:
    """The active mutual store that may receive most of the proposal's units, and how many; (None, 0) without one.

    Ties go to the store with the lowest id, so the same goods always get the same suggestion.
    """
    best: tuple[Store | None, int] = (None, 0)
    now = timezone.now()
    for store in Store.objects.mutual().receiving().exclude(pk=proposal.store.pk).order_by("pk"):
        eligibility = StoreEligibility(UngatingStatus.objects.of(store), now=now)
        units = sum(line.units for line in proposal.lines if eligibility.judge(line.asin).eligible)
        if units > best[1]:
            best = (store, units)
    return best
