"""Webhooks out: what the product gets when a file changes. The product is a server of the test."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from sync.devservers.server import WEBHOOK_SECRETS, Devservers
from sync.devservers.webhooks import BadWebhook, loopback_address, secret_bytes
from tests.sync.devservers.folders import ask, client, ids, status, transaction, write


class Product:
    """Takes webhooks and answers with the next of `statuses`, 200 when there is none."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        product = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                product.got.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
                self.send_response(product.statuses.pop(0) if product.statuses else 200)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def told(self) -> list[tuple[str, str, str]]:
        messages = [(path, json.loads(body)) for path, _, body in self.got]
        return [(path, message["type"], message["data"]["id"]) for path, message in messages]


@pytest.fixture
def product() -> Iterator[Product]:
    product = Product()
    thread = threading.Thread(target=product.server.serve_forever, args=(0.02,))
    thread.start()
    yield product
    product.server.shutdown()
    product.server.server_close()
    thread.join()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def telling(product: Product, said: list[str], folder: Path, state: Path) -> Iterator[Devservers]:
    pauses = (0.01, 0.02, 0.03)
    with Devservers(folder, state=state, webhooks=product.url, webhook_pauses=pauses, say=said.append) as servers:
        yield servers


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_each_changed_object_is_told_with_a_valid_signature(
    telling: Devservers, product: Product, folder: Path
) -> None:
    write(folder, "panel/clients.json", [client(1, name="New"), client(2)])
    write(folder, "panel/stores.json", [{"id": "5", "updated_at": "2026-10-01T08:00:00Z"}])
    write(folder, "panel/transactions.json", [transaction(number, "1") for number in (1, 2, 3, 4)])
    write(folder, "ungating/statuses.json", [status(1, status="ungated"), status(2, store_id="2")])
    until(lambda: len(product.got) >= 8)
    assert sorted(product.told()) == [
        ("/webhooks/panel", "client.updated", "1"),
        ("/webhooks/panel", "client.updated", "3"),
        ("/webhooks/panel", "store.updated", "1"),
        ("/webhooks/panel", "store.updated", "5"),
        ("/webhooks/panel", "transaction.created", "t2"),
        ("/webhooks/panel", "transaction.created", "t4"),
        ("/webhooks/ungating", "ungating.updated", "1"),
        ("/webhooks/ungating", "ungating.updated", "3"),
    ]
    for path, headers, body in product.got:
        secrets = json.loads(telling.environment()["WEBHOOK_SECRETS"])[path.rpartition("/")[2]]
        key = base64.b64decode(secrets[0].removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body.decode()}".encode()
        digest = hmac.new(key, signed, hashlib.sha256).digest()
        assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
        assert headers["webhook-id"].startswith("msg_")
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 10
        assert json.loads(body).keys() == {"type", "timestamp", "data"}
        assert json.loads(body)["data"].keys() == {"id"}
    assert len({headers["webhook-id"] for _, headers, _ in product.got}) == 8


def test_a_change_that_a_reader_has_noticed_first_is_told_too(
    telling: Devservers, product: Product, folder: Path
) -> None:
    write(folder, "panel/clients.json", [client(1), client(2), client(3, name="New")])
    assert ids(ask(telling, "/panel/v1/clients")) == ["1", "2", "3"]
    until(lambda: product.got)
    assert product.told() == [("/webhooks/panel", "client.updated", "3")]


def test_a_message_is_tried_again_under_its_id_until_it_is_taken(
    telling: Devservers, product: Product, folder: Path, said: list[str]
) -> None:
    product.statuses = [500, 302]
    write(folder, "ungating/statuses.json", [status(1), status(2, store_id="2"), status(3, status="ungated")])
    until(lambda: len(product.got) == 3)
    time.sleep(0.1)  # a fourth would come after 0.03 s
    assert product.told() == [("/webhooks/ungating", "ungating.updated", "3")] * 3
    assert len({headers["webhook-id"] for _, headers, _ in product.got}) == 1
    assert len({body for _, _, body in product.got}) == 1
    assert said == []


def test_after_three_more_tries_it_is_given_up_and_said(
    telling: Devservers, product: Product, folder: Path, said: list[str]
) -> None:
    product.statuses = [503] * 4
    write(folder, "panel/clients.json", [client(1, name="New"), client(2), client(3)])
    until(lambda: said)
    assert said == ["Webhook client.updated of 1 was not taken: status 503."]
    assert len(product.got) == 4


def test_of_one_large_change_50_are_told(telling: Devservers, product: Product, folder: Path, said: list[str]) -> None:
    write(folder, "ungating/statuses.json", [status(1, id=f"n{number}") for number in range(52)])
    until(lambda: said)
    # 52 new ones, and the three that are gone.
    assert said == ["5 more changes of statuses are not told by webhook: polling finds them."]
    assert len(product.got) == 50


def test_a_broken_file_is_said_once(telling: Devservers, product: Product, folder: Path, said: list[str]) -> None:
    (folder / "panel/clients.json").write_text("[")
    until(lambda: said)
    write(folder, "panel/clients.json", [client(1), client(2, name="New"), client(3)])
    until(lambda: product.got)
    assert product.told() == [("/webhooks/panel", "client.updated", "2")]
    assert len(said) == 1
    assert said[0].startswith("The file panel/clients.json of the development servers is not JSON: line 1")


def test_two_secrets_sign_side_by_side(product: Product, folder: Path, state: Path) -> None:
    second = "whsec_" + base64.b64encode(b"n" * 24).decode()
    secrets = {source: (*kept, second) for source, kept in WEBHOOK_SECRETS.items()}
    with Devservers(folder, state=state, webhooks=product.url, webhook_secrets=secrets):
        write(folder, "panel/clients.json", [client(1), client(2), client(3, name="New")])
        until(lambda: product.got)
    _, headers, body = product.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.new(b"n" * 24, signed, hashlib.sha256).digest()).decode()
    first, last = headers["webhook-signature"].split(" ")
    assert last == f"v1,{digest}"
    assert first != last


def test_secrets_and_addresses_that_cannot_be(folder: Path) -> None:
    assert secret_bytes(WEBHOOK_SECRETS["panel"][0]) == b"development-panel-webhooks"
    short = "whsec_" + base64.b64encode(b"x" * 23).decode()
    for secret in ("", "secret", "whsec_!!!!", short, base64.b64encode(b"x" * 32).decode()):
        with pytest.raises(BadWebhook, match="whsec_ and base64 of 24 to 64 bytes"):
            Devservers(folder, webhook_secrets={"panel": (secret,)})
    assert loopback_address("http://localhost:8000/") == ("localhost", 8000, "")
    for address in (
        "http://example.com",
        "https://127.0.0.1",
        "127.0.0.1:8000",
        "http://10.0.0.1",
        "http://127.0.0.1:x",
    ):
        with pytest.raises(BadWebhook, match="Webhooks go to this machine only"):
            loopback_address(address)
