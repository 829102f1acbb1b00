"""A cart's shipping explained: what it lies between, what the engine expected, what the last pallet costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from allocation.engine.cart import Cart as Offers
from allocation.engine.market import Block, Ints, Market
from allocation.engine.position import figures
from allocation.engine.pricing import FULL
from allocation.snapshot import Candidate, Snapshot
from common.money import ZERO, cents
from inventory.packaging import case_box
from pallets.lines import ProposedLine, Slice, loads_of
from pallets.loading import PackedPallet, pallets_needed

ROUNDING = Decimal("0.05")  # USD
LEAST_WORTH = Decimal("0.005")  # pallets; less is the rounding of fills


@dataclass(frozen=True)
class Shipped:
    """A cart of the snapshot's only store on its pallets, at least one; `market` has what the store may take."""

    snapshot: Snapshot
    market: Market
    lines: Sequence[ProposedLine]
    pallets: Sequence[PackedPallet]

    @property
    def shipping(self) -> Decimal:
        """USD."""
        return sum((line.shipping for line in self.lines), ZERO)

    @cached_property
    def cases(self) -> dict[str, int]:
        """By ASIN code."""
        return {line.asin.code: line.cases for line in self.lines}

    @cached_property
    def candidates(self) -> dict[str, Candidate]:
        """The lines as the packer and the prices want them."""
        shelf = self.snapshot.shelf
        typical = {code: shelf.typical(shelf.places[code]) for code in self.cases if code in shelf.places}
        return {
            line.asin.code: Candidate(
                line.asin, case_box(line.asin, typical.get(line.asin.code)), line.cases, line.value / line.units
            )
            for line in self.lines
        }

    @cached_property
    def last(self) -> int:
        """The place of the pallet with the least fill, the later one of equals."""
        return min(range(len(self.pallets)), key=lambda place: (self.pallets[place].fill, -place))

    @cached_property
    def on_last(self) -> list[tuple[ProposedLine, Slice]]:
        """What stands on the last pallet."""
        return [(line, part) for line in self.lines for part in line.slices if part.pallet == self.last]

    @cached_property
    def offers(self) -> Offers:
        """What the store may take, one entry an offer, in USD."""
        return figures(self.market.goods, self.market.buyers[0], self._block)

    @cached_property
    def codes(self) -> list[str]:
        """The ASIN of each offer."""
        ids = self.market.goods.ids
        return [ids[place] for place in self._block.item.tolist()]

    @cached_property
    def planned(self) -> Ints:
        """The cart's cases of each offer."""
        return np.array([self.cases.get(code, 0) for code in self.codes], dtype=np.int64)

    @cached_property
    def _block(self) -> Block:
        return self.market.offers.of(0)


class Way(Protocol):
    """A way out of a poorly filled last pallet."""

    def as_json(self) -> dict[str, Any]: ...


def shipping_story(shipped: Shipped, ways: Sequence[Way] | None) -> dict[str, Any]:
    """As JSON for the page and the API, USD as strings: `pallets` one by one and `atLeast` how many any packing needs;
    what is `paid` between the `minimum` (every pallet full) and the `maximum` (every pallet empty); the engine's
    `estimate`; the `last` pallet; `ways` out (`pallets.ways_out`), None where they were not worked out.
    """
    return {
        "atLeast": pallets_needed(loads_of(shipped.candidates, shipped.cases)),
        "minimum": str(sum((cents(line.asin.min_shipping * line.units) for line in shipped.lines), ZERO)),
        "maximum": str(sum((cents(line.asin.max_shipping * line.units) for line in shipped.lines), ZERO)),
        "paid": str(shipped.shipping),
        "estimate": _estimate(shipped),
        "pallets": [_pallet(shipped, place) for place in range(len(shipped.pallets))],
        "last": {"number": shipped.last + 1, **_pallet(shipped, shipped.last), **_margin(shipped)},
        "ways": None if ways is None else [way.as_json() for way in ways],
    }


def _pallet(shipped: Shipped, place: int) -> dict[str, Any]:
    pallet = shipped.pallets[place]
    packs = {line.asin.code: line.asin.case_pack for line in shipped.lines}
    slices = [part for line in shipped.lines for part in line.slices if part.pallet == place]
    return {
        "fill": str(pallet.fill),
        "cases": sum(pallet.cases.values()),
        "units": sum(packs[code] * cases for code, cases in pallet.cases.items()),
        "shipping": str(sum((part.shipping for part in slices), ZERO)),
    }


def _margin(shipped: Shipped) -> dict[str, Any]:
    """What the goods on the last pallet cost, and to ship. The other pallets' prices do not hang on them, so that is
    what holding them back saves as those stand.
    """
    shipping = sum((part.shipping for _, part in shipped.on_last), ZERO)
    units = [(line.asin, part.cases * line.asin.case_pack) for line, part in shipped.on_last]
    return {
        "goods": str(sum((cents(asin.unit_cost * count) for asin, count in units), ZERO)),
        "perCarton": str(cents(shipping / sum(part.cases for _, part in shipped.on_last))),
        "onAFullPallet": str(sum((cents(asin.min_shipping * count) for asin, count in units), ZERO)),
    }


def _estimate(shipped: Shipped) -> dict[str, Any] | None:
    """What the engine, which counts loads and no cartons, asks for the same cases, and how packed ones differ; None
    where the store may no longer take some of them. `worth` and `packedWorth` are pallets.
    """
    if int(shipped.planned.sum()) != sum(shipped.cases.values()):
        return None
    priced = shipped.offers.priced(0, shipped.planned)
    shipping = Decimal(priced.shipping).scaleb(-2)
    worth = Decimal(sum(priced.fills)) / FULL
    packed = sum((pallet.fill for pallet in shipped.pallets), Decimal(0))
    return {
        "shipping": str(shipping),
        "difference": str(shipped.shipping - shipping),
        "pallets": len(priced.fills),
        "worth": f"{worth:.4f}",
        "packedWorth": f"{packed:.4f}",
        "because": _because(shipped.shipping - shipping, len(shipped.pallets) - len(priced.fills), worth - packed),
    }


def _because(dearer: Decimal, more_pallets: int, less_worth: Decimal) -> str:
    """Why packed goods cost so many USD more than the engine's loads, in one word.

    "same": they do not, but for rounding; "packed": cheaper, the full pallets took more than by their loads; "pallets":
    cartons need more of them; "loads": a load is the larger of a case's shares of volume and weight, a fill the larger
    of the two sums, so fills add up to less; "mixture": other goods share the last pallet.
    """
    if abs(dearer) <= ROUNDING:
        return "same"
    if dearer < 0:
        return "packed"
    if more_pallets > 0:
        return "pallets"
    return "loads" if less_worth > LEAST_WORTH else "mixture"
