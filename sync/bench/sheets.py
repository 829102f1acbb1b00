"""A buying portal's sheet of any size, its cells as people type them; the same seed gives the same sheet."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

HEADER = (
    "ASIN", "Product Title", "Brand", "Category", "Supplier", "Date Added", "Qty Purchased", "Qty Remaining",
    "Unit Cost", "Min Shipping Price", "Max Shipping Price", "Package Dimensions (in)", "Item Weight", "Case Pack",
    "Case Dimensions (in)", "Case Weight", "Sale Price", "Amazon Fees", "Priority", "Notes",
)  # fmt: skip
# One row in so many is refused, as in any sheet that people keep.
ONE_REFUSED_IN = 100
LAST_DAY = date(2026, 11, 20)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_STARTS = ("Tor", "Hol", "Fir", "El", "Zen", "Cas", "Xan", "Nor", "Ul", "Ven", "Sil", "Lum", "Café Ul", "Yor", "Den")
_MIDDLES = ("lum", "ven", "ros", "yor", "wil", "gal", "san", "fir", "cas", "tor", "")
_ENDS = ("bor", "ix", " Labs", " & Co.", "'s", "nel", "sven", "or")
_GOODS = {
    "Grocery": ("Hot Sauce", "Ground Coffee", "Trail Mix"),
    "Home & Kitchen": ("Stock Pot", "Knife Block", "Storage Bins", "Water Bottle"),
    "Office Products": ("Desk Organizer", "Gel Pens", "Label Tape"),
    "Electronics": ("Bluetooth Speaker", "Webcam", "USB Hub"),
    "Beauty": ("Face Serum", "Hair Mask", "Body Lotion"),
    "Tools & Home Improvement": ("Drill Bit Set", "Socket Set"),
    "Pet Supplies": ("Wild Bird Food", "Dog Leash"),
    "Toys & Games": ("Card Game", "Puzzle, 500 pieces"),
}
_FORMS = ("Original", "Black", "Large", "Pack of 2", "12 oz", "100 ct")
_SUPPLIERS = ("KeHE", "UNFI", "Distributor 7", "")
_PRIORITIES = ("", "", "", "High", "high", "Medium", "Low")
_NOTES = ("", "", "", "check 📦 count", "+1 case free", "@buyer ask", '=HYPERLINK("http://example.com","spec")')


@dataclass(frozen=True, slots=True)
class Spec:
    """`rows` of data, of which the share `changed` differs from the sheet of the same seed with nothing changed.

    Of what is changed, one half is remaining quantities, the other unit costs and titles by turns.
    """

    rows: int
    seed: int
    changed: float = 0.0


def write_sheet(path: Path, spec: Spec) -> None:
    """Write the sheet row by row as CSV: the file, and nothing of it in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_rows(spec))


def changed_rows(spec: Spec) -> int:
    """How many ASINs differ: refused rows never do."""
    return sum(bool(_change(spec, number)) for number in range(spec.rows))


def refused_rows(spec: Spec) -> int:
    return sum(_is_bad(number) for number in range(spec.rows))


def _is_bad(number: int) -> bool:
    return number % ONE_REFUSED_IN == ONE_REFUSED_IN - 1


def _change(spec: Spec, number: int) -> str:
    """What is changed in a row, or empty."""
    turn = int((number + 1) * spec.changed + 0.5)
    if turn == int(number * spec.changed + 0.5) or _is_bad(number):
        return ""
    return ("remaining", "cost", "remaining", "title")[turn % 4]


def _rows(spec: Spec) -> Iterator[list[str]]:
    chance = random.Random(spec.seed)
    for number in range(spec.rows):
        row = _row(chance, spec.seed, number, _change(spec, number))
        if _is_bad(number):
            # By turns an ASIN and a cost that are not known yet.
            row[0 if number % (2 * ONE_REFUSED_IN) < ONE_REFUSED_IN else 8] = "tbd"
        yield row


def _row(chance: random.Random, seed: int, number: int, change: str) -> list[str]:
    category = chance.choice(tuple(_GOODS))
    brand = chance.choice(_STARTS) + chance.choice(_MIDDLES) + chance.choice(_ENDS)
    title = f"{brand} {chance.choice(_GOODS[category])}, {chance.choice(_FORMS)}" + " II" * (change == "title")
    pack = chance.choice((1, 2, 4, 6, 6, 8, 12, 24))
    purchased = pack * chance.randint(1, 60)
    left = purchased if chance.random() < 0.6 else chance.randint(0, purchased)
    if change == "remaining":
        left = left - 1 if left else 1
    cost = chance.randint(300, 9_000)
    least = chance.randint(8, 300)
    sides = sorted((chance.randint(20, 110) for _ in range(3)), reverse=True)
    ounces = chance.randint(4, 160)
    cased = chance.random() < 0.6
    return [
        chance.choice(("{}", "{}", "{}", "{} ", " {} ")).format(_asin(chance, seed, number)),
        title + " " * chance.randint(0, 1),
        brand,
        category,
        chance.choice(_SUPPLIERS),
        _day(chance),
        _count(chance, purchased),
        _count(chance, left),
        _money(chance, cost + (change == "cost")),
        _money(chance, least),
        _money(chance, least + chance.randint(20, 250)),
        _size(chance, [side / 10 for side in sides]),
        _weight(chance, ounces),
        _count(chance, pack),
        _size(chance, [side / 10 + 5 for side in sides]) if cased else "",
        _weight(chance, ounces * pack + 10) if cased else "",
        _money(chance, cost * 2 + chance.randint(0, 999)),
        _money(chance, cost // 5 + 150),
        chance.choice(_PRIORITIES),
        chance.choice(_NOTES),
    ]


def _asin(chance: random.Random, seed: int, number: int) -> str:
    """A code of its own for each number; one in ten is typed in lower case."""
    place = (number * 48_271 * 65_537 + seed) % 36**8
    code = "B0"
    for _ in range(8):
        place, digit = divmod(place, 36)
        code += _DIGITS[digit]
    return code.lower() if chance.random() < 0.1 else code


def _day(chance: random.Random) -> str:
    day = LAST_DAY - timedelta(days=chance.randint(0, 400))
    return chance.choice(
        (f"{day:%Y-%m-%d}", f"{day.month}/{day.day}/{day.year}", f"{day:%m/%d/%Y}", f"{day:%b %d, %Y}")
    )


def _count(chance: random.Random, units: int) -> str:
    return chance.choice((f"{units}", f"{units}", f"{units:,}", f" {units}", f"{units}.0"))


def _money(chance: random.Random, cents: int) -> str:
    amount = f"{cents // 100:,}.{cents % 100:02}"
    return chance.choice((amount, amount, f"${amount}", f" $ {amount} ", f"USD {amount}"))


def _size(chance: random.Random, inches: list[float]) -> str:
    sides = [f"{side:.1f}" for side in inches]
    between = chance.choice((" x ", " × ", "x", '" x '))
    return between.join(sides) + chance.choice({'" x ': ('"',), "x": (" in",)}.get(between, ("", " inches")))


def _weight(chance: random.Random, ounces: int) -> str:
    pounds = f"{ounces / 16:.2f}"
    return chance.choice((f"{ounces}.00 ounces", f"{ounces} oz", f"{pounds} lb", f"{pounds} Pounds", pounds))
