"""An upper bound on a cart whose stores keep their volumes within a box, from a small linear programme.

A store with volume V in [V1, V2] inside one pallet loses at least (1 - f2) x (discount on its last pallet),
and that discount is at least sum x min(t v, D) - t (N - 1) for every density t >= 0: rows that are added
where they cut. The programme runs over the columns that matter; its prices then bound the whole cart, every
column counted, so the bound does not rest on the programme's own accuracy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from allocation.engine.cart import Cart
from allocation.engine.curve import pallets_before, store_curve
from allocation.engine.market import Floats, Ints, dot
from allocation.engine.model import Matrix, Model
from allocation.engine.states import Knapsack

CORE = 500
_CUT_ROUNDS = 12
_MOST_CUTS = 24


@dataclass(frozen=True)
class Box:
    """Pallets of each store: from `low` to `high`."""

    low: tuple[float, ...]
    high: tuple[float, ...]

    def missing(self, store: int) -> float:
        """The share of the last pallet that stays empty at best; 0 where the box spans a full pallet."""
        before = pallets_before(self.high[store])
        return before + 1 - self.high[store] if self.low[store] >= before - 1e-12 else 0.0

    def part(self, store: int, low: float, high: float) -> Box:
        """The same box with other limits for one store."""
        lows, highs = list(self.low), list(self.high)
        lows[store], highs[store] = low, high
        return Box(tuple(lows), tuple(highs))


@dataclass(frozen=True)
class Relaxed:
    """`bound` in USD, `cases` (fractions) an offer, and the knapsack that is left at the prices of the box."""

    box: Box
    bound: float
    cases: Floats
    knapsack: Knapsack

    @property
    def hurdle(self) -> float:
        return self.knapsack.hurdle

    @property
    def reduced(self) -> Floats:
        """USD a case adds at the prices of the box."""
        return self.knapsack.reduced


class Relaxation:
    """Bounds boxes of one cart; keeps the programme between boxes."""

    def __init__(self, cart: Cart, room: Ints) -> None:
        """`room`: cases that each offer may have above its floor."""
        self.cart = cart
        self.room = room
        self.base = cart.low.astype(float)
        self.solved = 0
        self.cuts: list[tuple[int, float]] = []
        self.budget = cart.budget / 100
        ratio = cart.net / np.maximum(cart.weight, 1e-6)
        self.steep = 10 * (1 + float(ratio.max(initial=0.0)))
        per_load = (np.abs(cart.net) + self.steep * cart.weight) / cart.load
        self.penalty = 10 * (1 + float(per_load.max(initial=0.0)))
        self.shared = self._shared_items()
        self.core = self._first_core(ratio)
        self._build()

    def bound(self, box: Box) -> Relaxed:
        """The bound of a box: cuts and columns are added until neither helps."""
        best: Relaxed | None = None
        for _ in range(_CUT_ROUNDS):
            self._set_box(box)
            outcome = self.model.solve()
            self.solved += 1
            relaxed = self._read(box, outcome.values, outcome.duals)
            if best is None or relaxed.bound <= best.bound:
                best = relaxed
            missing = self._missing_columns(relaxed)
            if len(missing):
                self.core = np.union1d(self.core, missing)
                self._build()
            elif not self._add_cuts(box, relaxed, outcome.values):
                break
        assert best is not None
        return best

    def in_question(self) -> Ints:
        """The offers that a whole plan may want: those of the programme, those bought first, and floors."""
        wanted = self.rich | (self.base > 0)
        wanted[self.core] = True
        return np.flatnonzero(wanted)

    def violation(self, relaxed: Relaxed, store: int) -> float:
        """USD of loss on the store's last pallet that the bound of the box does not see."""
        curve = store_curve(self.cart, store, relaxed.cases)
        return curve.loss - relaxed.box.missing(store) * curve.at_stake

    def _first_core(self, ratio: Floats) -> Ints:
        """The offers whose return is nearest to that of the last dollar when the best are bought first.

        Taken at the least and at the most shipping, for a small cart pays nearly the most.
        """
        cart = self.cart
        dear = (cart.net - cart.discount) / np.maximum(cart.weight + cart.discount, 1e-6)
        cores, riches = [], []
        for by in (ratio, dear):
            order = np.argsort(-by, kind="stable")
            spent = np.cumsum((self.room * np.maximum(cart.weight, 0))[order])
            last = int(np.searchsorted(spent, self.budget))
            first = max(0, min(last - CORE // 2, len(order) - CORE))
            cores.append(order[first : first + CORE])
            riches.append(np.isin(np.arange(len(order)), order[:first]))
        # Two stores cannot both be taken to have all of an item: what is shared is always decided.
        contested = np.isin(cart.item, self.shared)
        self.rich = riches[0] & riches[1] & ~contested
        decided = (riches[0] | riches[1]) & ~self.rich
        return np.union1d(np.union1d(*cores), np.flatnonzero(decided))

    def _shared_items(self) -> Ints:
        """Items of which the stores together could take more than there is."""
        wanted = np.bincount(self.cart.item, weights=self.room + self.cart.low, minlength=len(self.cart.stock))
        return np.flatnonzero(wanted > self.cart.stock)

    def _build(self) -> None:
        """Columns: core offers, by store the discount on the last pallet, volume under, over; money over."""
        cart, core, stores = self.cart, self.core, self.cart.stores
        shared = len(self.shared)
        outside = np.ones(len(cart), dtype=bool)
        outside[core] = False
        self.fixed = self.base + np.where(outside & self.rich, self.room, 0)
        self.stake = len(core) + np.arange(stores)
        profit = np.concatenate((cart.net[core], np.zeros(stores), np.full(2 * stores, -self.penalty)))
        profit = np.append(profit, -self.steep)
        upper = np.append(self.room[core].astype(float), np.full(3 * stores + 1, math.inf))
        used = np.bincount(cart.item, weights=self.fixed, minlength=len(cart.stock))
        high = np.concatenate(([0.0], np.zeros(stores), (cart.stock - used)[self.shared]))
        low = np.concatenate(([-math.inf], np.zeros(stores), np.full(shared, -math.inf)))
        self.model = Model(profit, upper, (low, high), self._matrix())
        self.first_cut = 1 + stores + shared
        cuts, self.cuts = self.cuts, []
        for store, density in cuts:
            self._add_cut(store, density)

    def _matrix(self) -> Matrix:
        """Rows: budget, volume by store, stock of shared items."""
        cart, core, stores = self.cart, self.core, self.cart.stores
        n, each, extra = len(core), np.arange(len(core)), np.arange(stores)
        under, over, last = self.stake + stores, self.stake + 2 * stores, n + 3 * stores
        row_of_item = np.full(len(cart.stock), -1)
        row_of_item[self.shared] = 1 + stores + np.arange(len(self.shared))
        held = np.flatnonzero(row_of_item[cart.item[core]] >= 0)
        one = np.ones
        item_rows = row_of_item[cart.item[core]][held]
        rows = [
            np.zeros(n),
            1 + cart.store[core],
            item_rows,
            1 + extra,
            1 + extra,
            np.zeros(stores),
            np.zeros(1),
        ]
        columns = [each, each, held, under, over, self.stake, np.array([last])]
        units = [one(len(held)), one(stores), -one(stores), one(stores), -one(1)]
        factors = [cart.weight[core], cart.load[core], *units]
        return Matrix(
            np.concatenate(rows).astype(np.int64),
            np.concatenate(columns).astype(np.int64),
            np.concatenate(factors),
        )

    def _add_cut(self, store: int, density: float) -> None:
        mine = np.flatnonzero(self.cart.store[self.core] == store)
        slope = self.slope(store, density)[self.core[mine]]
        columns, factors = np.append(mine, self.stake[store]), np.append(slope, -1.0)
        self.model.add_row(-math.inf, math.inf, columns, factors)
        self.cuts.append((store, density))

    def slope(self, store: int, density: float) -> Floats:
        """What a case adds to the least discount on the store's last pallet."""
        slope = np.minimum(density * self.cart.load, self.cart.discount)
        return np.where(self.cart.store == store, slope, 0.0)

    def _set_box(self, box: Box) -> None:
        cart = self.cart
        self.model.set_row(0, -math.inf, self.budget - dot(cart.weight, self.fixed))
        for store in range(cart.stores):
            filled = dot(cart.load, np.where(cart.store == store, self.fixed, 0.0))
            self.model.set_row(1 + store, box.low[store] - filled, box.high[store] - filled)
            missing = box.missing(store)
            self.model.set_profit(int(self.stake[store]), -missing)
            self.model.set_factor(0, int(self.stake[store]), missing)
        for row, (store, density) in enumerate(self.cuts):
            limit = density * pallets_before(box.high[store])
            known = dot(self.slope(store, density), self.fixed)
            self.model.set_row(self.first_cut + row, -math.inf, limit - known)

    def _read(self, box: Box, values: Floats, duals: Floats) -> Relaxed:
        """The bound that the duals prove, over all columns (weak duality: any duals of the right sign do)."""
        cart, base = self.cart, self.base
        hurdle = max(0.0, float(duals[0]))
        by_volume = duals[1 : 1 + cart.stores]
        by_item = np.zeros(len(cart.stock))
        by_item[self.shared] = np.maximum(duals[1 + cart.stores : self.first_cut], 0.0)
        loss, known = self._loss(box, np.maximum(duals[self.first_cut :], 0.0), hurdle)
        gain = cart.net - by_volume[cart.store] * cart.load - by_item[cart.item] - loss
        spend = cart.weight + loss
        there = base > 0
        constant = known + dot(by_item, cart.stock) + dot(gain, base) + float(cart.ship_credit[there].sum())
        constant += float(np.where(by_volume > 0, by_volume * box.high, by_volume * box.low).sum())
        money = self.budget + known - dot(spend, base) + float(cart.credit[there].sum())
        cases = self.fixed.copy()
        cases[self.core] += values[: len(self.core)]
        alone = cart.stores == 1
        knapsack = Knapsack(
            gain=gain,
            spend=spend,
            room=self.room,
            gain_credit=cart.ship_credit,
            spend_credit=cart.credit,
            money=money,
            constant=constant,
            hurdle=hurdle,
            load=cart.load,
            # A single store's volume is followed case by case.
            volumes=self._volumes(box) if alone else (-math.inf, math.inf),
            stake=store_curve(cart, 0, cases).at_stake if alone else 0.0,
            pull=float(by_volume[0]) if alone else 0.0,
        )
        return Relaxed(box, knapsack.linear_bound(), cases, knapsack)

    def _volumes(self, box: Box) -> tuple[float, float]:
        """What a single store's cases above the floors may take within the box."""
        taken = dot(self.cart.load, self.base)
        return box.low[0] - taken, box.high[0] - taken

    def _loss(self, box: Box, by_cut: Floats, hurdle: float) -> tuple[Floats, float]:
        """USD that a case adds at least to the loss on the last pallets, by the cuts' prices, and what comes off it."""
        loss, known = np.zeros(len(self.room)), 0.0
        for store in range(self.cart.stores):
            mine = [row for row, cut in enumerate(self.cuts) if cut[0] == store and by_cut[row] > 0]
            most = (1 + hurdle) * box.missing(store)
            scale = min(1.0, most / float(by_cut[mine].sum())) / (1 + hurdle) if mine else 0.0
            for row in mine:
                density = self.cuts[row][1]
                loss += scale * by_cut[row] * self.slope(store, density)
                known += scale * float(by_cut[row]) * density * pallets_before(box.high[store])
        return loss, known

    def _missing_columns(self, relaxed: Relaxed) -> Ints:
        """Offers outside the programme that the prices want the other way round."""
        outside = np.ones(len(self.room), dtype=bool)
        outside[self.core] = False
        wrong = np.where(self.rich, -relaxed.reduced, relaxed.reduced) * self.room
        wrong = np.where(outside, np.maximum(wrong, 0.0), 0.0)
        if wrong.sum() <= 1e-4 * max(1.0, abs(relaxed.bound)):
            return np.zeros(0, dtype=np.int64)
        worst = np.argsort(-wrong, kind="stable")[: CORE // 2]
        return worst[wrong[worst] > 0]

    def _add_cuts(self, box: Box, relaxed: Relaxed, values: Floats) -> bool:
        """Adds the tightest density of each store whose loss the programme underrates."""
        added = False
        for store in range(self.cart.stores):
            curve = store_curve(self.cart, store, relaxed.cases)
            short = box.missing(store) * (curve.at_stake - float(values[self.stake[store]]))
            if short <= 1e-5 * max(1.0, abs(relaxed.bound)):
                continue
            top = float(self.cart.density[self.cart.store == store].max(initial=0.0))
            density = min(curve.threshold, top)
            if (store, density) not in self.cuts and len(self.cuts) < _MOST_CUTS * self.cart.stores:
                self._add_cut(store, density)
                added = True
        return added
