"""What a draft's store may have today of given ASINs: stock, eligibility, limits, what a unit is worth. Only reads."""

from collections import Counter
from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np
from django.db.models import F, Q
from django.utils import timezone
from numpy.typing import NDArray

from allocation.models import Cart, Policy, Preorder
from allocation.snapshot import Candidate
from allocation.snapshot_history import read_history
from allocation.snapshot_rules import Bar, bars_for, bars_for_all
from allocation.snapshot_shelf import Shelf, read_shelf
from allocation.snapshot_values import CLASSES, case_values
from allocation.snapshot_words import BarWords
from inventory.models import Asin
from inventory.packaging import case_box
from inventory.pallet_spec import GMA
from ungating.eligibility import StoreEligibility, keys_of
from ungating.models import UngatingStatus

Ints = NDArray[np.int64]

WEIGHTS = ("base", "age", "priority", "profit", "min_roi_percent")
COUNTS = ("max_units_per_asin", "cool_down_days", "max_stores_per_asin")
ADDED_LIMITS = (Bar.LOW_ROI, Bar.COOL_DOWN, Bar.TOO_MANY_STORES)


@dataclass(frozen=True)
class Good:
    """One ASIN as the draft's store may have it today; `available` units are free, or kept for the store's preorders.

    `refusal` says why no case of it may go there, `limit` why no further case may; both are empty where it may.
    `value` is USD a case before shipping by the weights that the draft was made with, `load` billionths of a pallet.
    """

    asin: Asin
    candidate: Candidate | None
    available: int
    refusal: str
    limit: str
    load: int

    @property
    def most(self) -> int:
        """Whole cases available."""
        return self.available // self.asin.case_pack


def policy_as_made(cart: Cart) -> Policy:
    """The cart's policy with the weights and limits that the cart was made with; not to be saved."""
    policy = copy(cart.policy)
    made = cart.policy_weights
    for name in WEIGHTS:
        if name in made:
            setattr(policy, name, None if made[name] is None else Decimal(made[name]))
    for name in COUNTS:
        if name in made:
            setattr(policy, name, None if made[name] is None else int(made[name]))
    return policy


def read_goods(cart: Cart, codes: Collection[str], *, now: datetime) -> dict[str, Good]:
    """What the store of `cart` (with client, store and policy) may have of the ASINs with these codes, but for unknown
    ones. Four queries, and one where a limit looks back.
    """
    asins = {asin.code: asin for asin in Asin.objects.filter(code__in=codes)}
    if not asins:
        return {}
    used = [asin for asin in asins.values() if asin.is_active]
    alike = {asin.category_key for asin in used if asin.needs_estimate}  # whose typical case stands in for its own
    wanted = Q(pk__in=[asin.pk for asin in used]) | Q(category_key__in=alike)
    desk = _Desk.open(cart, read_shelf(Asin.objects.in_use().filter(wanted)), used, now)
    return {code: desk.judge(asin) for code, asin in asins.items()}


@dataclass(frozen=True)
class _Desk:
    """What is needed to judge ASINs for one cart, read once. `kept` are units by ASIN id that are here for preorders of
    the cart's store; `limits` says by code which limit keeps further cases away; `values` are 1e-8 USD a case.
    """

    cart: Cart
    shelf: Shelf
    eligibility: StoreEligibility
    kept: Counter[int]
    limits: Mapping[str, str]
    values: Ints

    @classmethod
    def open(cls, cart: Cart, shelf: Shelf, asins: Collection[Asin], now: datetime) -> "_Desk":
        policy = policy_as_made(cart)
        keys = keys_of(asins)
        return cls(
            cart=cart,
            shelf=shelf,
            eligibility=StoreEligibility(UngatingStatus.objects.of(cart.store).filter(key__in=keys), now=now),
            kept=_kept(cart, asins),
            limits=_limits(cart, shelf, policy, now),
            values=case_values(policy, shelf, today=timezone.localdate(cart.created_at))[
                CLASSES.index(cart.client.priority)
            ],
        )

    def judge(self, asin: Asin) -> Good:
        place = self.shelf.places.get(asin.code)
        if place is None:
            return Good(asin, None, 0, "no longer in use", "", 1)
        units = max(asin.available, 0) + self.kept[asin.pk]
        box = case_box(asin, self.shelf.typical(place))
        value = Decimal(int(self.values[place] // self.shelf.units[place])).scaleb(-8)
        verdict = self.eligibility.judge(asin)
        refusal = GMA.misfit(box, upright_only=asin.upright_only)
        if not verdict.eligible:
            refusal = f"may not go to {self.cart.store.name}: {verdict.reason}"
        limit = "" if self.kept[asin.pk] else self.limits.get(asin.code, "")
        candidate = Candidate(asin, box, units // asin.case_pack, value)
        return Good(asin, candidate, units, refusal, limit, int(self.shelf.load[place]))


def _kept(cart: Cart, asins: Collection[Asin]) -> Counter[int]:
    rows = Preorder.objects.promised().filter(store=cart.store_id, asin__in=[asin.pk for asin in asins])
    units = Counter[int]()
    for asin_id, count in rows.values_list("asin_id", F("arrived") - F("allocated")):
        units[asin_id] += count
    return units


def _limits(cart: Cart, shelf: Shelf, policy: Policy, now: datetime) -> dict[str, str]:
    history = read_history(shelf, policy.limits, now=now)
    bars = bars_for(cart.store_id, bars_for_all(shelf, policy.limits), policy.limits, history)
    words = BarWords(cart.store_id, shelf, policy.limits, history)
    told: dict[str, str] = {}
    for bar in ADDED_LIMITS:
        places = (bars == bar).nonzero()[0]
        told |= {shelf.codes[place]: said for place, said in zip(places.tolist(), words.tell(bar, places), strict=True)}
    return told
