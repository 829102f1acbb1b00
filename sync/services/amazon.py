"""Which stores and ASINs Amazon itself is asked about in one reading, and its answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from common.sources import Source
from inventory.models import Asin
from sync.adapters.amazon import AmazonReading, AmazonRestrictions
from sync.adapters.amazon_sellers import Pair, Seller, parse_sellers, pick_stalest
from sync.services.context import Ask
from ungating.models import Scope, UngatingStatus

# Five a second are allowed: a minute's worth, so that one reading ends before the next.
QUESTIONS = 250
UNANSWERED = "unanswered"
# A question that Amazon does not answer is asked again after the others, and forgotten when its answer would be old.
FORGET_AFTER = timedelta(days=14)

Times = dict[str, datetime]  # "store ASIN" -> when it was asked


def read_amazon(ask: Ask) -> AmazonReading:
    """Ask Amazon about the pairs of store and ASIN that were never asked about, dearest stock first, then about those
    asked longest ago. Raises UnusableFile.
    """
    sellers = parse_sellers(settings.AMAZON_SELLERS)
    api = AmazonRestrictions(
        lwa_app_id=settings.LWA_APP_ID,
        lwa_client_secret=settings.LWA_CLIENT_SECRET,
        endpoint=settings.SP_API_ENDPOINT,
        token_url=settings.LWA_TOKEN_URL,
    )
    before = _unanswered(ask.marks, ask.now)
    wanted = _wanted(sellers, before)
    reading = api.read(wanted, now=ask.now, tell=ask.tell)
    answered = {f"{status['store_id']} {status['value']}" for status in reading.parts["statuses"]}
    asked = {f"{seller.store_id} {asin}" for seller, asin in wanted}
    still = {pair: at for pair, at in before.items() if pair not in asked} | dict.fromkeys(asked - answered, ask.now)
    marks = {UNANSWERED: {pair: at.isoformat() for pair, at in sorted(still.items())}}
    return AmazonReading(reading.parts, reading.complete, marks, reading.problems, reading.left)


def _unanswered(marks: Mapping[str, Mapping[str, str]], now: datetime) -> Times:
    times = {pair: datetime.fromisoformat(at) for pair, at in marks.get(UNANSWERED, {}).items()}
    return {pair: at for pair, at in times.items() if now - at < FORGET_AFTER}


def _wanted(sellers: Sequence[Seller], unanswered: Times) -> list[tuple[Seller, str]]:
    by_store = {seller.store_id: seller for seller in sellers}
    pairs = pick_stalest(_pairs(by_store, unanswered), budget=QUESTIONS)
    return [(by_store[pair.store_id], pair.asin) for pair in pairs]


def _pairs(store_ids: Iterable[str], unanswered: Times) -> Iterator[Pair]:
    """Every pair but those whose status is made by hand here."""
    stock = list(Asin.objects.in_use().values_list("code", "on_hand", "reserved", "unit_cost"))
    worth: dict[str, Decimal] = {code: (on_hand - reserved) * cost for code, on_hand, reserved, cost in stock}
    for store_id in store_ids:
        known = UngatingStatus.objects.filter(store__panel_id=store_id, scope=Scope.ASIN)
        rows = {key: (source, at) for key, source, at in known.values_list("key", "source", "checked_at")}
        for code, dollars in worth.items():
            source, checked_at = rows.get(code, (Source.FEED, None))
            if source == Source.FEED:
                times = [at for at in (checked_at, unanswered.get(f"{store_id} {code}")) if at]
                yield Pair(store_id=store_id, asin=code, checked_at=max(times, default=None), worth=dollars)
