"""Is what a proposal was made from still so? Asked inside the transaction that promises it."""

from django.utils import timezone

from clients.models import Store
from common.errors import Problem, StalePlan
from common.money import usd
from inventory.models import Asin
from pallets.proposal import Proposal
from ungating.eligibility import StoreEligibility, keys_of
from ungating.models import UngatingStatus

# What pallets are built by.
PACKED_BY = ("case_size", "case_weight", "unit_size", "unit_weight", "upright_only", "fragile", "group")


def check_fresh(proposal: Proposal, *, client_id: int) -> None:
    """Compare store, client (`client_id` is who pays), ASINs and ungating with the proposal.

    Raises StalePlan naming everything that changed.

    Stock and balance are not compared here: their conditional UPDATEs decide.
    """
    problems = []
    store = Store.objects.select_related("client").get(pk=proposal.store.pk)
    if not store.may_receive:
        problems.append(Problem("storeID", f"{store} may no longer receive goods."))
    if store.client_id != client_id:
        problems.append(Problem("storeID", f"{store} belongs to {store.client} now."))
    if not store.client.may_buy:
        problems.append(Problem("clientID", f"{store.client} may no longer buy."))
    current = Asin.objects.in_bulk([line.asin.pk for line in proposal.lines])
    eligibility = StoreEligibility(
        UngatingStatus.objects.of(store).filter(key__in=keys_of(current.values())), now=timezone.now()
    )
    for line in proposal.lines:
        asin = current[line.asin.pk]
        if change := _change(line.asin, asin):
            problems.append(Problem("asin", f"{asin.code}: {change}."))
        elif not (verdict := eligibility.judge(asin)).eligible:
            problems.append(Problem("asin", f"{asin.code} may no longer go to {store.name}: {verdict.reason}."))
    if problems:
        raise StalePlan(problems)


def _change(before: Asin, now: Asin) -> str:
    if not now.is_active:
        return "no longer in use"
    if now.case_pack != before.case_pack:
        return f"its case pack is {now.case_pack} now, it was {before.case_pack}"
    if now.unit_cost != before.unit_cost:
        return f"its unit cost is {usd(now.unit_cost)} now, it was {usd(before.unit_cost)}"
    if (now.min_shipping, now.max_shipping) != (before.min_shipping, before.max_shipping):
        return "its shipping prices have changed"
    if any(getattr(now, name) != getattr(before, name) for name in PACKED_BY):
        return "its size, weight or handling has changed"
    return ""
