"""Asks Amazon itself (SP-API getListingsRestrictions) whether stores may list ASINs, as objects of the ungating feed.

Optional: needs requirements/amazon.txt, and the settings LWA_APP_ID, LWA_CLIENT_SECRET and AMAZON_SELLERS.
"""

import importlib
import importlib.util
import time
from collections import deque
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from common.errors import Problem
from sync.adapters.amazon_answers import (
    BadApp,
    BadQuestion,
    BadSeller,
    Refusal,
    Throttled,
    Unavailable,
    Verdict,
    judge,
)
from sync.adapters.amazon_pace import Bucket
from sync.adapters.amazon_sellers import SETTING, Pair, Seller, parse_sellers, pick_stalest
from sync.adapters.http import LOOPBACK
from sync.adapters.reading import Reading, Tell, Unreachable, say_nothing

__all__ = ["AmazonReading", "AmazonRestrictions", "Pair", "Seller", "parse_sellers", "pick_stalest"]

VALID_DAYS = 14
# Seconds for one whole reply, and before the second try of a question: after a 429 the burst is back in 2 s.
TIMEOUT, PAUSE_THROTTLED, PAUSE_UNAVAILABLE = 20.0, 2.0, 1.0
# A longer wait is left to the next poll.
MOST_WAIT = 30.0


@dataclass(frozen=True, slots=True)
class AmazonReading(Reading):
    """`problems`: whom or what Amazon refused meanwhile, for people to mend; `left`: questions without an answer."""

    problems: tuple[Problem, ...] = ()
    left: int = 0


class AmazonRestrictions:
    """Amazon as a source of ungating statuses, each valid for `valid_days` from its answer.

    `endpoint` and `token_url` replace Amazon's own addresses, by https or at loopback. `sleep` and `clock` count in
    seconds. Raises Unreachable where python-amazon-sp-api or a setting is missing.
    """

    def __init__(
        self,
        *,
        lwa_app_id: str,
        lwa_client_secret: str,
        endpoint: str = "",
        token_url: str = "",
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        valid_days: int = VALID_DAYS,
        timeout: float = TIMEOUT,
    ) -> None:
        self._credentials = {"lwa_app_id": lwa_app_id, "lwa_client_secret": lwa_client_secret}
        self._endpoint, self._token_url = endpoint.rstrip("/"), token_url
        self._check()
        self._api = _load_api()
        self._sleep, self._clock = sleep, clock
        self._valid = timedelta(days=valid_days)
        self._timeout = timeout
        self._buckets: dict[str, Bucket] = {}

    def read(self, wanted: Sequence[tuple[Seller, str]], *, now: datetime, tell: Tell = say_nothing) -> AmazonReading:
        """Ask about each seller and ASIN once; part `statuses`. What has no answer keeps its old status.

        `now` is the moment (with its zone) at which this begins. Raises Unreachable only where nothing was answered.
        """
        is_loopback = all(_is_loopback(url) for url in (self._endpoint, self._token_url))
        wire = self._api.Wire(timeout=self._timeout, is_loopback=is_loopback)
        begin = self._clock()

        def stamp(seller: Seller, asin: str, verdict: Verdict) -> dict[str, Any]:
            at = now + timedelta(seconds=self._clock() - begin)
            return _status(seller, asin, verdict, at, at + self._valid)

        def connect(seller: Seller) -> Any:
            return self._api.Restrictions(
                credentials={**self._credentials, "refresh_token": seller.refresh_token},
                seller_id=seller.seller_id,
                marketplace=seller.marketplace,
                endpoint=self._endpoint,
                token_url=self._token_url,
                wire=wire,
                clock=self._clock,
            )

        poll = _Poll(wanted, connect, stamp, self._buckets, self._sleep, self._clock)
        try:
            poll.run(tell)
        finally:
            wire.close()
        return poll.reading()

    def _check(self) -> None:
        names = {"LWA_APP_ID": "lwa_app_id", "LWA_CLIENT_SECRET": "lwa_client_secret"}
        problems = [
            Problem(setting, f"{setting} is not set: Amazon gives it in the registration of the application.")
            for setting, key in names.items()
            if not self._credentials[key].strip()
        ]
        problems += [
            Problem("", f"{words} must be an https address without a user, or an http one of this machine.")
            for words, url in (("The SP-API endpoint", self._endpoint), ("The LWA token address", self._token_url))
            if url and not _is_allowed(url)
        ]
        if problems:
            raise Unreachable(problems)


class _Poll:
    """One round of questions: always the seller next whose turn comes first, as Amazon counts by seller."""

    def __init__(
        self,
        wanted: Sequence[tuple[Seller, str]],
        connect: Callable[[Seller], Any],
        stamp: Callable[[Seller, str, Verdict], dict[str, Any]],
        buckets: MutableMapping[str, Bucket],
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._queues: dict[Seller, deque[str]] = {}
        for seller, asin in dict.fromkeys(wanted):
            self._queues.setdefault(seller, deque()).append(asin)
        self._total = sum(map(len, self._queues.values()))
        self._connect, self._stamp, self._buckets = connect, stamp, buckets
        self._sleep, self._clock = sleep, clock
        self._clients: dict[Seller, Any] = {}
        self._objects: list[dict[str, Any]] = []
        self._problems: list[Problem] = []
        self._slow: list[Problem] = []
        self._refused: dict[Seller, list[str]] = {}
        self._wait: float | None = None

    def run(self, tell: Tell) -> None:
        """Ask until all is answered, or Amazon cannot be asked any more."""
        while self._queues:
            seller = min(self._queues, key=lambda seller: self._bucket(seller).wait(self._clock()))
            asin = self._queues[seller].popleft()
            try:
                self._objects.append(self._stamp(seller, asin, self._answer(seller, asin)))
            except BadQuestion as refusal:
                self._refused.setdefault(seller, []).append(f"{asin} ({refusal.words})")
            except (Throttled, BadSeller) as refusal:
                self._give_up(seller, refusal)
                continue
            except (BadApp, Unavailable) as refusal:
                self._problems.append(_problem(seller, refusal))
                self._wait = refusal.wait
                return
            if not self._queues[seller]:
                del self._queues[seller]
            tell(len(self._objects) + sum(map(len, self._refused.values())), self._total)

    def reading(self) -> AmazonReading:
        """What was answered. Raises Unreachable where nothing was, although there were questions."""
        problems = [*self._problems, *map(_refused_problem, self._refused, self._refused.values())]
        if self._total and not self._objects:
            raise Unreachable([*problems, *self._slow], retry_after=self._wait)
        left = self._total - len(self._objects)
        return AmazonReading({"statuses": self._objects}, False, {}, tuple(problems), left)

    def _give_up(self, seller: Seller, refusal: Refusal) -> None:
        """Leave this seller's other questions; of being slowed down nobody is told while others are answered."""
        (self._slow if isinstance(refusal, Throttled) else self._problems).append(_problem(seller, refusal))
        if refusal.wait is not None:
            self._wait = max(refusal.wait, self._wait or 0.0)
        del self._queues[seller]

    def _answer(self, seller: Seller, asin: str) -> Verdict:
        """With a second try after 429, 5xx and faults of the network. Raises a Refusal."""
        try:
            return self._ask(seller, asin)
        except (Throttled, Unavailable) as refusal:
            usual = PAUSE_THROTTLED if isinstance(refusal, Throttled) else PAUSE_UNAVAILABLE
            wait = usual if refusal.wait is None else refusal.wait
            if wait > MOST_WAIT:
                raise
            self._sleep(wait)
            if isinstance(refusal, Throttled):
                self._bucket(seller).drain(self._clock())
        return self._ask(seller, asin)

    def _ask(self, seller: Seller, asin: str) -> Verdict:
        bucket = self._bucket(seller)
        wait = bucket.wait(self._clock())
        if wait:
            self._sleep(wait)
        bucket.take(self._clock())
        if seller not in self._clients:
            self._clients[seller] = self._connect(seller)
        restrictions, rate = self._clients[seller].ask(asin)
        if rate is not None:
            bucket.allow(rate)
        return judge(restrictions, marketplace_id=self._clients[seller].marketplace_id)

    def _bucket(self, seller: Seller) -> Bucket:
        return self._buckets.setdefault(seller.seller_id, Bucket(self._clock()))


def _status(seller: Seller, asin: str, verdict: Verdict, at: datetime, until: datetime) -> dict[str, Any]:
    moment = _rfc_3339(at)
    return {
        "id": f"amazon:{seller.store_id}:{asin}",
        "store_id": seller.store_id,
        "scope": "asin",
        "value": asin,
        "status": verdict.status,
        "reason": verdict.reason,
        "approval_url": verdict.approval_url,
        "checked_at": moment,
        "expires_at": _rfc_3339(until),
        "updated_at": moment,
    }


def _rfc_3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _problem(seller: Seller, refusal: Refusal) -> Problem:
    store, words = seller.store_id, refusal.words
    if isinstance(refusal, BadApp):
        return Problem("LWA_APP_ID", f"Amazon refuses LWA_APP_ID and LWA_CLIENT_SECRET ({words}): check both.")
    if isinstance(refusal, BadSeller):
        advice = (
            f"authorise the application again, with the role Product Listing, and set its refreshToken in {SETTING}"
        )
        return Problem(SETTING, f"Amazon refuses the credentials of store {store} ({words}): {advice}.")
    if isinstance(refusal, Throttled):
        return Problem("", f"Amazon asks us to slow down for store {store} ({words}): the rest is asked next time.")
    return Problem("", f"Amazon cannot be asked now, the rest is asked next time: {words}.")


def _refused_problem(seller: Seller, refused: Sequence[str]) -> Problem:
    count = f"{len(refused)} question" + ("s" if len(refused) > 1 else "")
    advice = f"check its sellerId and marketplace in {SETTING}"
    return Problem(SETTING, f"Amazon refuses {count} of store {seller.store_id}, first {refused[0]}: {advice}.")


def _is_allowed(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_plain = bool(parts.hostname) and "@" not in parts.netloc and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return is_plain and (parts.scheme == "https" or _is_loopback(url))


def _is_loopback(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _load_api() -> ModuleType:
    """`amazon_api`, which needs a package of its own extra. Raises Unreachable."""
    if importlib.util.find_spec("sp_api") is None:
        raise Unreachable("Asking Amazon needs python-amazon-sp-api: run pip install -r requirements/amazon.txt.")
    try:
        return importlib.import_module("sync.adapters.amazon_api")
    except (ImportError, KeyError, ValueError) as error:
        # The package stops at values of its own environment variables that it does not know.
        raise Unreachable(
            "python-amazon-sp-api cannot be loaded: run pip install -r requirements/amazon.txt again, and unset "
            f"AWS_ENV and SP_API_DEFAULT_MARKETPLACE in the environment ({type(error).__name__})."
        ) from error
