"""The development servers as one: Google Sheets, the panel and the ungating software on one port."""

import itertools
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

from sync.devservers.calls import Call, CallRefused, Interface, Reply
from sync.devservers.control import Control, Logged, RequestLog
from sync.devservers.faults import TRAVELLING, TROUBLES, Fault, FaultBook, replaced
from sync.devservers.files import WatchedFile, parse_objects
from sync.devservers.grid import CsvSheet
from sync.devservers.history import WatchedList
from sync.devservers.http_server import LoopbackServer
from sync.devservers.lists import now_utc
from sync.devservers.panel import Panel, Ungating
from sync.devservers.sheets import Sheets
from sync.devservers.tokens import ServiceAccount, TokenEndpoint
from sync.devservers.webhooks import PAUSES, Messenger, Watcher, secret_bytes

SHEET_FILE = "buying_portal.csv"
LIST_FILES = {
    "clients": "panel/clients.json",
    "stores": "panel/stores.json",
    "transactions": "panel/transactions.json",
    "statuses": "ungating/statuses.json",
}
# Known to everybody: they open nothing but these servers, on this machine.
PANEL_TOKEN = "development-panel-token"  # noqa: S105
UNGATING_TOKEN = "development-ungating-token"  # noqa: S105
WEBHOOK_SECRETS = {
    "panel": ("whsec_ZGV2ZWxvcG1lbnQtcGFuZWwtd2ViaG9va3M=",),
    "ungating": ("whsec_ZGV2ZWxvcG1lbnQtdW5nYXRpbmctd2ViaG9va3M=",),
}


def _say_nothing(line: str) -> None:
    """For servers that nobody watches."""


class Devservers:
    """Serves a folder's files while it is entered. Development and tests only: loopback, fixed tokens.

    `state` keeps the service account's key between two starts (a folder of its own where it is not given).
    `webhooks`: the product's address, to be told of changes; `say` gets what a person should know, `on_request`
    every request. Raises BadWebhook for an address or a secret that cannot be used; entering raises OSError where
    the port cannot be had.
    """

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        panel_token: str = PANEL_TOKEN,
        ungating_token: str = UNGATING_TOKEN,
        *,
        host: str = "127.0.0.1",
        state: Path | None = None,
        spreadsheet: str = "demo",
        tab: str = "ASINs",
        webhooks: str = "",
        webhook_secrets: Mapping[str, Sequence[str]] = WEBHOOK_SECRETS,
        webhook_pauses: Sequence[float] = PAUSES,
        say: Callable[[str], None] = _say_nothing,
        on_request: Callable[[Logged], None] | None = None,
    ) -> None:
        self.folder = folder
        self._address = (host, port)
        self._tokens = {"panel": panel_token, "ungating": ungating_token}
        self._spreadsheet, self._tab = spreadsheet, tab
        self._secrets = webhook_secrets
        self._say, self._on_request = say, on_request
        self._state = state
        self._own_state: tempfile.TemporaryDirectory[str] | None = None
        self._stopping = Event()
        self._faults, self._log = FaultBook(), RequestLog()
        self._lists = {name: self._list(name) for name in LIST_FILES}
        self._watcher = self._make_watcher(webhooks, webhook_pauses)

    def __enter__(self) -> Self:
        host, port = self._address
        self._server = LoopbackServer(host, port, self._answer, self._stopping)
        self.url = f"http://{host}:{self._server.server_port}"
        try:
            self._account = ServiceAccount(self._state_folder(), f"{self.url}/token")
            self._first_look()
        except BaseException:
            self._server.server_close()
            raise
        self._interfaces = self._make_interfaces()
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="devservers", daemon=True)
        self._thread.start()
        if self._watcher:
            self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self._watcher:
            self._watcher.join()
        if self._own_state:
            self._own_state.cleanup()

    def environment(self) -> dict[str, str]:
        """What the product is to be started with, in order to speak to these servers."""
        return {
            "PORTAL_URL": f"https://docs.google.com/spreadsheets/d/{self._spreadsheet}",
            "PORTAL_TAB": self._tab,
            "GOOGLE_SHEETS_API": f"{self.url}/sheets",
            "GOOGLE_SERVICE_ACCOUNT_FILE": str(self._account.file.resolve()),
            "PANEL_URL": f"{self.url}/panel",
            "PANEL_TOKEN": self._tokens["panel"],
            "UNGATING_URL": f"{self.url}/ungating",
            "UNGATING_TOKEN": self._tokens["ungating"],
            "WEBHOOK_SECRETS": json.dumps({source: list(secrets) for source, secrets in self._secrets.items()}),
        }

    def fault(self, path: str, kind: str, times: int = 1, **options: Any) -> None:
        """Lets the next `times` requests (0: until cleared) to paths that start so go wrong. Raises BadFault."""
        self._faults.add(path, kind, times, **options)

    def clear_faults(self) -> None:
        """From now on everything goes well."""
        self._faults.clear()

    def expire_tokens(self) -> None:
        """Google's access tokens given until now are worth nothing any more."""
        self._account.expire()

    @property
    def requests(self) -> tuple[Logged, ...]:
        """The last 200 requests to the interfaces, the oldest first."""
        return self._log.all()

    def _list(self, name: str) -> WatchedList:
        path = LIST_FILES[name]
        return WatchedList(name, WatchedFile(self.folder / path, path, parse_objects), self._tell)

    def _tell(self, name: str, ids: Sequence[str]) -> None:
        if self._watcher:
            self._watcher.tell(name, ids)

    def _make_watcher(self, webhooks: str, pauses: Sequence[float]) -> Watcher | None:
        for secret in itertools.chain.from_iterable(self._secrets.values()):
            secret_bytes(secret)
        if not webhooks:
            return None
        messenger = Messenger(webhooks, self._secrets, stopping=self._stopping, say=self._say, pauses=pauses)
        return Watcher(list(self._lists.values()), messenger, self._stopping, self._say)

    def _state_folder(self) -> Path:
        if self._state is None:
            self._own_state = tempfile.TemporaryDirectory(prefix="devservers-")
            return Path(self._own_state.name)
        self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._state

    def _first_look(self) -> None:
        """Takes the files as they are now: whatever differs later is a change."""
        for objects in self._lists.values():
            try:
                objects.entries(now_utc())
            except CallRefused as error:
                self._say(error.message)

    def _make_interfaces(self) -> dict[str, Interface]:
        sheet = CsvSheet(self.folder / SHEET_FILE, SHEET_FILE)
        lists = self._lists
        return {
            "token": TokenEndpoint(self._account),
            "sheets": Sheets(self._spreadsheet, self._tab, sheet, self._account),
            "panel": Panel(self._tokens["panel"], lists["clients"], lists["stores"], lists["transactions"]),
            "ungating": Ungating(self._tokens["ungating"], lists["statuses"]),
        }

    def _answer(self, call: Call) -> tuple[Reply, Fault | None]:
        interface = self._interfaces.get(call.segments[0] if call.segments else "")
        if interface is None:
            return _answered(Control(self._faults, self._log), call, ""), None
        fault = self._faults.take(call.path)
        reply = replaced(fault, interface, f"{self.url}/_elsewhere") if fault else None
        if reply is None:
            trouble = fault.kind if fault and fault.kind in TROUBLES else ""
            reply = _answered(interface, call, trouble)
        logged = self._log.note(call, reply.status)
        if fault and fault.kind == "slow":
            self._stopping.wait(fault.seconds)
        if self._on_request:
            self._on_request(logged)
        return reply, fault if fault and fault.kind in TRAVELLING else None


def _answered(interface: Interface, call: Call, trouble: str) -> Reply:
    try:
        return interface.answer(call, trouble)
    except CallRefused as refused:
        return interface.refuse(refused)
