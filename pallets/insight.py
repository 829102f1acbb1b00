"""Why a cart is as it is, in the engine's numbers: each line, each offer left out, and what else would be worth.

Everything is counted on the cart as it was packed and priced. It is kept with the cart, so that an old one still
explains itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from allocation.engine.explain import StoreReasons
from allocation.engine.market import Market
from allocation.engine.plan import ClientPlan, ItemPlan, Line, Plan, StorePlan
from allocation.engine.position import Position
from allocation.engine.reasons import LIMITS, WhyIn, filled
from allocation.engine.worth import EXTRAS, balance_curve
from allocation.snapshot import Snapshot
from allocation.snapshot_words import LeftOut
from pallets.lines import ProposedLine, total_of
from pallets.loading import PackedPallet
from pallets.shipping_insight import Shipped, shipping_story
from pallets.ungating_worth import GatedBrands
from pallets.ways_out import ways_at_once

BRANDS = 10


@dataclass(frozen=True)
class Chosen:
    """A cart for the only store of a snapshot: the engine's `plan` and what it became, packed; USD.

    `bound` is the value that no cart for the amount exceeds. A pooled cart has no pallets.
    """

    plan: Plan
    amount: Decimal
    lines: Sequence[ProposedLine]
    pallets: Sequence[PackedPallet]
    value: Decimal
    bound: Decimal
    top_up: Decimal | None = None


@dataclass(frozen=True)
class Insight:
    """Reasons for what is left out though it is eligible and in stock, and `story` as JSON for the page and the API:

    the `hurdle` (USD of value that the last dollar earns), `lines` by ASIN, the `curve` of more money, `ungating`, and
    `shipping` (`pallets.shipping_insight`), None where the cart is pooled.
    """

    left_out: tuple[LeftOut, ...]
    story: dict[str, Any]


def explain(snapshot: Snapshot, chosen: Chosen) -> Insight:
    """The reasons of the cart of the snapshot's only store."""
    store = snapshot.store
    market = snapshot.market(budgets={store.client.panel_id: chosen.amount}, with_gated=True)
    own = Position(market, _plan_of(market, chosen))
    position = own if chosen.pallets else _at_max_shipping(own)
    reasons = StoreReasons(position, store.panel_id)
    brands = GatedBrands(snapshot, own)
    story = {
        "hurdle": _rate(chosen.plan.clients[0].hurdle),
        "lines": {why.item: _why(why) for why in reasons.lines()},
        "curve": _curve(own, position, chosen.top_up),
        "ungating": [worth.as_json() for worth in brands.first(brands.worth_of(0), BRANDS)],
        "shipping": _shipping(snapshot, market, chosen) if chosen.pallets else None,
    }
    return Insight(_left_out(reasons), story)


def _shipping(snapshot: Snapshot, market: Market, chosen: Chosen) -> dict[str, Any]:
    shipped = Shipped(snapshot, market, chosen.lines, chosen.pallets)
    return shipping_story(shipped, ways_at_once(shipped, snapshot.store.client.available - total_of(chosen.lines)))


def _left_out(reasons: StoreReasons) -> tuple[LeftOut, ...]:
    """What earns most a dollar first: it is the nearest to being in."""
    rows = sorted(reasons.left_out(), key=lambda why: -float(why.numbers.get("earns", 0)))
    return tuple(LeftOut(why.item, why.code.value, why.words()) for why in rows)


def _plan_of(market: Market, chosen: Chosen) -> Plan:
    """The cart as a plan of the market: what is packed and paid, at the prices and the hurdle of the engine's plan."""
    store, prices = market.buyers[0].stores[0], {row.id: row.price for row in chosen.plan.items}
    used = {line.asin.code: line.cases for line in chosen.lines}
    stock = zip(market.goods.ids, market.goods.stock.tolist(), strict=True)
    shipping = sum((line.shipping for line in chosen.lines), Decimal(0))
    fills = [float(pallet.fill) for pallet in chosen.pallets]
    return replace(
        chosen.plan,
        lines=tuple(
            Line(store, line.asin.code, line.cases, line.units, line.cost, line.shipping) for line in chosen.lines
        ),
        value=chosen.value,
        bound=chosen.bound,
        stores=(StorePlan(store, len(fills), min(fills, default=0.0), shipping),),
        clients=(_client(chosen),),
        # Only stock that is used up has a price: cases that packing dropped are free again.
        items=tuple(
            ItemPlan(code, used.get(code, 0), prices.get(code, Decimal(0)) if used.get(code) == cases else Decimal(0))
            for code, cases in stock
        ),
    )


def _client(chosen: Chosen) -> ClientPlan:
    return replace(chosen.plan.clients[0], spent=total_of(chosen.lines))


def _at_max_shipping(own: Position) -> Position:
    """The same cart where every unit ships at its most, whatever the fill: a pooled one."""
    goods = replace(own.market.goods, min_shipping=own.market.goods.max_shipping)
    return Position(replace(own.market, goods=goods), own.plan)


def _why(why: WhyIn) -> dict[str, Any]:
    return {
        "earns": None if why.earns is None else _rate(why.earns),
        "limit": why.limit.value,
        "because": filled(LIMITS[why.limit], why.numbers),
        "oneMoreCase": str(why.one_more),
        "words": why.words(),
    }


def _curve(own: Position, position: Position, top_up: Decimal | None) -> list[dict[str, str]]:
    """What more money would be worth. A pooled cart might get a pallet of its own, so `upTo` counts with that; `about`
    does from the amount that makes one.
    """
    extras = sorted({*map(Decimal, EXTRAS), *([top_up] if top_up else [])})
    alone, as_it_is = (balance_curve(where, 0, extras) for where in (own, position))
    return [
        {
            "extra": f"{at_best.extra:.2f}",
            "about": str((at_best if top_up and at_best.extra >= top_up else now).about),
            "upTo": str(at_best.most),
        }
        for at_best, now in zip(alone, as_it_is, strict=True)
    ]


def _rate(rate: float) -> str:
    """USD of value a dollar."""
    return f"{rate:.3f}"


def why_of(story: Mapping[str, Any], code: str) -> dict[str, Any] | None:
    """Why the line of an ASIN is in; None where nothing was kept, as with carts of an older version."""
    why: dict[str, Any] | None = story.get("lines", {}).get(code)
    return why
