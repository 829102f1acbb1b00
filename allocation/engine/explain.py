"""Why each of a store's offers is in the plan or left out, with the numbers.

Everything is worked out for the whole store at once, in arrays; reasons become objects only for the rows asked.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cached_property

import numpy as np

from allocation.engine.amounts import up_to, usd
from allocation.engine.marginal import Pallets, pallets_of
from allocation.engine.market import Floats, Ints
from allocation.engine.plan import Line
from allocation.engine.position import Holding, Position, figures
from allocation.engine.reasons import Limit, Number, Out, WhyIn, WhyOut

_LIMITS, _OUTS = tuple(Limit), tuple(Out)
_TINY = 1e-9


class StoreReasons:
    """The reasons of one store of a plan.

    Hurdle and prices are the plan's. A case's `gain` is what it is worth after the least shipping and the price of its
    stock; `adds` is the shipping beyond the least that one case more brings as the pallets stand, `takes` what it then
    spends; all USD a case.
    """

    def __init__(self, position: Position, store: str) -> None:
        number, place = position.owner[store]
        holding = position.holding(number)
        begin, end = np.searchsorted(holding.block.store, (place, place + 1)).tolist()
        part, goods = slice(begin, end), position.market.goods
        block = holding.block.part(part)
        self.store, self.position, self.holding, self.block = store, position, holding, block
        self.cases, self.price = holding.cases[part], holding.price[part]
        self.figures = figures(goods, holding.buyer, block)
        self.stock_left = (goods.stock - position.used)[block.item]
        self.left = float(Decimal(holding.buyer.budget).scaleb(-2) - holding.spent)
        self.net, self.weight = self.figures.net, self.figures.weight
        self.gain = self.net - self.price
        self.adds, self.opens = self._pallets().added(self.figures.load, self.figures.discount)
        self.takes = self.weight + self.adds

    def lines(self) -> list[WhyIn]:
        """Why each line is in, in order of item."""
        rows, limits = np.flatnonzero(self.cases).tolist(), self._limits()
        lines = self.position.lines.get(self.store, [])
        return [self._why_in(row, line, _LIMITS[limits[row]]) for row, line in zip(rows, lines, strict=True)]

    def left_out(self, first: int | None = None) -> list[WhyOut]:
        """Why each offer is left out that is, in order of item; only the `first` ones if given."""
        return [self._why_out(row) for row in np.flatnonzero(self.cases == 0)[:first].tolist()]

    def why_out(self, item: str) -> WhyOut | None:
        """Why this item is left out; None if it is in the plan or not on offer."""
        place = self.position.place.get(item, -1)
        row = int(np.searchsorted(self.block.item, place))
        if row == len(self.cases) or self.block.item[row] != place or self.cases[row]:
            return None
        return self._why_out(row)

    def counts(self) -> dict[Out, int]:
        """How many offers are left out for each reason."""
        found = Counter(self.codes[self.cases == 0].tolist())
        return {code: found[number] for number, code in enumerate(_OUTS) if found[number]}

    @cached_property
    def codes(self) -> Ints:
        """By offer the place in Out of the first rule that it fails; without meaning for the plan's lines."""
        goods, item, hurdle = self.position.market.goods, self.block.item, self.holding.hurdle
        reduced = self.gain - hurdle * self.weight
        on_new = self.gain - self.adds - hurdle * self.takes
        fails = [
            self.block.floor > 0,
            goods.stock[item] == 0,
            self.block.cap == 0,
            self.weight - self.figures.credit > self.holding.buyer.budget / 100 + _TINY,
            self.net <= 0,
            self.stock_left <= 0,
            (self.position.holders >= goods.max_stores)[item],
            reduced < -1e-6 * self.weight,
            self.opens & (on_new < 0),
            self.net <= self.adds,
            self.takes > self.left + self._held + _TINY,
        ]
        return np.select(fails, range(len(fails)), len(fails)).astype(np.int64)

    def _limits(self) -> Ints:
        cap, floor = self.block.cap, self.block.floor
        holds = [
            (floor > 0) & (floor == cap),
            self.stock_left <= 0,
            self.cases >= cap,
            self.cases <= floor,
            self.takes > self.left + _TINY,
        ]
        return np.select(holds, range(len(holds)), len(holds)).astype(np.int64)

    def _pallets(self) -> Pallets:
        rows = np.flatnonzero(self.cases)
        load, discount = self.figures.load[rows], self.figures.discount[rows]
        fill = self.position.store_plan[self.store].last_fill
        return pallets_of(load, discount, self.cases[rows].astype(float), fill)

    @cached_property
    def _held(self) -> Floats:
        """USD that the client's lines which earn less per dollar than each offer hold above their floors."""
        holding = self.holding
        value, spent, free = _lines_of(holding)
        rates = value / np.maximum(spent, _TINY)
        order = np.argsort(rates, kind="stable")
        held = np.concatenate(([0.0], np.cumsum(free[order])))
        mine = (self.gain - self.adds) / np.maximum(self.takes, _TINY)
        return held[np.searchsorted(rates[order], mine)]

    def _one_more(self, row: int) -> Decimal:
        """USD by which one case more for this store alone lifts the bound at the plan's prices, at most."""
        return up_to(float(self.net[row] - self.holding.hurdle * self.weight[row]))

    def _why_in(self, row: int, line: Line, limit: Limit) -> WhyIn:
        worth = Decimal(int(self.block.value[row]) * line.cases).scaleb(-8)
        value, spent = worth - line.shipping, line.cost + line.shipping
        unmet = self.position.unmet.get((self.store, line.item))
        return WhyIn(
            store=self.store,
            item=line.item,
            cases=line.cases,
            value=usd(float(value)),
            spent=spent,
            earns=round(float(value / spent), 6) if spent else None,
            best=_ratio(self.net[row], self.weight[row]) if spent else None,
            hurdle=self.holding.hurdle,
            price=usd(self.price[row]),
            one_more=self._one_more(row),
            limit=limit,
            numbers=self._limit_numbers(row, limit),
            short=unmet.reason if unmet else "",
        )

    def _why_out(self, row: int) -> WhyOut:
        code = _OUTS[self.codes[row]]
        return WhyOut(
            store=self.store,
            item=self.position.market.goods.ids[self.block.item[row]],
            code=code,
            numbers=self._numbers(row, code),
            price=usd(self.price[row]),
            one_more=self._one_more(row),
        )

    def _numbers(self, row: int, code: Out) -> dict[str, Number]:
        """What the sentence of the code says."""
        if code in (Out.UNMET, Out.TAKEN, Out.STORES, Out.OVER_BUDGET):
            return self._rule_numbers(row, code)
        if code in (Out.PALLET, Out.SHIPPING):
            return self._pallet_numbers(row, code)
        if code is Out.NEGATIVE:
            return {"value": usd(self.figures.value[row]), "shipping": usd(self.figures.least_shipping[row])}
        if code is Out.DEAR:
            return self._rates(row)
        if code is Out.MONEY:
            return {"takes": usd(self.takes[row]), "left": usd(self.left), "held": usd(self._held[row])}
        if code is Out.NO_EXCHANGE:
            return {"better": self.position.plan.bound - self.position.plan.value}
        return {}

    def _limit_numbers(self, row: int, limit: Limit) -> dict[str, Number]:
        if limit in (Limit.LOCKED, Limit.CAP, Limit.CLAIM):
            column = self.block.cap if limit is Limit.CAP else self.block.floor
            return {"cases": int(column[row])}
        return {"takes": usd(self.takes[row]), "left": usd(self.left)} if limit is Limit.MONEY else {}

    def _rule_numbers(self, row: int, code: Out) -> dict[str, Number]:
        goods, item = self.position.market.goods, int(self.block.item[row])
        if code is Out.UNMET:
            unmet = self.position.unmet[self.store, goods.ids[item]]
            return {"cases": unmet.floor, "reason": unmet.reason}
        if code is Out.TAKEN:
            return {"cases": int(goods.stock[item]), **self._rates(row)}
        if code is Out.STORES:
            return {"stores": int(self.position.holders[item])}
        return {"takes": usd(self.weight[row]), "budget": Decimal(self.holding.buyer.budget).scaleb(-2)}

    def _rates(self, row: int) -> dict[str, Number]:
        """USD a dollar: what it earns here, what the price of scarcity takes from that, and the hurdle."""
        weight = self.weight[row]
        return {
            "earns": _ratio(self.gain[row], weight),
            "scarcity": _ratio(self.price[row], weight),
            "hurdle": self.holding.hurdle,
        }

    def _pallet_numbers(self, row: int, code: Out) -> dict[str, Number]:
        fill = self.position.store_plan[self.store].last_fill
        shipping = usd(self.figures.least_shipping[row] + self.adds[row])
        if code is Out.SHIPPING:
            return {"fill": fill, "shipping": shipping, "value": usd(self.figures.value[row])}
        return {
            "load": float(self.figures.load[row]),
            "room": 1 - fill if self.cases.any() else 0.0,
            "shipping": shipping,
            "earns": _ratio(self.gain[row] - self.adds[row], self.takes[row]),
            "hurdle": self.holding.hurdle,
        }


def _lines_of(holding: Holding) -> tuple[Floats, Floats, Floats]:
    """By line of the client: USD of value after shipping and the price of its stock, spent, and spent above floors."""
    rows, lines = holding.line_row, holding.lines
    shipping = np.array([float(line.shipping) for line in lines])
    spent = np.array([float(line.cost + line.shipping) for line in lines])
    cases = holding.cases[rows]
    value = (holding.block.value[rows].astype(float) / 1e8 - holding.price[rows]) * cases - shipping
    return value, spent, spent * (cases - holding.low[rows]) / np.maximum(cases, 1)


def _ratio(amount: float, money: float) -> float:
    """USD a dollar; what costs less than a cent counts as a cent."""
    return round(float(amount) / max(float(money), 0.01), 6)
