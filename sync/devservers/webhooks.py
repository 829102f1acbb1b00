"""Standard Webhooks to the product: which objects have changed, signed."""

import base64
import binascii
import hashlib
import hmac
import http.client
import ipaddress
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Event, Thread
from urllib.parse import urlsplit

from sync.devservers.calls import CallRefused
from sync.devservers.history import WatchedList
from sync.devservers.lists import now_utc
from sync.devservers.moments import moment_text

PREFIX = "whsec_"
TICK = 0.3  # seconds between two looks at the files
DEADLINE = 10  # seconds that the product may take for one message
PAUSES = (1.0, 2.0, 4.0)  # seconds before each further try
MOST = 50  # messages for one change: polling finds the rest
# List -> where the message goes and what it is called.
MESSAGES = {
    "clients": ("panel", "client.updated"),
    "stores": ("panel", "store.updated"),
    "transactions": ("panel", "transaction.created"),
    "statuses": ("ungating", "ungating.updated"),
}


class BadWebhook(ValueError):
    """An address or a secret that cannot be used: the message says why."""


def secret_bytes(secret: str) -> bytes:
    """The key in `whsec_<base64>`. Raises BadWebhook unless it has 24 to 64 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadWebhook("A webhook secret is whsec_ and base64 of 24 to 64 bytes.") from error
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise BadWebhook("A webhook secret is whsec_ and base64 of 24 to 64 bytes.")
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64>` over `id.timestamp.body`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def loopback_address(base: str) -> tuple[str, int, str]:
    """(host, port, path) of `http://127.0.0.1:8000`. Raises BadWebhook for any other kind of address."""
    try:
        parts = urlsplit(base)
        host, port = parts.hostname or "", parts.port or 80
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local or parts.scheme != "http" or parts.query or parts.fragment or parts.username:
        raise BadWebhook(f"Webhooks go to this machine only, as in http://127.0.0.1:8000, not to {base!r}.")
    return host, port, parts.path.rstrip("/")


class Messenger:
    """Delivers messages one by one; every secret of a source signs, as during a change of secrets."""

    def __init__(
        self,
        base: str,
        secrets: Mapping[str, Sequence[str]],
        *,
        stopping: Event,
        say: Callable[[str], None],
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._host, self._port, self._path = loopback_address(base)
        self._keys = {source: [secret_bytes(secret) for secret in secrets[source]] for source in secrets}
        self._stopping = stopping
        self._say = say
        self._pauses = pauses

    def send(self, source: str, kind: str, id_: str, moment: datetime) -> bool:
        """Whether the product took the message; after the last try in vain it is said and given up."""
        message_id = f"msg_{uuid.uuid4()}"
        content = {"type": kind, "timestamp": moment_text(moment), "data": {"id": id_}}
        body = json.dumps(content, separators=(",", ":")).encode()
        for pause in (0.0, *self._pauses):
            if self._stopping.wait(pause):
                return False
            trouble = self._try(source, message_id, body)
            if not trouble:
                return True
        self._say(f"Webhook {kind} of {id_} was not taken: {trouble}.")
        return False

    def _try(self, source: str, message_id: str, body: bytes) -> str:
        """What went wrong, `""` for nothing. A redirect is not followed: it is a failure."""
        timestamp = int(time.time())
        signatures = [signature(key, message_id, timestamp, body) for key in self._keys[source]]
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signatures),
        }
        connection = http.client.HTTPConnection(self._host, self._port, timeout=DEADLINE)
        try:
            connection.request("POST", f"{self._path}/webhooks/{source}", body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return f"no answer ({type(error).__name__})"
        finally:
            connection.close()
        return "" if 200 <= status < 300 else f"status {status}"


class Watcher(Thread):
    """Looks at the files every 0.3 s and tells the product of each object that has changed."""

    def __init__(
        self, lists: Sequence[WatchedList], messenger: Messenger, stopping: Event, say: Callable[[str], None]
    ) -> None:
        super().__init__(name="devservers-webhooks", daemon=True)
        self._lists = lists
        self._messenger = messenger
        self._stopping = stopping
        self._say = say
        self._changes: SimpleQueue[tuple[str, tuple[str, ...], datetime]] = SimpleQueue()
        self._broken: dict[str, str] = {}

    def tell(self, name: str, ids: Sequence[str]) -> None:
        """Takes note of a change, by whoever has noticed it first."""
        self._changes.put((name, tuple(ids), now_utc()))

    def run(self) -> None:
        """Until `stopping`."""
        while not self._stopping.wait(TICK):
            for objects in self._lists:
                self._look(objects)
            self._deliver()

    def _look(self, objects: WatchedList) -> None:
        try:
            objects.entries(now_utc())
        except CallRefused as error:  # a file in the middle of being saved, or broken: said once
            if self._broken.get(objects.name) != error.message:
                self._say(error.message)
            self._broken[objects.name] = error.message
        else:
            self._broken.pop(objects.name, None)

    def _deliver(self) -> None:
        while not self._stopping.is_set():
            try:
                name, ids, moment = self._changes.get_nowait()
            except Empty:
                return
            source, kind = MESSAGES[name]
            for id_ in ids[:MOST]:
                self._messenger.send(source, kind, id_, moment)
            if len(ids) > MOST:
                self._say(f"{len(ids) - MOST} more changes of {name} are not told by webhook: polling finds them.")
