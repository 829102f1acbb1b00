"""Moments by RFC 3339, as the panel and the ungating software write them."""

import re
from datetime import UTC, datetime

_RFC_3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)


def parse_moment(value: object) -> datetime | None:
    """The moment in UTC, to the microsecond; `None` for anything else, also for a moment without its offset."""
    match = _RFC_3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    fraction = (match[3] or ".0")[:7].ljust(7, "0")
    offset = "+00:00" if match[4] in "Zz" else match[4]
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}{fraction}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):  # 31 February, or the year 0 once it is in UTC
        return None


def moment_text(moment: datetime) -> str:
    """`2026-11-23T08:15:30.000120Z`: always of one length, so that the texts sort as the moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
