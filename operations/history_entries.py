"""What happened, line by line: entries of a history, and how several sources of them become one page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from typing import NamedTuple

PER_PAGE = 50


class Kind(StrEnum):
    EDIT = "edit"
    FEED = "feed"
    STOCK = "stock"
    MONEY = "money"
    UNGATING = "ungating"


class What(NamedTuple):
    """One thing that is different. `old` is None for an amount or a new object, where there is nothing before."""

    label: str
    new: str
    old: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: who did what to which object, when and why.

    `key` orders the entries of one book, newest last; `model` ("inventory.asin") and `object_id` name the object,
    `about` as people do; `head` says what it was, `reference` what it belongs to, such as a cart's code; `run_id` is
    the feed's run.
    """

    key: int
    when: datetime
    kind: Kind
    model: str
    object_id: int | None
    about: str
    head: str
    who: str = ""
    changes: Sequence[What] = ()
    why: str = ""
    reference: str = ""
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The newest entries of one book below where a page begins: `top` is above them all. `is_cut`: there are more."""

    book: str
    entries: Sequence[Entry]
    top: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Page:
    """At most 50 entries, newest first; `older` says where the next page begins, nothing where there is none."""

    entries: Sequence[Entry]
    older: str = ""


def one_page(stretches: Sequence[Stretch]) -> Page:
    """Merge the books. A page ends early where a book that has more runs dry, so that nothing is passed over."""
    ends = {one.book: one.top for one in stretches if one.entries}
    left = {one.book: len(one.entries) for one in stretches}
    cut = {one.book: one.is_cut for one in stretches}
    shown: list[Entry] = []
    for book, entry in _newest_first(stretches):
        shown.append(entry)
        ends[book] = entry.key
        left[book] -= 1
        if len(shown) == PER_PAGE or (not left[book] and cut[book]):
            break
    has_more = any(left.values()) or any(cut.values())
    return Page(shown, write_place(ends) if has_more else "")


def _newest_first(stretches: Iterable[Stretch]) -> Iterator[tuple[str, Entry]]:
    streams = [[(one.book, entry) for entry in one.entries] for one in stretches]
    return merge(*streams, key=lambda pair: pair[1].when, reverse=True)


def write_place(ends: Mapping[str, int]) -> str:
    """Where the next page begins, for an address: of each book, below which key."""
    return ".".join(f"{book}-{key}" for book, key in sorted(ends.items()))


def read_place(text: str) -> dict[str, int]:
    """What `write_place` wrote. Raises ValueError for anything else."""
    ends = {}
    for part in text.split(".") if text else ():
        book, dash, key = part.partition("-")
        if not (dash and book.isalpha() and key.isascii() and key.isdigit() and len(key) <= 18):
            raise ValueError(f"{text[:40]!r} is no place in a history")
        ends[book] = int(key)
    return ends
