"""Why goods are in a plan or left out: codes, numbers, and the sentence that says them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

Number = Decimal | float | int | str  # Decimal is USD, int counts cases or stores, float is a share or USD a dollar


class Limit(StrEnum):
    """What keeps a line from one case more, the first that holds."""

    LOCKED = "locked"
    STOCK = "stock"
    CAP = "cap"
    CLAIM = "claim"
    MONEY = "money"
    GAIN = "gain"


class Out(StrEnum):
    """Why an offer is not in the plan, the first that holds: by itself, for other stores, for the client's money."""

    UNMET = "unmet"
    NO_STOCK = "no_stock"
    CAP = "cap"
    OVER_BUDGET = "over_budget"
    NEGATIVE = "negative"
    TAKEN = "taken"
    STORES = "stores"
    DEAR = "dear"
    PALLET = "pallet"
    SHIPPING = "shipping"
    MONEY = "money"
    NO_EXCHANGE = "no_exchange"


LIMITS = {
    Limit.LOCKED: "It is locked at {cases}.",
    Limit.STOCK: "The stock is used up.",
    Limit.CAP: "The cap of {cases} is reached.",
    Limit.CLAIM: "Claimed beforehand: {cases}; no gain was found in more.",
    Limit.MONEY: "One case more takes about {takes}, and {left} of the budget is left.",
    Limit.GAIN: "No gain was found in one case more.",
}

SENTENCES = {
    Out.UNMET: "Claimed or locked: {cases}, but {reason}.",
    Out.NO_STOCK: "It is not in stock.",
    Out.CAP: "Its cap is 0.",
    Out.OVER_BUDGET: "One case takes at least {takes}, and the whole budget is {budget}.",
    Out.NEGATIVE: "A case is worth {value} and ships for at least {shipping}.",
    Out.TAKEN: (
        "The whole stock of {cases} went to other stores; a dollar earns {earns} here{scarcity}, and this client's "
        "last dollar earns {hurdle}."
    ),
    Out.STORES: "It goes to {stores} already, and no more may have it.",
    Out.DEAR: "A dollar earns {earns} here{scarcity}; this client's last dollar earns {hurdle}.",
    Out.PALLET: (
        "One case would need another pallet (it takes {load} of one, and the last has room for {room}): with about "
        "{shipping} of shipping a dollar earns {earns} here; this client's last dollar earns {hurdle}."
    ),
    Out.SHIPPING: (
        "With the last pallet filled to {fill}, one case adds about {shipping} of shipping and is worth {value}."
    ),
    Out.MONEY: (
        "One case takes about {takes}; {left} of the budget is left, and the goods that earn less per dollar hold "
        "only {held}."
    ),
    Out.NO_EXCHANGE: "No exchange was found that gains; the whole plan could be at most {better} better.",
}


@dataclass(frozen=True)
class WhyIn:
    """One line of a store: `value` after shipping and what is `spent` on it in USD.

    `earns` is USD of value a dollar (None where it costs nothing), `best` the same with all shipping at its least,
    which is how the client's `hurdle` counts. `price` is what one more case in stock would bring everyone, `one_more`
    one more case for this store alone, both USD and at most. `short` says why a claim is not met in full.
    """

    store: str
    item: str
    cases: int
    value: Decimal
    spent: Decimal
    earns: float | None
    best: float | None
    hurdle: float
    price: Decimal
    one_more: Decimal
    limit: Limit
    numbers: dict[str, Number]
    short: str = ""

    def words(self) -> str:
        """The sentences for people."""
        worth = f"worth {_shown('', self.value)} after shipping"
        parts = [f"{_shown('cases', self.cases)} for {_shown('', self.spent)}, {worth}{self._rate()}"]
        if self.price:
            parts.append(f"One more case in stock would bring up to {_shown('', self.price)}.")
        if self.short:
            parts.append(f"The claim is not met in full: {self.short}.")
        return " ".join((*parts, filled(LIMITS[self.limit], self.numbers)))

    def _rate(self) -> str:
        if self.earns is None or self.best is None:
            return "."
        full = f", {self.best:.3f} on full pallets" if self.earns < self.hurdle <= self.best else ""
        fills = self.best < self.hurdle and self.limit not in (Limit.LOCKED, Limit.CLAIM)
        why = " In whole cases it fills the budget better." if fills else ""
        return f": a dollar earns {self.earns:.3f}{full}; this client's last dollar earns {self.hurdle:.3f}.{why}"


@dataclass(frozen=True)
class WhyOut:
    """One offer that is left out and the first rule it fails; `price` and `one_more` as in WhyIn."""

    store: str
    item: str
    code: Out
    numbers: dict[str, Number]
    price: Decimal
    one_more: Decimal

    def words(self) -> str:
        """The sentence for people."""
        numbers = dict(self.numbers)
        if scarcity := numbers.get("scarcity"):
            numbers["scarcity"] = f", after {scarcity:.3f} for its scarcity"
        elif self.code in (Out.DEAR, Out.TAKEN):
            numbers["scarcity"] = ""
        return filled(SENTENCES[self.code], numbers)


def filled(sentence: str, numbers: dict[str, Number]) -> str:
    """The sentence with its numbers."""
    return sentence.format(**{name: _shown(name, value) for name, value in numbers.items()})


def _shown(name: str, value: Number) -> str:
    """USD to the cent, counts with their noun (`name` is plural), shares and rates with three places."""
    if isinstance(value, Decimal):
        return f"{'-' if value < 0 else ''}${abs(value):,.2f}"
    if isinstance(value, int):
        return f"{value:,} {name if value != 1 else name[:-1]}"
    return f"{value:.3f}" if isinstance(value, float) else value
