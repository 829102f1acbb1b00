"""What is to be packed, and under which limits.

Units everywhere in this package: lengths are whole numbers of 0.1 inch, weights are pounds.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, cast

Effort = Literal["fast", "normal", "thorough", "exhaustive"]
Pair = tuple[str, str]
Sides = tuple[int, int, int]

EFFORTS = ("fast", "normal", "thorough", "exhaustive")
UNITS = "0.1 inch, lb"
LONGEST = 10_000  # 1,000 in
MOST_CARTONS = 100_000
HEAVIEST = 100_000.0
LIGHTEST = 0.0001


class OrderError(ValueError):
    """The order cannot be read. `errors` lists every fault as {"path", "message"}."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{error['path']}: {error['message']}" for error in errors))


@dataclass(frozen=True)
class Carton:
    """`qty` equal cartons of one SKU.

    `dims_lwh` in 0.1 in; `vertical_ok_lwh` says which of l, w, h may stand upright; `weight` of one in lb.
    Nothing is ever placed above a fragile carton.
    """

    sku: str
    dims_lwh: Sides
    vertical_ok_lwh: tuple[bool, bool, bool]
    qty: int
    weight: float
    fragile: bool = False
    group: str = "general"


@dataclass(frozen=True)
class Limits:
    """What one pallet may be: lengths in 0.1 in, weights in lb; defaults are a GMA pallet for Amazon.

    `min_support` is the least share of each carton's base that rests on the deck or on carton tops.
    `slenderness`: a block of several layers is at most this times as high as its smaller base side.
    """

    deck: tuple[int, int] = (480, 400)
    usable_height: int = 660
    pallet_height: int = 60
    max_total_height: int = 720
    pallet_weight: float = 45.0
    max_gross_weight: float = 1500.0
    max_net_weight: float = 1455.0
    min_support: float = 0.8
    slenderness: float = 2.5
    max_pallets: int | None = None
    forbidden_groups: tuple[Pair, ...] = ()
    effort: Effort = "normal"

    @property
    def load_height(self) -> int:
        """Height for cartons above the deck, 0.1 in."""
        return min(self.usable_height, self.max_total_height - self.pallet_height)

    @property
    def load_weight(self) -> float:
        """Weight of cartons that one pallet may carry, lb."""
        return min(self.max_net_weight, self.max_gross_weight - self.pallet_weight)


@dataclass(frozen=True)
class Order:
    """Cartons for one destination, each SKU once."""

    cartons: tuple[Carton, ...]
    limits: Limits = field(default_factory=Limits)
    name: str = ""


CARTON_KEYS = tuple(item.name for item in fields(Carton))
LIMIT_KEYS = tuple(item.name for item in fields(Limits))


def read_order(data: object) -> Order:
    """The order in JSON form: `{"cartons": [{"sku", "dims_lwh", "vertical_ok_lwh", "qty", "weight"}], ...}`.

    Lengths are whole numbers of 0.1 in, weights lb.
    Keys of `Limits` are optional, `name` and `units` are tolerated; any other key is a fault.
    Raises OrderError with every fault found.
    """
    reader = _Reader()
    order = reader.order(data)
    if reader.errors:
        raise OrderError(reader.errors)
    return cast(Order, order)


class _Reader:
    """Reads what it can and notes each fault with its path; the result counts only when there is none."""

    def __init__(self) -> None:
        self.errors: list[dict[str, str]] = []

    def fault(self, path: str, message: str) -> None:
        self.errors.append({"path": path, "message": message})

    def order(self, data: object) -> Order | None:
        if not isinstance(data, Mapping):
            self.fault("", f"an order is an object, not {_shown(data)}")
            return None
        self.unknown_keys("", data, (*LIMIT_KEYS, "cartons", "name", "units"))
        if "units" in data and data["units"] != UNITS:
            self.fault("units", f"must be {UNITS!r}, not {_shown(data['units'])}")
        name = self.text("name", data.get("name", ""), empty_ok=True)
        limits = self.limits(data)
        return Order(self.cartons(data), limits, name)

    def limits(self, data: Mapping[str, Any]) -> Limits:
        given: dict[str, Any] = {name: getattr(Limits(), name) for name in LIMIT_KEYS} | dict(data)
        found = Limits(
            deck=cast(tuple[int, int], self.lengths("deck", given["deck"], 2)),
            usable_height=self.length("usable_height", given["usable_height"]),
            pallet_height=self.whole("pallet_height", given["pallet_height"], 0, LONGEST),
            max_total_height=self.length("max_total_height", given["max_total_height"]),
            pallet_weight=self.number("pallet_weight", given["pallet_weight"], 0, HEAVIEST),
            max_gross_weight=self.weight("max_gross_weight", given["max_gross_weight"]),
            max_net_weight=self.weight("max_net_weight", given["max_net_weight"]),
            min_support=self.number("min_support", given["min_support"], 0, 1),
            slenderness=self.number("slenderness", given["slenderness"], 1, 1000),
            max_pallets=self.max_pallets(given["max_pallets"]),
            forbidden_groups=self.forbidden_groups(given["forbidden_groups"]),
            effort=self.effort(given["effort"]),
        )
        if not self.errors and found.load_height < 1:
            self.fault("max_total_height", f"{found.max_total_height} leaves no room above the pallet")
        if not self.errors and found.load_weight <= 0:
            self.fault("max_gross_weight", f"{found.max_gross_weight:g} leaves nothing beside the pallet itself")
        return found

    def cartons(self, data: Mapping[str, Any]) -> tuple[Carton, ...]:
        rows = data.get("cartons")
        if "cartons" not in data:
            self.fault("cartons", "is missing")
            return ()
        if not isinstance(rows, list) or not rows:
            self.fault("cartons", f"must be a list of at least one carton, not {_shown(rows)}")
            return ()
        cartons = [self.carton(f"cartons[{i}]", row) for i, row in enumerate(rows)]
        found = tuple(carton for carton in cartons if carton)
        for sku, times in Counter(carton.sku for carton in found).items():
            if times > 1 and sku:
                self.fault("cartons", f"SKU {sku!r} is listed {times} times")
        total = sum(carton.qty for carton in found)
        if total > MOST_CARTONS:
            self.fault("cartons", f"{total:,} cartons in all, at most {MOST_CARTONS:,}")
        return found

    def carton(self, path: str, row: object) -> Carton | None:
        if not isinstance(row, Mapping):
            self.fault(path, f"a carton is an object, not {_shown(row)}")
            return None
        self.unknown_keys(f"{path}.", row, CARTON_KEYS)
        missing = [key for key in ("sku", "dims_lwh", "vertical_ok_lwh", "qty", "weight") if key not in row]
        for key in missing:
            self.fault(f"{path}.{key}", "is missing")
        if missing:
            return None
        return Carton(
            sku=self.text(f"{path}.sku", row["sku"]),
            dims_lwh=cast(Sides, self.lengths(f"{path}.dims_lwh", row["dims_lwh"], 3)),
            vertical_ok_lwh=self.flags(f"{path}.vertical_ok_lwh", row["vertical_ok_lwh"]),
            qty=self.whole(f"{path}.qty", row["qty"], 1, MOST_CARTONS),
            weight=self.weight(f"{path}.weight", row["weight"]),
            fragile=self.flag(f"{path}.fragile", row.get("fragile", False)),
            group=self.text(f"{path}.group", row.get("group", "general")),
        )

    def unknown_keys(self, prefix: str, data: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in data:
            if key not in known:
                self.fault(f"{prefix}{key}", "is not a known key")

    def text(self, path: str, value: object, empty_ok: bool = False) -> str:
        plain = isinstance(value, str) and len(value) <= 200 and value.isprintable()
        if plain and (str(value).strip() or empty_ok):
            return str(value)
        self.fault(path, f"must be printable text of 1 to 200 characters, not {_shown(value)}")
        return ""

    def whole(self, path: str, value: object, least: int, most: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.fault(path, f"must be a whole number from {least:,} to {most:,}, not {_shown(value)}")
        return max(least, 1)

    def number(self, path: str, value: object, least: float, most: float) -> float:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most:
            return float(value)
        self.fault(path, f"must be a number from {least:g} to {most:,g}, not {_shown(value)}")
        return most

    def length(self, path: str, value: object) -> int:
        return self.whole(path, value, 1, LONGEST)

    def weight(self, path: str, value: object) -> float:
        return self.number(path, value, LIGHTEST, HEAVIEST)

    def lengths(self, path: str, value: object, count: int) -> tuple[int, ...]:
        if not isinstance(value, (list, tuple)) or len(value) != count:
            self.fault(path, f"must be a list of {count} lengths in 0.1 in, not {_shown(value)}")
            return (1,) * count
        return tuple(self.length(f"{path}[{i}]", side) for i, side in enumerate(value))

    def flag(self, path: str, value: object) -> bool:
        if isinstance(value, int) and value in (0, 1):
            return bool(value)
        self.fault(path, f"must be true or false, not {_shown(value)}")
        return False

    def flags(self, path: str, value: object) -> tuple[bool, bool, bool]:
        if not isinstance(value, list) or len(value) != 3:
            self.fault(path, f"must be a list of 3 flags, not {_shown(value)}")
            return (True, True, True)
        before = len(self.errors)
        found = [self.flag(f"{path}[{i}]", item) for i, item in enumerate(value)]
        if not any(found) and len(self.errors) == before:
            self.fault(path, "at least one side must be allowed upright")
        return (found[0], found[1], found[2])

    def max_pallets(self, value: object) -> int | None:
        return None if value is None else self.whole("max_pallets", value, 1, MOST_CARTONS)

    def effort(self, value: object) -> Effort:
        if isinstance(value, str) and value in EFFORTS:
            return cast(Effort, value)
        self.fault("effort", f"must be one of {', '.join(EFFORTS)}, not {_shown(value)}")
        return "normal"

    def forbidden_groups(self, value: object) -> tuple[Pair, ...]:
        if not isinstance(value, (list, tuple)):
            self.fault("forbidden_groups", f"must be a list of pairs of groups, not {_shown(value)}")
            return ()
        pairs: list[Pair] = []
        for i, pair in enumerate(value):
            path = f"forbidden_groups[{i}]"
            if not isinstance(pair, list) or len(pair) != 2 or pair[0] == pair[1]:
                self.fault(path, f"must be two different groups, not {_shown(pair)}")
                continue
            pairs.append((self.text(f"{path}[0]", pair[0]), self.text(f"{path}[1]", pair[1])))
        return tuple(pairs)


def _shown(value: object) -> str:
    """The value in at most 60 characters; huge whole numbers cannot be printed in decimal cheaply."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30:
        return f"a number of about 10^{int(math.log10(abs(value)))}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
