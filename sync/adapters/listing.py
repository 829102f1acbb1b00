"""A list of objects read page by page, and the mark from which its next changes are asked for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sync.adapters.http import Caller
from sync.adapters.reading import Tell, Unreachable, say_nothing
from sync.parsing.issues import UnusableFile
from sync.parsing.objects import ObjectReader
from sync.parsing.strict_json import load_json

PAGE_SIZE = 200
MOST_PAGES = 20_000
MOST_OBJECTS = 2_000_000
LONGEST_CURSOR = 1_000
# Asked again each time: a change is stamped before it can be read, and clocks differ a little.
OVERLAP = timedelta(seconds=60)
FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listing:
    """All pages of a list.

    `as_of` is the first page's, as sent (`""`: none). `etag` is that of the whole list, so `""` where it had several
    pages. `newest` is the newest `updated_at` that can be read, None where there is none.
    """

    objects: list[Any]
    as_of: str
    etag: str
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where a list was read: its changes are next asked for `since` (RFC 3339; `""`: all of it).

    `etag` belongs to the question that was `asked`: it may be shown only with the same `since` again.
    """

    since: str = ""
    etag: str = ""
    asked: str = ""

    @property
    def live_etag(self) -> str:
        """The ETag that fits the next question, or `""`."""
        return self.etag if self.asked == self.since else ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Part:
    """The objects of one list that are new, and the mark for the next time."""

    objects: list[Any]
    mark: Mark


@dataclass(frozen=True, slots=True)
class _Page:
    objects: list[Any]
    cursor: str
    as_of: str


def read_list(
    caller: Caller, path: str, *, since: str = "", etag: str = "", tell: Tell = say_nothing,
    params: Mapping[str, str] | None = None,
) -> Listing | None:  # fmt: skip
    """Every page of `path`: all objects, or those changed `since`; None = the same as what gave `etag`.

    `params` are asked for beside those of the pages. `tell` hears the objects read so far after each page.
    Raises Unreachable; UnusableFile for a reply of another form.
    """
    asked = dict(params or {}) | ({"updated_since": since} if since else {}) | {"limit": str(PAGE_SIZE)}
    objects: list[Any] = []
    seen: set[str] = set()
    cursor = as_of = ""
    while True:
        reply = caller.get(path, asked | ({"cursor": cursor} if cursor else {}), etag="" if cursor else etag)
        if reply is None:
            return None
        page = _page(load_json(reply.body, f"{caller.name}'s answer to {path}"), caller.name, path)
        objects += page.objects
        as_of = as_of if cursor else page.as_of
        tell(len(objects), 0)
        if not page.cursor:
            return Listing(objects, as_of, "" if cursor else reply.etag, _newest(objects))
        _check_progress(f"{caller.name}'s list {path}", page.cursor, seen, len(objects))
        seen.add(page.cursor)
        cursor = page.cursor


def read_part(
    caller: Caller, path: str, mark: Mark | None, *, everything: bool, now: datetime, tell: Tell = say_nothing
) -> Part:
    """What is new in the list at `path` since its `mark`, or `everything`. Raises as `read_list`."""
    old = mark or Mark()
    since, etag = ("", "") if everything else (old.since, old.live_etag)
    listing = read_list(caller, path, since=since, etag=etag, tell=tell)
    if listing is None:
        return Part([], old)
    return Part(listing.objects, next_mark(old, listing, asked=since, now=now))


def next_mark(old: Mark, listing: Listing, *, asked: str, now: datetime) -> Mark:
    """The mark after `listing`, which was `asked` for since then; `now` is our own clock, in UTC.

    No clock alone can move it past what was read: not ours, not theirs, and not a row dated in the future.
    """
    if listing.newest is None:
        return Mark(old.since, listing.etag, asked)
    as_of = moment_of({"as_of": listing.as_of}, "as_of")
    reached = min(moment for moment in (listing.newest, as_of, now) if moment) - OVERLAP
    before = moment_of({"since": old.since}, "since")
    if asked and before:  # after everything was read the mark starts afresh, which mends one that was too late
        reached = max(reached, before)
    return Mark(moment_text(reached), listing.etag, asked)


def read_mark(marks: Mapping[str, Any], part: str) -> Mark | None:
    """The mark of `part`; None where there is none that can be used."""
    value = marks.get(part)
    if not isinstance(value, Mapping) or not isinstance(since := value.get("since"), str):
        return None
    if since and moment_of(value, "since") is None:
        return None
    etag, asked = value.get("etag"), value.get("asked")
    fits = isinstance(etag, str) and isinstance(asked, str)
    return Mark(since, str(etag), str(asked)) if fits else Mark(since)


def moment_text(moment: datetime) -> str:
    """`moment` by RFC 3339, in UTC and whole seconds, never later than it is nor before the year 2000."""
    return max(moment.astimezone(UTC), FIRST_MOMENT).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(members: object, field: str) -> datetime | None:
    """The moment in a field of an object, in UTC; None where there is none that can be read."""
    return ObjectReader(0, members).moment(field) if isinstance(members, Mapping) else None


def _newest(objects: list[Any]) -> datetime | None:
    return max(filter(None, (moment_of(members, "updated_at") for members in objects)), default=None)


def _page(envelope: object, name: str, path: str) -> _Page:
    problems: list[str] = []
    members: Mapping[str, Any] = envelope if isinstance(envelope, dict) else {}
    objects, more, cursor = members.get("data"), members.get("has_more"), members.get("next_cursor")
    as_of = members.get("as_of")
    if not isinstance(objects, list):
        problems.append("'data' is not a list")
    if not isinstance(more, bool):
        problems.append("'has_more' is not true or false")
    if isinstance(cursor, bool) or not isinstance(cursor, (str, int, type(None))):
        problems.append("'next_cursor' is neither text nor null")
    cursor = "" if cursor is None else str(cursor)[: LONGEST_CURSOR + 1]
    if len(cursor) > LONGEST_CURSOR:
        problems.append(f"'next_cursor' is longer than {LONGEST_CURSOR} characters")
    if problems or not isinstance(objects, list):
        found = "; ".join(problems)
        raise UnusableFile(f"{name}'s answer to {path} is not a page of a list: {found}. Check the version of its API.")
    if more and not cursor:
        raise Unreachable(f"{name}'s list {path} says that there is more, but not where (next_cursor). Ask its makers.")
    # Some systems give a cursor with the last page too: has_more is what says whether there is another one.
    return _Page(objects, cursor if more else "", as_of if isinstance(as_of, str) else "")


def _check_progress(words: str, cursor: str, seen: set[str], count: int) -> None:
    """Raises Unreachable for a list that never ends."""
    if cursor in seen:
        raise Unreachable(f"{words} goes in circles: it gives the same next_cursor twice. Ask its makers.")
    if len(seen) + 1 >= MOST_PAGES or count > MOST_OBJECTS:
        raise Unreachable(
            f"{words} has more than {MOST_PAGES:,} pages or {MOST_OBJECTS:,} objects, which is more than is read. "
            "Ask its makers whether it ends."
        )
