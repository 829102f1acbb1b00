"""How long an outside system asks to be left alone (RFC 9110, Retry-After)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

# Seconds: what is worth waiting for within one reading, and the longest wait that is passed on.
LONGEST_WAIT = 10.0
LONGEST_ASKED_WAIT = 86_400.0

_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]{1,6})?", re.ASCII)


def asked_wait(headers: Mapping[str, str] | Message) -> float | None:
    """The seconds of `Retry-After`, a number or a date, at most a day; None where it says nothing usable."""
    value = (headers.get("Retry-After") or "").strip()
    if _SECONDS.fullmatch(value):
        return min(float(value[:20]), LONGEST_ASKED_WAIT)
    until = _http_date(value)
    if until is None:
        return None
    # Their clock against their clock: ours may be wrong.
    now = _http_date(headers.get("Date") or "") or datetime.now(UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_ASKED_WAIT)


def _http_date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
