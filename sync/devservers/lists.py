"""Lists of objects page by page: the contract that the panel and the ungating software share."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sync.devservers.calls import Call, CallRefused, Reply, json_reply
from sync.devservers.history import Entry
from sync.devservers.moments import moment_text, parse_moment

DEFAULT_LIMIT = 100
MOST = 200
PAGING = ("updated_since", "cursor", "limit")
# Troubles that a cursor carries on: the pages after the first would otherwise be of another order or list.
LASTING = ("shuffled_pages", "half_gone")

# Where an entry stands: without a mark or with one, the mark, the id, the how-manieth of these.
Place = tuple[int, str, str, int]
START: Place = (-1, "", "", 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for. `after` is the place of the last object that it has seen."""

    since: datetime | None
    limit: int
    filters: tuple[tuple[str, str], ...]
    after: Place
    trouble: str


def read_wanted(call: Call, filters: Sequence[str], trouble: str) -> Wanted:
    """What the call asks for; `filters` are the fields that it may filter by. Raises CallRefused."""
    unknown = sorted(set(call.query) - {*PAGING, *filters})
    if unknown:
        raise CallRefused(400, f"There is no parameter {unknown[0]}; there are {', '.join((*filters, *PAGING))}.")
    since = parse_moment(call.one("updated_since"))
    if since is None and call.one("updated_since"):
        raise CallRefused(400, "updated_since is not a moment such as 2026-10-02T08:00:00Z (in an address, + is %2B).")
    wanted = Wanted(
        since=since,
        limit=_limit(call.one("limit")),
        filters=tuple((name, call.one(name)) for name in filters if call.one(name)),
        after=START,
        trouble=trouble,
    )
    return _continued(wanted, call, call.one("cursor")) if call.one("cursor") else wanted


def list_reply(call: Call, entries: Iterable[Entry], wanted: Wanted, as_of: datetime) -> Reply:
    """The page, or 304 where the reader has it already."""
    envelope = _page(call, entries, wanted)
    tag = f'"{hashlib.sha256(json.dumps(envelope).encode()).hexdigest()[:32]}"'
    known = [text.strip().removeprefix("W/") for text in call.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Reply(304, b"", {"ETag": tag})
    return json_reply({**envelope, "as_of": moment_text(as_of)}, headers={"ETag": tag})


def now_utc() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def _page(call: Call, entries: Iterable[Entry], wanted: Wanted) -> dict[str, Any]:
    placed = _placed(_chosen(entries, wanted), shuffled=wanted.trouble == "shuffled_pages")
    rest = [(place, entry) for place, entry in placed if place > wanted.after]
    size = max(1, wanted.limit // 2) if wanted.trouble == "duplicates" else wanted.limit
    page = rest[:size]
    more = len(rest) > size
    after = page[-1][0] if page else wanted.after
    if wanted.trouble == "circle":
        more, after = True, wanted.after
    values = [entry.value for _, entry in page]
    if wanted.trouble == "duplicates":
        values = (values * 2)[: wanted.limit]
    return {"data": values, "next_cursor": _cursor(call, wanted, after) if more else None, "has_more": more}


def _chosen(entries: Iterable[Entry], wanted: Wanted) -> list[Entry]:
    fitting = [
        entry
        for entry in entries
        if all(str(entry.fields.get(field)) == value for field, value in wanted.filters)
        # A reader that asks for everything needs no tombstones.
        and not (entry.gone and wanted.since is None)
    ]
    if wanted.trouble == "half_gone":
        kept = set(sorted({entry.id for entry in fitting if not entry.gone})[::2])
        fitting = [entry for entry in fitting if entry.gone or entry.id in kept]
    # What does not say when it was changed may have changed: it always comes.
    return [entry for entry in fitting if wanted.since is None or entry.mark is None or entry.mark >= wanted.since]


def _placed(entries: Iterable[Entry], *, shuffled: bool) -> list[tuple[Place, Entry]]:
    """The entries in order, each with its place; shuffled: in an order that is always the same one."""
    seen: Counter[tuple[int, str, str]] = Counter()
    placed: list[tuple[Place, Entry]] = []
    for entry in entries:
        rank, mark = (1, "") if entry.mark is None else (0, moment_text(entry.mark))
        if shuffled:
            rank, mark = 0, hashlib.sha256(f"{mark} {entry.id}".encode("utf-8", "replace")).hexdigest()
        placed.append(((rank, mark, entry.id, seen[rank, mark, entry.id]), entry))
        seen[rank, mark, entry.id] += 1
    return sorted(placed, key=lambda pair: pair[0])


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise CallRefused(400, f"limit must be a whole number from 1 to {MOST}.")
    return int(text)


def _question(call: Call, wanted: Wanted) -> str:
    """What a cursor belongs to: another list or other filters make it useless."""
    asked = [call.path, wanted.since.isoformat() if wanted.since else "", wanted.filters]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]


def _cursor(call: Call, wanted: Wanted, after: Place) -> str:
    lasting = wanted.trouble if wanted.trouble in LASTING else ""
    text = json.dumps([_question(call, wanted), lasting, after])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _continued(wanted: Wanted, call: Call, cursor: str) -> Wanted:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        question, lasting, (rank, mark, id_, number) = json.loads(text)
        after = (int(rank), str(mark), str(id_), int(number))
    except (ValueError, TypeError, RecursionError) as error:
        raise CallRefused(400, "cursor is not one that this server gave.") from error
    if question != _question(call, wanted):
        raise CallRefused(400, "cursor belongs to another list, other filters or another updated_since.")
    return Wanted(wanted.since, wanted.limit, wanted.filters, after, wanted.trouble or str(lasting))
