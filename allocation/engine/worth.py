"""What more money would be worth to a client, and which other store would make the most of an item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocation.engine.amounts import up_to, usd
from allocation.engine.position import Holding, Position, Wants, figures

EXTRAS = (100, 500, 1000, 5000)


@dataclass(frozen=True)
class More:
    """USD of value that `extra` USD of balance would add to a client's plan: `about`, and for certain not above `most`.

    `most` is counted from the plan, so it holds what a better plan on today's balance would bring as well.
    """

    extra: Decimal
    about: Decimal
    most: Decimal

    def words(self) -> str:
        """The sentence for people."""
        return f"${self.extra:,.2f} more would bring about ${self.about:,.2f} of value, up to ${self.most:,.2f}."


@dataclass(frozen=True)
class Taker:
    """A store that would take an item: what a dollar spent on it `earns` there, and its client's `hurdle`."""

    store: str
    client: str
    earns: float
    hurdle: float

    @property
    def margin(self) -> float:
        """USD a dollar by which the item beats the client's last dollar; negative where it does not."""
        return self.earns - self.hurdle


def balance_curve(position: Position, buyer: int, extras: Sequence[Decimal | int] = EXTRAS) -> tuple[More, ...]:
    """What each of `extras` USD more would be worth to the client at this place in the market.

    Proven: with the goods of all other clients and its own floors as they are, no plan of whole cases on the budget
    and `extra` is worth more to the client than its value in this plan and `most`. The bound is the one-row programme
    (cases split, all shipping at its least, rounding in the client's favour) on the stock that the others leave.
    `about` is what the `extra` dollars earn in that programme: concave in the money (until `most` is less), and an
    estimate, for the differences of bounds bound nothing.
    """
    holding = position.holding(buyer)
    programmes, value = _programmes(position, holding), float(holding.value)
    furthest = float(max(extras, default=0))
    curves = [wants.returns(furthest) for wants, _ in programmes]
    rows, about = [], 0.0
    for extra in sorted(map(Decimal, extras)):
        tops = [wants.reach(float(extra)) + stock for wants, stock in programmes]
        best = int(np.argmin(tops))
        money, most = programmes[best][0].money, tops[best] - value
        now, then = curves[best].values(np.array([money, money + float(extra)])).tolist()
        # Which programme is the tightest may change from row to row; more money never earns less.
        about = min(most, max(about, then - now))
        rows.append(More(extra, usd(about), up_to(most)))
    return tuple(rows)


def _programmes(position: Position, holding: Holding) -> list[tuple[Wants, float]]:
    """What the client could buy, and USD that stock costs on top: with free stock, and with stock at the plan's prices
    where several stores of the client share it.
    """
    found = [(holding.wants(holding.spare).sorted(), 0.0)]
    if len(holding.buyer.stores) > 1 and holding.price.any():
        stock = np.zeros(len(position.price), dtype=np.int64)
        np.maximum.at(stock, holding.block.item, holding.spare)
        found.append((holding.wants(holding.spare, holding.price).sorted(), float(position.price @ stock)))
    return found


def best_store(position: Position, item: str, stores: Iterable[str]) -> Taker | None:
    """The one of the stores that makes the most of one case more of the item, by its margin at the plan's prices.

    Stores that are not offered it, are at their cap, or may not be one more to have it are left out; ties go to the
    first id. All shipping counts at its least.
    """
    takers = [taker for store in sorted(set(stores)) if (taker := _taker(position, item, store))]
    return max(takers, key=lambda taker: taker.margin, default=None)


def _taker(position: Position, item: str, store: str) -> Taker | None:
    if item not in position.place or store not in position.owner:
        return None
    goods, place = position.market.goods, position.place[item]
    number, row_of_store = position.owner[store]
    block = position.market.offers.of(number)
    rows = np.flatnonzero((block.store == row_of_store) & (block.item == place))
    cases = next((line.cases for line in position.lines.get(store, ()) if line.item == item), 0)
    full = not cases and position.holders[place] >= goods.max_stores[place]
    if not len(rows) or full or cases >= block.cap[rows[0]]:
        return None
    own = figures(goods, position.market.buyers[number], block.part(rows))
    earns = float(own.net[0] - position.price[place]) / max(float(own.weight[0]), 0.01)
    return Taker(store, position.market.buyers[number].id, round(earns, 6), position.plan.clients[number].hurdle)
