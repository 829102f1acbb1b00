"""The ways out of a poorly filled last pallet, each packed and priced anew: hold its cartons back, or top it up."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from common.money import ZERO, cents
from pallets.fitting import Packed, pack_cases
from pallets.lines import value_of
from pallets.shipping_insight import Shipped

# Cartons in a cart whose ways out are worked out while it is generated: packing them anew takes up to 80 ms.
AT_ONCE = 100
MOST_TOP_UPS = 3  # ASINs
TRIES = 3  # of a top-up, each of half the cases of the one before
FULL_ENOUGH = Decimal("0.95")  # a fill that is worth no top-up


@dataclass(frozen=True)
class HoldBack:
    """Without `cases` (by ASIN code) the cart needs `pallets`: USD of `goods` and `shipping` are free, and the cart is
    worth `value` USD less to the policy, after shipping.
    """

    cases: Mapping[str, int]
    units: int
    pallets: int
    goods: Decimal
    shipping: Decimal
    value: Decimal

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": "holdBack",
            "asins": [{"asin": code, "cases": cases} for code, cases in sorted(self.cases.items())],
            "cases": sum(self.cases.values()),
            "units": self.units,
            "pallets": self.pallets,
            "goodsFreed": str(self.goods),
            "shippingFreed": str(self.shipping),
            "valueLost": str(self.value),
        }


@dataclass(frozen=True)
class TopUp:
    """With `cases` (by ASIN code) more the last pallet fills to `fill`: USD for `goods` and for all `shipping` more;
    what lay there before ships for `saves` USD less, and the cart is worth `value` USD more, after shipping.
    """

    cases: Mapping[str, int]
    units: int
    fill: Decimal
    goods: Decimal
    shipping: Decimal
    saves: Decimal
    value: Decimal

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": "topUp",
            "asins": [{"asin": code, "cases": cases} for code, cases in sorted(self.cases.items())],
            "cases": sum(self.cases.values()),
            "units": self.units,
            "fill": str(self.fill),
            "goods": str(self.goods),
            "shipping": str(self.shipping),
            "saves": str(self.saves),
            "valueGained": str(self.value),
        }


def ways_at_once(shipped: Shipped, balance: Decimal) -> list[HoldBack | TopUp] | None:
    """`ways_out`, or None for a cart that takes too long to pack anew."""
    return ways_out(shipped, balance) if sum(shipped.cases.values()) <= AT_ONCE else None


def ways_out(shipped: Shipped, balance: Decimal) -> list[HoldBack | TopUp]:
    """What may be done about the last pallet, the best for the policy first; `balance` is the USD that the client could
    still spend. At most 1 + TRIES packings, and as many quick ones.

    Holding back is a way where the pallet is filled less than a stand-alone pallet must be, or where the goods are not
    worth their shipping; topping up where stock, eligibility, limits and the balance leave something that gains.
    """
    top_up = _top_up(shipped, balance)
    hold_back = _hold_back(shipped)
    found: list[tuple[Decimal, HoldBack | TopUp]] = []
    if top_up:
        found.append((top_up.value, top_up))
    if hold_back:
        found.append((-hold_back.value, hold_back))
    return [way for _, way in sorted(found, key=lambda pair: -pair[0])]


def _hold_back(shipped: Shipped) -> HoldBack | None:
    last = shipped.pallets[shipped.last]
    worth = sum((line.value * part.cases / line.cases for line, part in shipped.on_last), ZERO)
    shipping = sum((part.shipping for _, part in shipped.on_last), ZERO)
    poor = last.fill < shipped.snapshot.policy.standalone_fill or worth < shipping
    if len(shipped.pallets) < 2 or not poor:
        return None
    kept = {code: count - last.cases.get(code, 0) for code, count in shipped.cases.items()}
    without = pack_cases(shipped.candidates, {code: count for code, count in kept.items() if count})
    if len(without.pallets) >= len(shipped.pallets):
        return None
    return HoldBack(
        cases=last.cases,
        units=sum(part.cases * line.asin.case_pack for line, part in shipped.on_last),
        pallets=len(without.pallets),
        goods=_goods(shipped) - sum((line.cost for line in without.lines), ZERO),
        shipping=shipped.shipping - sum((line.shipping for line in without.lines), ZERO),
        value=value_of(shipped.lines) - without.value,
    )


def _goods(shipped: Shipped) -> Decimal:
    return sum((line.cost for line in shipped.lines), ZERO)


def _top_up(shipped: Shipped, balance: Decimal) -> TopUp | None:
    """The best few ASINs, as many cases as fit by their loads; half of that where a quick packing finds no room."""
    enough = shipped.pallets[shipped.last].fill >= FULL_ENOUGH
    more = {} if enough else _allocatable(shipped, balance)
    candidates = {**shipped.snapshot.candidates(more), **shipped.candidates} if more else {}
    for _ in range(TRIES):
        if not more:
            break
        codes = [*shipped.cases, *(code for code in more if code not in shipped.cases)]
        cases = {code: shipped.cases.get(code, 0) + more.get(code, 0) for code in codes}
        if len(pack_cases(candidates, cases, effort="fast").pallets) <= len(shipped.pallets):
            found = _topped_up(shipped, more, pack_cases(candidates, cases))
            if found and found.goods + found.shipping <= balance:
                return found
        more = {code: count // 2 for code, count in more.items() if count > 1}
    return None


def _topped_up(shipped: Shipped, more: Mapping[str, int], packed: Packed) -> TopUp | None:
    """What the packed cart gains; None where it needs another pallet or gains nothing."""
    after = {line.asin.code: line for line in packed.lines}
    saves = sum(
        (line.shipping - cents(after[line.asin.code].shipping * line.cases / after[line.asin.code].cases))
        for line in shipped.lines
    )
    value = packed.value - value_of(shipped.lines)
    if len(packed.pallets) > len(shipped.pallets) or saves <= 0 or value <= 0:
        return None
    return TopUp(
        cases=more,
        units=sum(after[code].asin.case_pack * count for code, count in more.items()),
        fill=min(pallet.fill for pallet in packed.pallets),
        goods=sum((line.cost for line in packed.lines), ZERO) - _goods(shipped),
        shipping=sum((line.shipping for line in packed.lines), ZERO) - shipped.shipping,
        saves=Decimal(saves),
        value=value,
    )


def _allocatable(shipped: Shipped, balance: Decimal) -> dict[str, int]:
    """Cases by ASIN code that would fill the last pallet by their loads: those first that gain most for the share of
    the room and of the money that they take. None where the pallet would stay filled less than a stand-alone one.

    A case gains its value after the shipping it pays at the present fill, and what its load saves on the goods there.
    """
    offers, cases = shipped.offers, shipped.planned.copy()
    fill = float(shipped.pallets[shipped.last].fill)
    room, money = 1.0 - fill, float(balance)
    shipping = offers.least_shipping + offers.discount * (1 - fill)
    takes = offers.cost + shipping
    gain = offers.value - shipping + _at_stake(shipped) * offers.load
    found: dict[str, int] = {}
    for _ in range(MOST_TOP_UPS):
        fits = np.minimum(np.floor(room / offers.load + 1e-9), np.floor(money / np.maximum(takes, 0.01) + 1e-9))
        most = np.minimum(offers.left(cases), fits.astype(np.int64))
        share = np.maximum(offers.load / max(room, 1e-9), takes / max(money, 0.01))
        rate = np.where((most > 0) & (gain > 0), gain / np.maximum(share, 1e-12), 0.0)
        best = int(np.argmax(rate)) if len(rate) else 0
        if not rate.any():
            break
        count = int(most[best])
        found[shipped.codes[best]] = found.get(shipped.codes[best], 0) + count
        cases[best] += count
        room, money = room - count * float(offers.load[best]), money - count * float(takes[best])
    return found if 1.0 - room >= shipped.snapshot.policy.standalone_fill else {}


def _at_stake(shipped: Shipped) -> float:
    """USD that a full pallet would save the goods on the last one, from an empty one."""
    units = [(line.asin, part.cases * line.asin.case_pack) for line, part in shipped.on_last]
    return float(sum((asin.max_shipping - asin.min_shipping) * count for asin, count in units))
