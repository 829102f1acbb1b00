"""The AutoFBA panel over HTTP: clients, stores and transactions, read in an order that never frees spent money.

A charge lowers the client's balance and appears as a transaction, which settles our hold. If the transaction were
seen without the lower balance, the hold would be gone and the old balance still there: the same money could be
spent twice. So clients are read once more after the transactions, and the later balance counts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from sync.adapters.http import Caller, NotThere
from sync.adapters.listing import MOST_OBJECTS, Mark, moment_of, moment_text, read_list, read_mark, read_part
from sync.adapters.reading import Reading, Tell, Unreachable, say_nothing
from sync.parsing.objects import ObjectReader

CLIENTS, STORES, TRANSACTIONS = "clients", "stores", "transactions"
CLIENTS_PATH, STORES_PATH = "/v1/clients", "/v1/stores"
# Asked again each time: transactions may be booked late.
TRANSACTIONS_OVERLAP = timedelta(days=1)


def read_panel(
    caller: Caller, *, marks: Mapping[str, Any], sweep: bool, now: datetime, holders: Sequence[str],
    newest: Mapping[str, datetime], tell: Tell = say_nothing,
) -> Reading:  # fmt: skip
    """What is new since `marks`; everything on a `sweep` and where a mark is missing.

    Transactions are those of the clients that changed and of `holders` (ids of clients with open holds), each from
    a day before its `newest` known one; all of them where everything is read. `now` is UTC. `tell` hears after each
    request how many clients' transactions are read, of how many (0 until that is known).
    Raises Unreachable, UnusableFile; then nothing of it may be written.
    """
    old_clients, old_stores = read_mark(marks, CLIENTS), read_mark(marks, STORES)
    complete = sweep or old_clients is None or old_stores is None

    def pulse(done: int, total: int) -> None:
        tell(0, 0)

    clients = read_part(caller, CLIENTS_PATH, old_clients, everything=complete, now=now, tell=pulse)
    stores = read_part(caller, STORES_PATH, old_stores, everything=complete, now=now, tell=pulse)
    asked = _asked_clients(clients.objects, holders)
    since = {} if complete else {one: min(found, now) - TRANSACTIONS_OVERLAP for one, found in newest.items()}
    transactions = _read_transactions(caller, asked, since, tell)
    again = _read_again(caller, clients.mark, tell, len(asked))
    parts = {
        CLIENTS: _renewed(clients.objects, again, asked),
        STORES: stores.objects,
        TRANSACTIONS: transactions,
    }
    return Reading(parts, complete, {CLIENTS: clients.mark.as_json(), STORES: stores.mark.as_json()})


def _asked_clients(objects: Iterable[object], holders: Sequence[str]) -> dict[str, bool]:
    """The clients whose transactions are read, and whether the panel must know each of them.

    It need not know one that it has deleted or no longer lists. A client without a usable id is left out here; the
    parser reports it.
    """
    asked: dict[str, bool] = {}
    for members in objects:
        if client := _client_id(members):
            asked[client] = asked.get(client, True) and not _is_deleted(members)
    for holder in holders:
        asked.setdefault(holder, False)
    return asked


def _read_transactions(
    caller: Caller, asked: Mapping[str, bool], since: Mapping[str, datetime], tell: Tell
) -> list[Any]:
    found: list[Any] = []
    for done, (client, must_exist) in enumerate(asked.items()):
        found += _transactions_of(caller, client, since.get(client), must_exist, _counted(tell, done, len(asked)))
        if len(found) > MOST_OBJECTS:
            raise Unreachable(
                f"{caller.name} has more than {MOST_OBJECTS:,} transactions to read, more than is taken at once. "
                "Ask its makers whether that can be right."
            )
    return found


def _transactions_of(caller: Caller, client: str, since: datetime | None, must_exist: bool, tell: Tell) -> list[Any]:
    # quote() leaves dots as they are, but "." and ".." would be steps to another path.
    quoted = quote(client, safe="") if client.strip(".") else client.replace(".", "%2E")
    try:
        listing = read_list(
            caller, f"{CLIENTS_PATH}/{quoted}/transactions", since=moment_text(since) if since else "", tell=tell
        )
    except NotThere:
        if must_exist:
            raise
        tell(0, 0)
        return []
    # No ETag was shown, so None (unchanged) cannot come back.
    return [_with_client(members, client) for members in (listing.objects if listing else [])]


def _read_again(caller: Caller, mark: Mark, tell: Tell, total: int) -> list[Any]:
    """Clients that changed since `mark`, which is where the next reading begins too."""
    listing = read_list(caller, CLIENTS_PATH, since=mark.since, etag=mark.live_etag, tell=_counted(tell, total, total))
    return listing.objects if listing else []


def _renewed(first: Sequence[Any], again: Sequence[Any], asked: Collection[str]) -> list[Any]:
    """`first` with the copies read `again` in the place of its own, unless those are newer.

    Clients whose transactions were not read wait for the next reading, which begins where `first` did.
    """
    later, earlier = _by_client(again), _by_client(first)
    taken = {
        client: copies
        for client, copies in later.items()
        if client in asked and not _is_older(copies, earlier.get(client, []))
    }
    kept = [members for members in first if _client_id(members) not in taken]
    return kept + [members for copies in taken.values() for members in copies]


def _by_client(objects: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for members in objects:
        if client := _client_id(members):
            found.setdefault(client, []).append(members)
    return found


def _is_older(copies: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether all `copies` are known to have been changed before one of `others`."""
    moments = [moment_of(members, "updated_at") for members in copies]
    bounds = [moment for members in others if (moment := moment_of(members, "updated_at"))]
    return bool(bounds) and all(moment is not None and moment < max(bounds) for moment in moments)


def _client_id(members: object) -> str:
    """The client's id as the parser reads it, or `""`."""
    if not isinstance(members, Mapping):
        return ""
    reader = ObjectReader(0, members)
    found = reader.own_id()
    return "" if reader.faults.faults else found


def _is_deleted(members: object) -> bool:
    return isinstance(members, Mapping) and not ObjectReader(0, members).is_blank("deleted_at")


def _with_client(members: Any, client: str) -> Any:
    """A transaction that names its client; one that names another client is for the parser to judge."""
    if not isinstance(members, dict) or not ObjectReader(0, members).is_blank("client_id"):
        return members
    return members | {"client_id": client}


def _counted(tell: Tell, done: int, total: int) -> Tell:
    def counted(read: int, of: int) -> None:
        tell(done, total)

    return counted
