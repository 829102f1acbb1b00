"""What changed statuses unlock and lock: the shelf judged as it is, and as it would be without each change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from allocation.snapshot_shelf import Shelf
from pallets.gated_stock import judged, worth
from ungating.eligibility import SPECIFIC_FIRST
from ungating.gates import UNGATED
from ungating.models import Status, UngatingChange, UngatingStatus
from ungating.rules import Rule

Ints = NDArray[np.int64]
Key = tuple[int, str, str]  # store, scope, key


@dataclass(frozen=True)
class Turn:
    """A status with the changes that took it, since it was last told of, from `before` to `after`; None is no status.

    Both are what counted: the override, else the status itself.
    """

    status: UngatingStatus
    changes: tuple[UngatingChange, ...]
    before: Rule | None
    after: str | None

    @property
    def key(self) -> Key:
        return self.status.store_id, self.status.scope, self.status.key


@dataclass(frozen=True)
class Effect:
    """What a turn alone made of its store's goods: USD, units and ASINs (codes) of whole cases that it unlocked, and
    the ASINs that it locked.
    """

    turn: Turn
    unlocked: Decimal
    units: int
    asins: tuple[str, ...]
    locked: frozenset[str]


def turn_of(status: UngatingStatus, changes: Iterable[UngatingChange], *, now: datetime) -> Turn:
    """Undo `changes`, from the last to the first, to what counted before them: what was changed of a status that had
    expired or was out of use never counted.
    """
    ordered = tuple(sorted(changes, key=lambda change: change.pk))
    after = status.effective(now) if status.is_active else None
    own = _own(status, now)
    override = status.override
    for change in reversed(ordered):
        if change.is_override:
            override = change.old
        elif change.new == own:
            own = change.old
    before = None
    if own:
        before = Rule(status.store_id, status.scope, status.key, status.value, override or own, override, "")
    return Turn(status, ordered, before, after)


def _own(status: UngatingStatus, now: datetime) -> str:
    """What the status itself says at `now`; blank where it is not in use."""
    if not status.is_active:
        return ""
    return Status.UNKNOWN if status.is_expired(now) else status.status


def effects(turns: Sequence[Turn], shelf: Shelf, rules: Sequence[Rule]) -> list[Effect]:
    """The effect of each turn, where `rules` are all of its store's as they are now.

    At one level each ASIN is under one status of a store, so all turns of a level are undone at once.
    """
    stores = sorted({turn.status.store_id for turn in turns})
    now = judged(shelf, stores, rules)
    status = {store: now.status(place) for place, store in enumerate(stores)}
    value = worth(shelf)
    found = []
    for level, scope in enumerate(SPECIFIC_FIRST):
        undone = {turn.key: turn for turn in turns if turn.status.scope == scope}
        if not undone:
            continue
        before = judged(shelf, stores, _without(undone, rules))
        was = {store: before.status(place) for place, store in enumerate(stores)}
        over = (np.arange(len(shelf.codes)), shelf.brand.of, shelf.category.of)[level]
        places = (shelf.places, shelf.brand.places, shelf.category.places)[level]
        for turn in undone.values():
            mine = np.flatnonzero(over == places.get(turn.status.key, -1))
            store = turn.status.store_id
            found.append(_effect(turn, shelf, value, mine, was[store][mine], status[store][mine]))
    return found


def _without(undone: Mapping[Key, Turn], rules: Iterable[Rule]) -> list[Rule]:
    others = [rule for rule in rules if (rule.store, rule.scope, rule.key) not in undone]
    return others + [turn.before for turn in undone.values() if turn.before is not None]


def _effect(turn: Turn, shelf: Shelf, value: Ints, mine: Ints, was: Ints, now: Ints) -> Effect:
    unlocked = mine[(was != UNGATED) & (now == UNGATED) & (value[mine] > 0)]
    locked = mine[(was == UNGATED) & (now != UNGATED)]
    return Effect(
        turn=turn,
        unlocked=Decimal(int(value[unlocked].sum())).scaleb(-2),
        units=int((shelf.cases * shelf.units)[unlocked].sum()),
        asins=tuple(shelf.codes[asin] for asin in unlocked.tolist()),
        locked=frozenset(shelf.codes[asin] for asin in locked.tolist()),
    )
