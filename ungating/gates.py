"""The verdicts of `eligibility.py` for whole stores at once, as arrays: no object for any pair of store and ASIN.

Each rule becomes a small number, its *gate*: 0 for none that counts, else one for each status with and without an
override. The gates of an ASIN, its brand and its category select one of some thousand verdicts, all worked out once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ungating.eligibility import NO_STATUS, SPECIFIC_FIRST, said
from ungating.models import Status
from ungating.rules import Rule

Ints = NDArray[np.int64]

STATUSES = tuple(Status.values)
UNGATED = STATUSES.index(Status.UNGATED)
NOT_ELIGIBLE = STATUSES.index(Status.NOT_ELIGIBLE)
UNKNOWN = STATUSES.index(Status.UNKNOWN)
LEVELS = len(SPECIFIC_FIRST)
GATES = 1 + 2 * len(STATUSES)


def _gate(rule: Rule) -> int:
    if rule.status == Status.UNKNOWN and not rule.override:
        return 0
    return _gate_of(rule.status, by_hand=bool(rule.override))


def _gate_of(status: str, *, by_hand: bool) -> int:
    return 1 + 2 * STATUSES.index(status) + by_hand


def _decide(gates: Sequence[int]) -> tuple[int, int]:
    """Status and deciding level for the gates of an ASIN, its brand and its category; LEVELS where none counts."""
    counting = [(level, *divmod(gate - 1, 2)) for level, gate in enumerate(gates) if gate]
    overridden = [row for row in counting if row[2]]
    blocking = [row for row in counting if row[1] == NOT_ELIGIBLE]
    for level, status, _ in (*overridden, *blocking, *counting):
        return status, level
    return UNKNOWN, LEVELS


_VERDICTS = np.array([_decide(gates) for gates in product(range(GATES), repeat=LEVELS)], dtype=np.int8)


@dataclass(frozen=True)
class Gates:
    """The rules of several stores over the same ASINs; those of the store at place s are `first[s]:first[s + 1]`.

    `level` is a rule's place in SPECIFIC_FIRST, `place` that of its ASIN, brand or category. `over` says, one entry an
    ASIN, which ASIN, brand and category it is; `sizes` how many of each there are.
    """

    rules: tuple[Rule, ...]
    first: Ints
    level: Ints
    place: Ints
    gate: Ints
    over: tuple[Ints, Ints, Ints]
    sizes: tuple[int, int, int]

    def status(self, store: int) -> Ints:
        """The status of each ASIN for the store at this place, as a place in STATUSES."""
        status: Ints = self._verdicts(self._numbers(store))[:, 0]
        return status

    @cached_property
    def to_ask(self) -> "Gates":
        """As it counts for what Amazon may be asked for: a person's own No is a decision, like what is not eligible."""
        own = np.array([rule.override == Status.GATED for rule in self.rules], dtype=bool)
        return replace(self, gate=np.where(own, _gate_of(Status.NOT_ELIGIBLE, by_hand=True), self.gate))

    def reasons(self, store: int, asins: Ints) -> list[str]:
        """Which rule decides about each of `asins` for the store at this place, in the words of `eligibility.py`."""
        numbers = self._numbers(store)[:, asins]
        nobody = np.full((1, len(asins)), -1)
        deciding = np.choose(self._verdicts(numbers)[:, 1], np.concatenate([numbers, nobody]))
        words = {number: self._words(number) for number in np.unique(deciding).tolist()}
        return [words[number] for number in deciding.tolist()]

    def _numbers(self, store: int) -> Ints:
        """For each level and ASIN the number of the store's rule, or -1."""
        mine = np.arange(self.first[store], self.first[store + 1])
        rows = []
        for level, (over, size) in enumerate(zip(self.over, self.sizes, strict=True)):
            rules = mine[self.level[mine] == level]
            number = np.full(size, -1)
            number[self.place[rules]] = rules
            rows.append(number[over])
        return np.array(rows)

    def _verdicts(self, numbers: Ints) -> Ints:
        """Status and deciding level, one row an ASIN."""
        gate = np.append(self.gate, 0)  # that of rule -1
        asin, brand, category = gate[numbers]
        verdicts: Ints = _VERDICTS[(asin * GATES + brand) * GATES + category].astype(np.int64)
        return verdicts

    def _words(self, number: int) -> str:
        if number < 0:
            return NO_STATUS
        rule = self.rules[number]
        return said(rule.scope, rule.value, rule.status, bool(rule.override), rule.cause)


def make_gates(
    rules: Sequence[Rule], *, stores: Sequence[int], keys: Sequence[Mapping[str, int]], over: tuple[Ints, Ints, Ints]
) -> Gates:
    """The gates of `stores` (primary keys; their order is that of their places).

    `keys` gives the place of each ASIN code, brand key and category key, `over` those of each ASIN. A blank brand or
    category is under no rule.
    """
    at = {store: place for place, store in enumerate(stores)}
    levels = {scope.value: level for level, scope in enumerate(SPECIFIC_FIRST)}
    known = []
    for number, rule in enumerate(rules):
        level = levels[rule.scope]
        place = keys[level].get(rule.key)
        if rule.key and place is not None:
            known.append((at[rule.store], level, place, number))
    store, level_, place_, numbers = np.array(sorted(known), dtype=np.int64).reshape(-1, 4).T
    ordered = tuple(rules[number] for number in numbers)
    return Gates(
        rules=ordered,
        first=np.searchsorted(store, np.arange(len(at) + 1)),
        level=level_,
        place=place_,
        gate=np.array([_gate(rule) for rule in ordered], dtype=np.int64),
        over=over,
        sizes=(len(keys[0]), len(keys[1]), len(keys[2])),
    )
