"""An independent check of a plan: every rule and number, recomputed from the problem in exact fractions.

It shares no code with the solver, so that a fault of one is not repeated by the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from allocation.engine.plan import Line, Plan, StorePlan
from allocation.engine.problem import Item, Offer, Problem

_BILLION = 10**9
_STATUSES = ("optimal", "within_gap", "cut")


def check(problem: Problem, plan: Plan) -> list[str]:
    """What is wrong with the plan, in words; empty when nothing is."""
    checker = _Checker(problem, plan)
    faults = list(checker.lines())
    if faults:
        # Sums over lines that are wrong would only repeat it.
        return faults
    for part in (
        checker.stock,
        checker.stores,
        checker.clients,
        checker.items,
        checker.floors,
        checker.totals,
    ):
        faults.extend(part())
    return faults


class _Checker:
    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        self.item = {item.id: item for item in problem.items}
        self.offer = {(offer.store, offer.item): offer for offer in problem.offers}
        self.cases = Counter({(line.store, line.item): line.cases for line in plan.lines})

    def lines(self) -> Iterator[str]:
        """Each line is on offer, in whole cases within its cap, at its cost and within its shipping."""
        keys = [(line.store, line.item) for line in self.plan.lines]
        if keys != sorted(set(keys)):
            yield "lines are not in order of store and item, once each"
        for line in self.plan.lines:
            name = f"line {line.store}/{line.item}"
            offer = self.offer.get((line.store, line.item))
            if offer is None:
                yield f"{name}: is not on offer"
                continue
            yield from (f"{name}: {text}" for text in _line_faults(line, offer, self.item[line.item]))

    def stock(self) -> Iterator[str]:
        taken: dict[str, list[int]] = {}
        for line in self.plan.lines:
            taken.setdefault(line.item, []).append(line.cases)
        for key, cases in taken.items():
            item = self.item[key]
            if sum(cases) > item.stock:
                yield f"item {key}: {sum(cases)} cases of a stock of {item.stock}"
            if item.max_stores is not None and len(cases) > item.max_stores:
                yield f"item {key}: goes to {len(cases)} stores, at most {item.max_stores} may have it"

    def stores(self) -> Iterator[str]:
        """Pallets, last fill and the shipping of every line as the packing rule gives them."""
        expected = sorted(store.id for store in self.problem.stores)
        if [store.id for store in self.plan.stores] != expected:
            yield "stores are not those of the problem in order of id"
            return
        by_store: dict[str, list[Line]] = {store: [] for store in expected}
        for line in self.plan.lines:
            by_store[line.store].append(line)
        for store in self.plan.stores:
            yield from self._store_faults(store, by_store[store.id])

    def _store_faults(self, store: StorePlan, lines: list[Line]) -> Iterator[str]:
        pallets = _pack([(self.item[line.item], line.cases) for line in lines])
        loads = [sum(load * cases for _, load, cases in pallet) for pallet in pallets]
        if any(load > _BILLION for load in loads):
            yield f"store {store.id}: a pallet is loaded above 1"
        if store.pallets != len(pallets):
            yield f"store {store.id}: {store.pallets} pallets, but the goods need {len(pallets)}"
        last = loads[-1] / _BILLION if loads else 0.0
        if abs(store.last_fill - last) > 1e-9:
            yield f"store {store.id}: last fill {store.last_fill}, but it is {last}"
        filled: Counter[str] = Counter()
        for pallet, load in zip(pallets, loads, strict=True):
            for name, _, count in pallet:
                filled[name] += count * load
        for line in lines:
            item = self.item[line.item]
            spread = Fraction(item.max_shipping) - Fraction(item.min_shipping)
            saved = spread * Fraction(filled[line.item], _BILLION)
            price = _cent((Fraction(item.max_shipping) * line.cases - saved) * item.case_pack)
            if line.shipping != price:
                yield f"line {line.store}/{line.item}: shipping {line.shipping}, but it is {price}"
        total = sum((line.shipping for line in lines), Decimal(0))
        if store.shipping != total:
            yield f"store {store.id}: shipping {store.shipping}, but its lines sum to {total}"

    def clients(self) -> Iterator[str]:
        if [row.id for row in self.plan.clients] != sorted(client.id for client in self.problem.clients):
            yield "clients are not those of the problem in order of id"
            return
        owner = {store.id: store.client for store in self.problem.stores}
        spent = {client.id: Decimal(0) for client in self.problem.clients}
        for line in self.plan.lines:
            spent[owner[line.store]] += line.cost + line.shipping
        budget = {client.id: client.budget for client in self.problem.clients}
        for row in self.plan.clients:
            if row.spent != spent[row.id]:
                yield f"client {row.id}: spent {row.spent}, but its lines sum to {spent[row.id]}"
            if spent[row.id] > budget[row.id]:
                yield f"client {row.id}: spends {spent[row.id]} of a budget of {budget[row.id]}"
            if not 0 <= row.share <= 1:
                yield f"client {row.id}: a share of {row.share} is not from 0 to 1"
            if row.hurdle < 0 or row.shortfall < 0:
                yield f"client {row.id}: hurdle and shortfall are never negative"

    def items(self) -> Iterator[str]:
        if [row.id for row in self.plan.items] != sorted(self.item):
            yield "items are not those of the problem in order of id"
            return
        used: Counter[str] = Counter()
        for line in self.plan.lines:
            used[line.item] += line.cases
        for row in self.plan.items:
            if row.used != used[row.id]:
                yield f"item {row.id}: {row.used} cases used, but its lines sum to {used[row.id]}"
            if row.price < 0:
                yield f"item {row.id}: the price {row.price} is negative"

    def floors(self) -> Iterator[str]:
        """Exactly the floors that the lines do not reach are named."""
        named = {(row.store, row.item): row for row in self.plan.unmet_floors}
        if len(named) < len(self.plan.unmet_floors):
            yield "an unmet floor is named twice"
        for key, offer in self.offer.items():
            row, cases = named.pop(key, None), self.cases[key]
            if cases < offer.floor and row is None:
                yield f"floor {key[0]}/{key[1]}: {cases} of {offer.floor} cases, and it is not named as unmet"
            elif row is not None and (row.cases, row.floor) != (cases, offer.floor):
                named_as = f"{row.cases} of {row.floor}"
                yield f"floor {key[0]}/{key[1]}: named with {named_as}, not {cases} of {offer.floor}"
            elif row is not None and cases >= offer.floor:
                yield f"floor {key[0]}/{key[1]}: is named as unmet but is reached"
        yield from (f"floor {store}/{item}: is not on offer" for store, item in named)

    def totals(self) -> Iterator[str]:
        """Value, bound, gap, status and the reason of an empty plan."""
        plan, worth = self.plan, Fraction(0)
        for line in plan.lines:
            worth += Fraction(self.offer[line.store, line.item].value) * line.units
        value = _cent(worth - sum(Fraction(line.shipping) for line in plan.lines))
        if plan.value != value:
            yield f"value {plan.value}, but the lines make {value}"
        if plan.bound < plan.value:
            yield f"the bound {plan.bound} is below the value {plan.value}"
        gap = Fraction(1) if plan.value <= 0 else Fraction(plan.bound - plan.value) / Fraction(plan.value)
        gap = Fraction(0) if plan.bound <= plan.value else gap
        if not gap <= Fraction(plan.gap) + Fraction(1, 10**12) or abs(gap - Fraction(plan.gap)) > Fraction(2, 10**6):
            yield f"gap {plan.gap}, but value and bound make {float(gap)}"
        if plan.status not in _STATUSES or (plan.status == "optimal") != (plan.bound == plan.value):
            yield f"the status {plan.status!r} does not fit value {plan.value} and bound {plan.bound}"
        if bool(plan.reason) == bool(plan.lines):
            yield "exactly an empty plan gives a reason"


def _line_faults(line: Line, offer: Offer, item: Item) -> Iterator[str]:
    if type(line.cases) is not int or line.cases < 1:
        yield f"{line.cases} cases"
        return
    if line.units != line.cases * item.case_pack:
        yield f"{line.units} units are not {line.cases} cases of {item.case_pack}"
    if offer.cap is not None and line.cases > offer.cap:
        yield f"{line.cases} cases are above the cap of {offer.cap}"
    unit_cost = item.unit_cost if offer.unit_cost is None else offer.unit_cost
    cost = _cent(Fraction(unit_cost) * line.cases * item.case_pack)
    if line.cost != cost:
        yield f"cost {line.cost}, but it is {cost}"
    units = line.cases * item.case_pack
    low, high = _cent(Fraction(item.min_shipping) * units), _cent(Fraction(item.max_shipping) * units)
    if not low <= line.shipping <= high:
        yield f"shipping {line.shipping} is not from {low} to {high}"


def _pack(goods: list[tuple[Item, int]]) -> list[list[tuple[str, int, int]]]:
    """Pallets of (item, load in billionths, cases): most discount per load first, first pallet with room."""

    def billionths(item: Item) -> int:
        return max(1, int(item.load * _BILLION + 1e-6))

    def saving(item: Item) -> float:
        # Prices have 4 decimals; as a float, because savings that differ by less count as equal.
        spread = (Fraction(item.max_shipping) - Fraction(item.min_shipping)) * 10_000
        return float(spread * item.case_pack / billionths(item))

    pallets: list[list[tuple[str, int, int]]] = []
    room: list[int] = []
    for item, cases in sorted(goods, key=lambda pair: (-saving(pair[0]), pair[0].id)):
        load, place = billionths(item), 0
        while cases:
            if place == len(pallets):
                pallets.append([])
                room.append(_BILLION)
            put = min(cases, room[place] // load)
            if put:
                pallets[place].append((item.id, load, put))
                room[place] -= put * load
                cases -= put
            place += 1
    return pallets


def _cent(amount: Fraction) -> Decimal:
    """USD to the cent, halves upwards."""
    return Decimal((amount * 200 + 1) // 2).scaleb(-2)
