"""The lower bound: exact where it is known, never above a packing that exists, and never lowered by a harder order."""

import itertools
import random
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pallets.packing.bound import DUALS, least_pallets
from pallets.packing.order import Carton, Limits
from pallets.packing.pack import pack
from tests.pallets.packing.cutting import cut_pallets

ANY = (True, True, True)
FLAT = (False, False, True)
GMA = Limits()
RIVALS = (("a", "b"), ("b", "c"), ("a", "c"))


def bound(*cartons: Carton, **limits: object) -> int:
    return least_pallets(cartons, replace(GMA, **limits))  # type: ignore[arg-type]


def test_nothing_needs_no_pallet() -> None:
    assert bound() == 0


@pytest.mark.parametrize(
    ("carton", "pallets"),
    [
        # 480 x 400 x 660: the volume of 72 such cartons, one more, and a weight of 30 to a pallet of 10.
        (Carton("A", (160, 100, 110), FLAT, 72, 1.0), 1),
        (Carton("A", (160, 100, 110), FLAT, 73, 1.0), 2),
        (Carton("A", (160, 100, 110), FLAT, 30, 145.5), 3),
        # More than half of every side however turned: one a pallet, though five have the volume of one pallet.
        (Carton("A", (331, 331, 331), ANY, 5, 1.0), 5),
        # 2 x 2 x 3 of a cube of 170 at most: 12 a pallet, 25 in volume.
        (Carton("A", (170, 170, 170), ANY, 25, 1.0), 3),
        # More than half of the weight.
        (Carton("A", (50, 50, 50), ANY, 4, 728.0), 4),
        # Two stand on the deck, one above the other is never allowed.
        (Carton("A", (240, 400, 50), FLAT, 7, 1.0, fragile=True), 4),
        (Carton("A", (250, 245, 50), FLAT, 5, 1.0, fragile=True), 5),
        # Upright only, 340 of 660: no two on top of each other, two beside each other.
        (Carton("A", (240, 400, 340), FLAT, 9, 1.0), 5),
        # Fits lying down only, where volume is what counts.
        (Carton("A", (100, 100, 700), ANY, 9, 1.0), 0),
        (Carton("A", (100, 100, 480), ANY, 24, 1.0), 1),
    ],
)
def test_one_sku(carton: Carton, pallets: int) -> None:
    assert bound(carton) == pallets


def test_groups_that_exclude_each_other_add_up() -> None:
    small = [Carton(group, (100, 100, 100), ANY, 1, 1.0, group=group) for group in ("a", "b", "c", "d")]
    assert bound(*small) == 1
    assert bound(*small, forbidden_groups=RIVALS[:1]) == 2
    assert bound(*small, forbidden_groups=RIVALS[:2]) == 2
    assert bound(*small, forbidden_groups=RIVALS) == 3
    assert bound(*small[:2], forbidden_groups=RIVALS) == 2
    assert bound(replace(small[0], qty=400), small[1], forbidden_groups=RIVALS) == 6


def test_every_two_of_many_groups_are_forbidden() -> None:
    names = [f"G{n}" for n in range(30)]
    cartons = [Carton(name, (100, 100, 100), ANY, 1, 1.0, group=name) for name in names]
    assert bound(*cartons, forbidden_groups=tuple(itertools.combinations(names, 2))) == 30


@pytest.mark.parametrize("place", range(len(DUALS)))
@given(data=st.data(), room=st.integers(1, 700))
@settings(max_examples=80, deadline=None)
def test_sides_that_fit_end_to_end_take_one_at_most(place: int, data: st.DataObject, room: int) -> None:
    sides, left = [], room
    while left and len(sides) < 12:
        side = data.draw(st.integers(1, left) | st.sampled_from(sorted({left, -(-left // 2), max(1, room // 3)})))
        if side > left:
            break
        sides.append(side)
        left -= side
    images = DUALS[place](np.array(sides, dtype=np.int64), room)
    assert images.sum() <= 1 + 1e-9
    every = DUALS[place](np.arange(1, room + 1, dtype=np.int64), room)
    assert every[-1] == 1
    assert (np.diff(every) >= 0).all()
    assert (every >= 0).all()


@pytest.mark.parametrize("seeds", [range(80), pytest.param(range(80, 3_000), marks=pytest.mark.full)])
def test_cartons_cut_from_full_pallets_need_just_these(seeds: range) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        pallets = rng.randint(1, 5)
        limits = replace(GMA, forbidden_groups=rng.choice(((), RIVALS[:1], RIVALS)), min_support=0.0)
        order = cut_pallets(rng, pallets, limits)
        assert (seed, least_pallets(order.cartons, limits)) == (seed, pallets)
        some = rng.sample(order.cartons, rng.randint(1, len(order.cartons)))
        assert least_pallets(some, limits) <= pallets


def fewest(sizes: list[int], room: int) -> int:
    """Bins of `room` that hold these sizes, by trying everything."""

    def fits(place: int, left: tuple[int, ...]) -> bool:
        if place == len(sizes):
            return True
        size = sizes[place]
        options = {free for free in left if free >= size}
        return any(fits(place + 1, _replaced(left, free, free - size)) for free in options)

    return next(n for n in itertools.count(1) if fits(0, (room,) * n))


def _replaced(left: tuple[int, ...], old: int, new: int) -> tuple[int, ...]:
    rest = list(left)
    rest.remove(old)
    return tuple(sorted([*rest, new]))


@given(sizes=st.lists(st.integers(40, 660), min_size=1, max_size=7))
@settings(max_examples=120, deadline=None)
def test_never_above_the_optimum_found_by_trying_everything(sizes: list[int]) -> None:
    best = fewest(sorted(sizes, reverse=True), 660)
    stacked = [Carton(f"S{n}", (480, 400, size), FLAT, 1, 1.0) for n, size in enumerate(sizes)]
    heavy = [Carton(f"S{n}", (50, 50, 50), ANY, 1, float(size)) for n, size in enumerate(sizes)]
    assert bound(*stacked) <= best
    assert bound(*heavy, max_net_weight=660.0) <= best
    assert bound(*stacked) >= -(-sum(sizes) // 660)


@st.composite
def cartons(draw: st.DrawFn) -> list[Carton]:
    sides = st.tuples(*[st.integers(40, 400) | st.sampled_from((100, 120, 160, 200, 240, 330, 331))] * 3)
    kind = st.builds(
        Carton,
        sku=st.uuids().map(str),
        dims_lwh=sides,
        vertical_ok_lwh=st.sampled_from((ANY, FLAT, (True, False, False))),
        qty=st.integers(1, 40),
        weight=st.integers(1, 700).map(float),
        fragile=st.booleans(),
        group=st.sampled_from("abcd"),
    )
    return draw(st.lists(kind, min_size=1, max_size=6))


def fits(carton: Carton, limits: Limits) -> bool:
    return least_pallets([carton], limits) > 0


def _one_of(carton: Carton, pick: random.Random) -> tuple[bool, bool, bool]:
    """One of the sides that may stand upright."""
    chosen = pick.choice([axis for axis, ok in enumerate(carton.vertical_ok_lwh) if ok])
    return chosen == 0, chosen == 1, chosen == 2


@given(given_cartons=cartons(), more=cartons(), pick=st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_a_harder_order_never_has_a_lower_bound(
    given_cartons: list[Carton], more: list[Carton], pick: random.Random
) -> None:
    wide = replace(GMA, forbidden_groups=RIVALS[: pick.randint(0, 2)])
    tight = replace(
        wide,
        deck=(wide.deck[0] - pick.choice((0, 1, 7, 60)), wide.deck[1] - pick.choice((0, 1, 13, 80))),
        usable_height=pick.choice((660, 659, 600, 450)),
        max_net_weight=pick.choice((1455.0, 1454.9, 800.0)),
        forbidden_groups=RIVALS,
    )
    kept = [carton for carton in given_cartons if fits(carton, tight)]
    assert least_pallets(kept, tight) >= least_pallets(kept, wide)
    assert least_pallets([*kept, *more], wide) >= least_pallets(kept, wide)
    assert least_pallets([replace(one, qty=one.qty + 1) for one in kept], wide) >= least_pallets(kept, wide)
    harder = [replace(carton, fragile=True, vertical_ok_lwh=_one_of(carton, pick)) for carton in kept]
    harder = [hard if fits(hard, wide) else carton for hard, carton in zip(harder, kept, strict=True)]
    assert least_pallets(harder, wide) >= least_pallets(kept, wide)
    assert least_pallets(kept[::-1], wide) == least_pallets(kept, wide)


def test_a_plan_is_never_below_the_bound() -> None:
    for seed in range(12):
        rng = random.Random(seed)
        order = cut_pallets(rng, rng.randint(1, 3), replace(GMA, forbidden_groups=RIVALS, effort="fast"))
        plan = pack(order)
        assert plan.unplaced == ()
        assert plan.bound <= len(plan.pallets)


def test_a_thousand_skus_take_milliseconds() -> None:
    rng = random.Random(1)
    many = [
        Carton(f"S{n}", (rng.randint(50, 300), rng.randint(50, 300), rng.randint(50, 300)), ANY, 5, 9.0)
        for n in range(1_000)
    ]
    took = []
    for _ in range(5):
        start = time.process_time()
        assert bound(*many) > 100
        took.append(time.process_time() - start)
    assert min(took) < 0.1
