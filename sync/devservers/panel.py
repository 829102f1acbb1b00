"""The panel and the ungating software: lists of objects as JSON, for a bearer token."""

from collections.abc import Sequence

from sync.devservers.calls import Call, CallRefused, Reply, json_reply, only
from sync.devservers.history import WatchedList
from sync.devservers.lists import list_reply, now_utc, read_wanted

CODES = {
    400: "invalid_request",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    429: "too_many_requests",
    500: "internal_error",
}


class ListServer:
    """Lists of objects for whoever brings `token`."""

    def __init__(self, token: str) -> None:
        self._token = token

    def answer(self, call: Call, trouble: str) -> Reply:
        """The list that the path names. Raises CallRefused."""
        if not call.has_token(self._token):
            raise CallRefused(401, "The bearer token is missing or wrong.")
        only(call, "GET")
        return self._list(call, trouble)

    def refuse(self, refused: CallRefused) -> Reply:
        """`{"error": {"code", "message"}}`."""
        headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else {}
        error = {"code": CODES.get(refused.status, "error"), "message": refused.message}
        return json_reply({"error": error}, refused.status, headers)

    def _list(self, call: Call, trouble: str) -> Reply:
        raise NotImplementedError

    def _reply(self, call: Call, trouble: str, objects: WatchedList, filters: Sequence[str] = ()) -> Reply:
        wanted = read_wanted(call, filters, trouble)
        as_of = now_utc()  # before the reading: what changes from now on carries a later mark
        return list_reply(call, objects.entries(now_utc()), wanted, as_of)


class Panel(ListServer):
    """Clients, stores and the clients' transactions."""

    def __init__(self, token: str, clients: WatchedList, stores: WatchedList, transactions: WatchedList) -> None:
        super().__init__(token)
        self._clients = clients
        self._stores = stores
        self._transactions = transactions

    def _list(self, call: Call, trouble: str) -> Reply:
        match call.segments:
            case ("panel", "v1", "clients"):
                return self._reply(call, trouble, self._clients)
            case ("panel", "v1", "stores"):
                return self._reply(call, trouble, self._stores)
            case ("panel", "v1", "clients", client_id, "transactions"):
                return self._transactions_of(client_id, call, trouble)
        raise CallRefused(404, f"There is no {call.path}.")

    def _transactions_of(self, client_id: str, call: Call, trouble: str) -> Reply:
        clients = self._clients.entries(now_utc())
        if not any(entry.id == client_id and not entry.gone for entry in clients):
            raise CallRefused(404, f"There is no client {client_id[:80]}.")
        wanted = read_wanted(call, (), trouble)
        as_of = now_utc()
        entries = [
            entry for entry in self._transactions.entries(now_utc()) if str(entry.fields.get("client_id")) == client_id
        ]
        return list_reply(call, entries, wanted, as_of)


class Ungating(ListServer):
    """What every store may sell."""

    def __init__(self, token: str, statuses: WatchedList) -> None:
        super().__init__(token)
        self._statuses = statuses

    def _list(self, call: Call, trouble: str) -> Reply:
        if call.segments != ("ungating", "v1", "ungating"):
            raise CallRefused(404, f"There is no {call.path}.")
        return self._reply(call, trouble, self._statuses, ("store_id", "scope"))
