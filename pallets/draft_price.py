"""What cases of a draft cost: estimated by their loads, or packed on real pallets."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from allocation.engine.pricing import FULL, price_store
from allocation.engine.pricing import Good as Priced
from allocation.models import Cart, CartLine
from common.money import ZERO, cents
from inventory.pallet_spec import GMA
from pallets.draft_goods import Good
from pallets.fitting import MANY, Packed, pack_cases
from pallets.lines import Cases, value_of
from pallets.packing.order import Effort


@dataclass(frozen=True)
class Price:
    """What cases cost: (cost, shipping) in USD by ASIN code; the fill of each pallet. One that is not exact is an
    estimate by loads, as the engine makes it.
    """

    lines: Mapping[str, tuple[Decimal, Decimal]]
    fills: tuple[Decimal, ...]
    value: Decimal
    is_pooled: bool
    is_exact: bool = False
    packed: Packed | None = None

    @property
    def worth(self) -> Decimal:
        """Pallets' worth of the goods."""
        return sum(self.fills, Decimal(0))


def price_cases(cart: Cart, goods: Mapping[str, Good], cases: Cases, *, exact: bool) -> Price:
    """What those of `cases` cost that are in use, on pallets of their own or pooled, as confirming would decide."""
    wanted = {code: count for code, count in cases.items() if count > 0 and code in goods and goods[code].candidate}
    least = ZERO if cart.build_anyway else cart.policy.standalone_fill
    estimate = _estimate(goods, wanted, least)
    if not exact or not wanted:
        return estimate
    candidates = {code: one for code in wanted if (one := goods[code].candidate)}
    effort: Effort = "fast" if estimate.worth > MANY else "normal"
    packed = pack_cases(candidates, wanted, effort=effort, least=least)
    return Price(
        {line.asin.code: (line.cost, line.shipping) for line in packed.lines},
        tuple(pallet.fill for pallet in packed.pallets),
        value_of(packed.lines),
        packed.is_pooled,
        is_exact=True,
        packed=packed,
    )


def stored_price(cart: Cart, lines: Mapping[str, CartLine]) -> Price:
    """What a draft costs as it is stored, packed when it was made."""
    story = cart.insight.get("shipping") or {}
    fills = tuple(Decimal(pallet["fill"]) for pallet in story.get("pallets", ())) or (cart.pallets_worth,)
    prices = {code: (line.cost, line.shipping) for code, line in lines.items()}
    return Price(prices, fills, cart.value, cart.is_pooled, is_exact=True)


def _estimate(goods: Mapping[str, Good], cases: Cases, least: Decimal) -> Price:
    """By loads, as the engine prices. What exceeds the stock, and cannot be had, counts at max shipping: it is not
    spread over pallets, however much it is.
    """
    ordered = sorted(cases, key=lambda code: (-_saving(goods[code]), code))
    had = {code: min(cases[code], max(goods[code].most, 1)) for code in ordered}
    share = _load_share(goods, had)
    priced = price_store((_as_priced(goods[code], share), had[code]) for code in ordered)
    fills = tuple(Decimal(fill) / FULL for fill in priced.fills)
    is_pooled = sum(fills, Decimal(0)) < least
    lines, value = {}, Decimal(0)
    for code, shipping in zip(ordered, priced.shippings, strict=True):
        asin, candidate = goods[code].asin, goods[code].candidate
        units, beyond = cases[code] * asin.case_pack, (cases[code] - had[code]) * asin.case_pack
        price = asin.max_shipping * units if is_pooled else Decimal(shipping).scaleb(-2) + asin.max_shipping * beyond
        lines[code] = (cents(asin.unit_cost * units), cents(price))
        value += cents(candidate.value * units) - lines[code][1] if candidate else ZERO
    return Price(lines, fills, cents(value), is_pooled)


def _load_share(goods: Mapping[str, Good], cases: Cases) -> Fraction:
    """What the goods take together of what they take by their loads: a load is the larger of a case's shares of volume
    and of weight, a pallet's fill the larger of the two sums.
    """
    boxes = [(one.box, count) for code, count in cases.items() if (one := goods[code].candidate)]
    cube = GMA.full_cube * GMA.length * GMA.width * GMA.usable_height
    volume = sum((box.volume * count for box, count in boxes), Decimal(0)) / cube
    weight = sum((box.weight * count for box, count in boxes), Decimal(0)) / GMA.net_weight
    loads = sum(goods[code].load * count for code, count in cases.items())
    return min(Fraction(max(volume, weight)) * FULL / max(loads, 1), Fraction(1))


def _as_priced(good: Good, share: Fraction) -> Priced:
    asin = good.asin
    cost, low, high = (int(price.scaleb(4)) for price in (asin.unit_cost, asin.min_shipping, asin.max_shipping))
    return Priced(asin.case_pack, cost, low, high, max(int(good.load * share), 1))


def _saving(good: Good) -> Decimal:
    """Discount per load: what it is packed in the order of."""
    return (good.asin.max_shipping - good.asin.min_shipping) * good.asin.case_pack / good.load
