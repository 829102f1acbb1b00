"""From the shares of cases that prices suggest to whole cases kept for each buyer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocation.engine.market import Floats, Ints

Reserved = tuple[Ints, Ints]  # places in a buyer's block, and cases
_LEAST = 1e-3  # cases too few to count
_DIGITS = 6  # of a fraction: less is noise


@dataclass(frozen=True)
class Claim:
    """What one buyer wants: `wanted` cases, of `room` at most and of `weight` USD of budget, at `places` in its block,
    which are of `items`.
    """

    places: Ints
    items: Ints
    room: Ints
    wanted: Floats
    weight: Floats


def claim(items: Ints, room: Ints, wanted: Floats, weight: Floats) -> Claim:
    """The claim of a buyer whose whole block is given, without what is too little to count."""
    places = np.flatnonzero(wanted > _LEAST)
    return Claim(places, items[places], room[places], wanted[places], weight[places])


def reserve(claims: Sequence[Claim], stock: Ints) -> list[Reserved]:
    """Whole cases by buyer, never above stock: each claim rounded down, then item by item, the dearest case first, the
    rest of the claimed cases to the claimants who are short of most money's worth so far; ties go to the earlier buyer.
    """
    buyer = np.repeat(np.arange(len(claims)), [len(claim.places) for claim in claims])
    places, items, room = (_joined([getattr(c, name) for c in claims]) for name in ("places", "items", "room"))
    wanted = np.concatenate([np.zeros(0), *(claim.wanted for claim in claims)])
    weight = np.concatenate([np.zeros(0), *(claim.weight for claim in claims)])
    total = np.bincount(items, wanted, len(stock))
    wanted = (wanted * np.minimum(1.0, stock / np.maximum(total, 1e-300))[items]).round(_DIGITS)
    cases = np.minimum(wanted.astype(np.int64), room)
    left = np.minimum(stock, np.rint(total).astype(np.int64)) - np.bincount(items, cases, len(stock)).astype(np.int64)
    cases[_round_up(buyer, items, np.where(cases < room, wanted - cases, 0.0), weight, left)] += 1
    ends = np.searchsorted(buyer, np.arange(len(claims) + 1))
    some = cases > 0
    return [
        (places[begin:end][some[begin:end]], cases[begin:end][some[begin:end]])
        for begin, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]


def _round_up(buyer: Ints, items: Ints, fraction: Floats, weight: Floats, left: Ints) -> Ints:
    """The claims that get one case more; `left` are whole cases by item."""
    short = np.zeros(int(buyer.max(initial=-1)) + 1)
    split = np.flatnonzero(fraction > 0)
    order = split[np.lexsort((buyer[split], items[split]))]
    first = np.searchsorted(items[order], np.arange(len(left) + 1))
    dearest = np.zeros(len(left))
    np.maximum.at(dearest, items[order], weight[order])
    chosen = [np.zeros(0, dtype=np.int64)]
    for item in np.argsort(-dearest, kind="stable")[: np.count_nonzero(dearest)].tolist():
        rows = order[first[item] : first[item + 1]]
        np.add.at(short, buyer[rows], fraction[rows] * weight[rows])
        ranked = rows[np.argsort(-short[buyer[rows]].round(_DIGITS), kind="stable")][: max(0, int(left[item]))]
        np.subtract.at(short, buyer[ranked], weight[ranked])
        chosen.append(ranked)
    return np.concatenate(chosen)


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])
