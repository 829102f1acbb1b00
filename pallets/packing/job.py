"""What stays the same while one pallet is filled: the stock, how blocks are valued, and in which phases."""

from dataclasses import dataclass

import numpy as np

from pallets.packing.blocks import Floats, Ints, Mask, orientations
from pallets.packing.stock import COUNT, HIGH, SKU, Stock


@dataclass(frozen=True)
class Taste:
    """How one pass chooses: exponents of a block's volume, of the share of its surface that touches something (2, 4
    or 6), of the room that stays usable beside it (0, 1 or 2), and of its number of cartons (negative).

    `dense_low`: how much denser cartons are preferred near the deck. `together`: for an ASIN on a pallet already.
    `near`: a gap of this share of the space counts as touching.
    """

    volume: float = 1.0
    touch: int = 4
    usable: int = 1
    cartons: float = 0.2
    dense_low: float = 0.5
    together: float = 0.1
    near: float = 0.03


@dataclass(frozen=True)
class Phase:
    """Blocks (rows of the table) that are placed from the deck up to `top`, and the sums that their sides make."""

    rows: Ints
    top: int
    flat_sums: Ints
    high_sums: Ints


@dataclass
class Job:
    """`value` and `lean` are by block, `left` cartons by SKU; `work` counts the steps that were spent on the job."""

    stock: Stock
    left: Ints
    taste: Taste
    value: Floats
    lean: Floats
    phases: tuple[Phase, ...]
    work: int = 0


def make_job(stock: Stock, left: Ints, taste: Taste, price: Floats, reserve: int, top: int) -> Job:
    """To be filled up to `top` (0.1 in); `price` by SKU makes cartons more wanted.

    Fragile cartons come last: `reserve` (0.1 in) is kept free for them first; then others may stand beside them.
    """
    blocks = stock.blocks
    begun = np.where(stock.qty > left, 1.0 + taste.together, 1.0)
    size = np.round(blocks.volume**taste.volume * blocks.count**-taste.cartons, 9)
    live = left > 0
    if (stock.fragile & live).any():
        kinds = [(~stock.fragile, top - reserve), (stock.fragile, top), (~stock.fragile, top)]
    else:
        kinds = [(live, top)]
    phases = tuple(_phase(stock, left, live & kind, height) for kind, height in kinds)
    return Job(stock, left, taste, size * (price * begun)[blocks.sku], stock.density[blocks.sku], phases)


def _phase(stock: Stock, left: Ints, kinds: Mask, top: int) -> Phase:
    table = stock.table
    rows = np.flatnonzero(kinds[table[SKU]] & (table[COUNT] <= left[table[SKU]]) & (table[HIGH] <= top))
    single = rows[table[COUNT, rows] == 1]
    deck = max(stock.limits.deck)
    flat = reachable_sums(set(stock.blocks.dx[single].tolist()), deck)
    return Phase(rows, top, flat, reachable_sums(set(stock.blocks.dz[single].tolist()), top))


def reachable_sums(sides: set[int], longest: int) -> Ints:
    """For each length 0 to `longest`: the largest sum of `sides`, each any number of times, not above it."""
    mask = (1 << (longest + 1)) - 1
    reached = 1
    for side in sorted(sides):
        step = side
        while step <= longest:
            reached |= (reached << step) & mask
            step *= 2
    raw = np.frombuffer(reached.to_bytes(longest // 8 + 1, "little"), dtype=np.uint8)
    flags = np.unpackbits(raw, bitorder="little")[: longest + 1]
    return np.maximum.accumulate(np.where(flags, np.arange(longest + 1), 0)).astype(np.int64)


def reserves(stock: Stock, left: Ints) -> list[int]:
    """Heights to keep free for fragile cartons: none, or one layer where the other cartons stay possible."""
    pairs = list(zip(stock.cartons, left.tolist(), strict=True))
    fragile = [min(way[2] for way in orientations(carton)) for carton, n in pairs if carton.fragile and n]
    sturdy = [max(way[2] for way in orientations(carton)) for carton, n in pairs if not carton.fragile and n]
    if not fragile or not sturdy:
        return [0]
    reserve = min(max(fragile), stock.limits.load_height - max(sturdy))
    return [0, reserve] if reserve > 0 else [0]
