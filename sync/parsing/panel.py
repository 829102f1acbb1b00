"""The panel's clients, stores and transactions, from lists of their JSON objects."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sync.parsing.cells import PRIORITIES, cell_text
from sync.parsing.feeds import Feed, Tombstone, read_objects, read_tombstone
from sync.parsing.objects import ObjectReader

CLIENT_STATUSES = ("active", "paused")
STORE_STATUSES = ("active", "suspended")
NAME_LIMIT = 200
EMAIL_LIMIT = 254
KIND_LIMIT = 40
REFERENCE_LIMIT = 80
MARKETPLACE_LIMIT = 10
DEFAULT_MARKETPLACE = "US"


@dataclass(frozen=True, slots=True)
class PanelClient:
    """`balance` in USD may be negative. `priority` is `None` where the panel gives none or an unknown one."""

    row: int
    id: str
    name: str
    email: str
    balance: Decimal
    status: str
    priority: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PanelStore:
    row: int
    id: str
    client_id: str
    name: str
    marketplace: str
    mutual: bool
    status: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PanelTransaction:
    """`amount` in USD with the panel's sign; `reference` may be a cart's code."""

    row: int
    id: str
    client_id: str
    kind: str
    amount: Decimal
    reference: str
    created_at: datetime


def parse_clients(objects: Iterable[object]) -> Feed[PanelClient]:
    """Clients; of two with one id the newest counts, the other is `duplicate_id`."""
    draft = read_objects(objects, _client)
    draft.keep_newest(same=lambda row: row.id, when=lambda row: row.updated_at, reason="duplicate_id", words="id")
    draft.settle_deletions(lambda row: row.updated_at)
    return draft.feed()


def parse_stores(objects: Iterable[object], *, known_clients: Collection[str]) -> Feed[PanelStore]:
    """Stores of `known_clients` (panel ids: those stored and those of the same run's clients)."""
    draft = read_objects(objects, lambda reader: _store(reader, known_clients))
    draft.keep_newest(same=lambda row: row.id, when=lambda row: row.updated_at, reason="duplicate_id", words="id")
    draft.settle_deletions(lambda row: row.updated_at)
    return draft.feed()


def parse_transactions(objects: Iterable[object], *, known_clients: Collection[str]) -> Feed[PanelTransaction]:
    """Transactions of `known_clients`. Of one id with differing copies none counts: money is not guessed."""
    draft = read_objects(objects, lambda reader: _transaction(reader, known_clients))
    draft.refuse_conflicts(reason="duplicate_id")
    return draft.feed()


def _client(reader: ObjectReader) -> PanelClient | Tombstone | None:
    if not reader.is_blank("deleted_at"):
        return read_tombstone(reader)
    found = reader.own_id()
    name = reader.text("name", NAME_LIMIT, required=True)
    balance = reader.amount("balance")
    reader.currency(required=True)
    status = reader.word("status", CLIENT_STATUSES, "unknown_status")
    updated_at = reader.moment("updated_at", required=True)
    email, priority = _email(reader), _priority(reader)
    if balance is None or updated_at is None:
        return None
    return PanelClient(reader.faults.row, found, name, email, balance, status, priority, updated_at)


def _email(reader: ObjectReader) -> str:
    email = reader.text("email", EMAIL_LIMIT)
    local, _, domain = email.rpartition("@")
    if email and (not local or "." not in domain or " " in email):
        reader.warn("email", "invalid_email", "is not an e-mail address and was left out")
        return ""
    return email


def _priority(reader: ObjectReader) -> str | None:
    value = reader.fields.get("priority")
    word = cell_text(value).lower() if isinstance(value, str) else ""
    if word in PRIORITIES:
        return word
    if not reader.is_blank("priority"):
        reader.warn("priority", "invalid_priority", "is not high, medium or low and was left out")
    return None


def _known_client(reader: ObjectReader, known_clients: Collection[str]) -> str:
    client_id = reader.id("client_id")
    if client_id and client_id not in known_clients:
        reader.refuse("client_id", "unknown_client", "is a client that we do not know")
    return client_id


def _store(reader: ObjectReader, known_clients: Collection[str]) -> PanelStore | Tombstone | None:
    if not reader.is_blank("deleted_at"):
        return read_tombstone(reader)
    found = reader.own_id()
    client_id = _known_client(reader, known_clients)
    name = reader.text("name", NAME_LIMIT, required=True)
    marketplace = reader.text("marketplace", MARKETPLACE_LIMIT) or DEFAULT_MARKETPLACE
    mutual = reader.flag("mutual")
    status = reader.word("status", STORE_STATUSES, "unknown_status")
    updated_at = reader.moment("updated_at", required=True)
    if updated_at is None:
        return None
    return PanelStore(reader.faults.row, found, client_id, name, marketplace, mutual, status, updated_at)


def _transaction(reader: ObjectReader, known_clients: Collection[str]) -> PanelTransaction | None:
    found = reader.faults.key = reader.id()
    client_id = _known_client(reader, known_clients)
    kind = reader.text("kind", KIND_LIMIT, required=True)
    amount = reader.amount("amount")
    reader.currency(required=False)
    reference = reader.text("reference", REFERENCE_LIMIT)
    created_at = reader.moment("created_at", required=True)
    if not reader.is_blank("deleted_at"):
        # A ledger is corrected by opposite entries, which the panel must send as transactions.
        reader.refuse("deleted_at", "deleted_transaction", "is set: a transaction cannot be taken back")
    if amount is None or created_at is None:
        return None
    return PanelTransaction(reader.faults.row, found, client_id, kind, amount, reference, created_at)
