"""The ungating software's statuses, from a list of its JSON objects."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from common.text import text_key
from sync.parsing.cells import BadCell, cell_text, parse_asin
from sync.parsing.feeds import Feed, Tombstone, read_objects, read_tombstone
from sync.parsing.objects import ObjectReader

SCOPES = ("asin", "brand", "category")
# The words of both systems, by their letters alone (`No - Invoice Needed` and `no, invoice needed` are one).
STATUS_WORDS = {
    "yes": "ungated",
    "ungated": "ungated",
    "no": "gated",
    "gated": "gated",
    "no invoice needed": "invoice_needed",
    "invoice needed": "invoice_needed",
    "not eligible": "not_eligible",
    "unknown": "unknown",
}
VALUE_LIMIT = 200
REASON_LIMIT = 200
URL_LIMIT = 500

_NO_LETTERS = re.compile(r"[^a-z]+", re.ASCII)
_WEB_ADDRESS = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?(?:[/?#]\S*)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class UngatingRow:
    """`value` as written, `key` what it matches by: the ASIN code, or the text key of a brand or category."""

    row: int
    id: str
    store_id: str
    scope: str
    value: str
    key: str
    status: str
    reason: str
    approval_url: str
    checked_at: datetime | None
    expires_at: datetime | None
    updated_at: datetime


def parse_statuses(objects: Iterable[object], *, known_stores: Collection[str]) -> Feed[UngatingRow]:
    """Statuses for `known_stores` (panel ids).

    Of two with one id (`duplicate_id`) or one store, scope and key (`duplicate_status`) the newest counts.
    """
    draft = read_objects(objects, lambda reader: _status(reader, known_stores))
    draft.keep_newest(same=lambda row: row.id, when=lambda row: row.updated_at, reason="duplicate_id", words="id")
    draft.keep_newest(
        same=lambda row: (row.store_id, row.scope, row.key),
        when=lambda row: row.updated_at,
        reason="duplicate_status",
        words="store, scope and value",
    )
    draft.settle_deletions(lambda row: row.updated_at)
    return draft.feed()


def _status(reader: ObjectReader, known_stores: Collection[str]) -> UngatingRow | Tombstone | None:
    if not reader.is_blank("deleted_at"):
        return read_tombstone(reader)
    found = reader.faults.key = reader.id()
    store_id = reader.id("store_id")
    if store_id and store_id not in known_stores:
        reader.refuse("store_id", "unknown_store", "is a store that we do not know")
    scope = reader.word("scope", SCOPES, "unknown_scope")
    value, key = _value(reader, scope)
    status = _status_word(reader)
    reason = reader.text("reason", REASON_LIMIT)
    checked_at, expires_at = reader.moment("checked_at"), reader.moment("expires_at")
    updated_at = reader.moment("updated_at", required=True)
    address = _address(reader)
    if updated_at is None:
        return None
    return UngatingRow(
        reader.faults.row, found, store_id, scope, value, key, status, reason, address, checked_at,
        expires_at, updated_at,
    )  # fmt: skip


def _value(reader: ObjectReader, scope: str) -> tuple[str, str]:
    value = reader.text("value", VALUE_LIMIT, required=True)
    if scope != "asin" or not value:
        return value, text_key(value)
    try:
        code = parse_asin(value)
    except BadCell as bad:
        reader.refuse("value", "invalid_asin", bad.problem)
        return value, ""
    return code, code


def _status_word(reader: ObjectReader) -> str:
    value = reader.fields.get("status")
    word = _NO_LETTERS.sub(" ", cell_text(value).lower()).strip() if isinstance(value, str) else ""
    if word not in STATUS_WORDS:
        problem = "is missing" if reader.is_blank("status") else "is none of Yes, No, No - Invoice Needed, not_eligible"
        reader.refuse("status", "unknown_status", problem)
    return STATUS_WORDS.get(word, "")


def _address(reader: ObjectReader) -> str:
    """A web address, or nothing: it becomes a link on a staff screen."""
    address = reader.text("approval_url", URL_LIMIT)
    if address and not _WEB_ADDRESS.fullmatch(address):
        reader.warn("approval_url", "invalid_url", "is not a web address and was left out")
        return ""
    return address
