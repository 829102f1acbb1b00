"""Where goods that are too few for a pallet of their own could be pooled."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.utils import timezone

from clients.models import Store
from inventory.models import Asin
from pallets.models import Pallet
from pallets.proposal import Proposal
from ungating.eligibility import StoreEligibility, keys_of
from ungating.models import UngatingStatus


def best_mutual_store(proposal: Proposal) -> tuple[Store | None, int]:
    """The active mutual store that may receive most of the proposal's units, and how many; (None, 0) without one.

    Among equals the one where they ship cheapest, on the fullest pallet, then the one with the lowest id, so that the
    same goods always get the same suggestion. What goes to a mutual store anyway is pooled there.
    """
    best: tuple[int, Decimal] = (0, Decimal(0))
    chosen: Store | None = None
    fills = _open_fills()
    stores = Store.objects.mutual().receiving().select_related("client").order_by("pk")
    for store in stores.filter(pk=proposal.store.pk) if proposal.store.is_mutual else stores:
        refused = refusals(store, [line.asin for line in proposal.lines])
        units = sum(line.units for line in proposal.lines if line.asin.pk not in refused)
        together = [fill + proposal.worth for fill in (Decimal(0), *fills[store.pk]) if fill + proposal.worth <= 1]
        if units and (units, max(together, default=Decimal(0))) > best:
            chosen, best = store, (units, max(together, default=Decimal(0)))
    return chosen, best[0]


def _open_fills() -> dict[int, list[Decimal]]:
    """How full the pooled pallets are that still take goods, by store."""
    fills = defaultdict(list)
    for store_id, fill in Pallet.objects.taking().values_list("store_id", "fill"):
        fills[store_id].append(fill)
    return fills


def refusals(store: Store, asins: Iterable[Asin]) -> dict[int, str]:
    """Why `store` may not receive some of `asins`, by ASIN id."""
    asins = list(asins)
    eligibility = StoreEligibility(UngatingStatus.objects.of(store).filter(key__in=keys_of(asins)), now=timezone.now())
    verdicts = {asin.pk: eligibility.judge(asin) for asin in asins}
    return {pk: verdict.reason for pk, verdict in verdicts.items() if not verdict.eligible}
