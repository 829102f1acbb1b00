"""Who may be asked about at Amazon, from the setting AMAZON_SELLERS, and what to ask first."""

import heapq
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from common.errors import Problem
from sync.adapters.reading import Unreachable
from sync.parsing.issues import UnusableFile
from sync.parsing.objects import OWN_ID_LIMIT
from sync.parsing.strict_json import load_json

SETTING = "AMAZON_SELLERS"
# Country codes as python-amazon-sp-api names Amazon's marketplaces.
MARKETPLACES = frozenset(
    (
        "AE", "AU", "BE", "BR", "CA", "DE", "EG", "ES", "FR", "GB", "IE", "IN", "IT", "JP", "MX", "NL", "PL", "SA",
        "SE", "SG", "TR", "UK", "US", "ZA",
    )
)  # fmt: skip

_KEYS = {"sellerId", "refreshToken", "marketplace"}
_STORE_ID = re.compile(rf"[A-Za-z0-9._-]{{1,{OWN_ID_LIMIT}}}", re.ASCII)
_SELLER_ID = re.compile(r"[A-Z0-9]{8,20}", re.ASCII)
_REFRESH_TOKEN = re.compile(r"Atzr\|[!-~]{1,4000}", re.ASCII)
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Seller:
    """The seller account of one store; `marketplace` is a country code such as `US`."""

    store_id: str
    seller_id: str
    refresh_token: str = field(repr=False)
    marketplace: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A question that may be asked. `worth`: USD of stock of the ASIN; `checked_at`: None = never."""

    store_id: str
    asin: str
    checked_at: datetime | None
    worth: Decimal


def pick_stalest(pairs: Iterable[Pair], *, budget: int) -> list[Pair]:
    """At most `budget` of `pairs`: those never checked by worth, the highest first, then by the oldest check."""
    return heapq.nsmallest(
        budget,
        pairs,
        key=lambda pair: (
            pair.checked_at is not None,
            pair.checked_at or _LONG_AGO,
            -pair.worth,
            pair.store_id,
            pair.asin,
        ),
    )


def parse_sellers(source: str | Mapping[str, Any]) -> list[Seller]:
    """The sellers in AMAZON_SELLERS, as JSON text or its object; blank text means none.

    Form: `{"<store id>": {"sellerId": "A…", "refreshToken": "Atzr|…", "marketplace": "US"}}`. Raises Unreachable with
    all problems; none of them shows a refresh token, nor text that might be one in the wrong place.
    """
    entries = _load(source) if isinstance(source, str) else source
    if not isinstance(entries, Mapping):
        raise Unreachable([Problem(SETTING, f'{SETTING} must be a JSON object such as {{"<store id>": {{…}}}}.')])
    problems: list[Problem] = []
    sellers: list[Seller] = []
    taken: dict[tuple[str, str], str] = {}
    for number, (store_id, entry) in enumerate(entries.items(), 1):
        is_id = isinstance(store_id, str) and _STORE_ID.fullmatch(store_id)
        place = f"store {store_id}" if is_id else f"entry {number}"
        faults = [] if is_id else [f"its key is not a store id of at most {OWN_ID_LIMIT} letters, digits, . _ or -"]
        faults += _faults(entry)
        if not faults:
            seller = Seller(store_id, entry["sellerId"], entry["refreshToken"], entry["marketplace"].upper())
            other = taken.setdefault((seller.seller_id, seller.marketplace), store_id)
            if other != store_id:
                faults.append(f"sellerId and marketplace are those of store {other} too")
            sellers.append(seller)
        problems += [Problem(SETTING, f"{SETTING}, {place}: {fault}.") for fault in faults]
    if problems:
        raise Unreachable(problems)
    return sellers


def _load(text: str) -> Any:
    if not text.strip():
        return {}
    try:
        return load_json(text.encode(), SETTING)
    except UnusableFile as error:
        raise Unreachable([Problem(SETTING, problem.message) for problem in error.problems]) from None
    except UnicodeEncodeError:
        raise Unreachable([Problem(SETTING, f"{SETTING} is not readable text.")]) from None


def _faults(entry: object) -> list[str]:
    """What is wrong with a seller, without showing any of it."""
    if not isinstance(entry, Mapping):
        return ["it is not an object with sellerId, refreshToken and marketplace"]
    faults = [] if set(entry) <= _KEYS else ["it has keys other than sellerId, refreshToken and marketplace"]
    if not _is(_SELLER_ID, entry.get("sellerId")):
        faults.append("sellerId must be the merchant token of the account, such as A2EXAMPLE12345")
    if not _is(_REFRESH_TOKEN, entry.get("refreshToken")):
        faults.append("refreshToken must be the token that Amazon gave when the application was authorised (Atzr|…)")
    marketplace = entry.get("marketplace")
    if not isinstance(marketplace, str) or marketplace.upper() not in MARKETPLACES:
        faults.append("marketplace must be the country code of one of Amazon's marketplaces, such as US")
    return faults


def _is(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None
