"""A small folder of files to serve, and ways to ask the servers."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import requests
from google.auth import crypt

from sync.devservers.server import PANEL_TOKEN, UNGATING_TOKEN, Devservers

HEADER = ["ASIN", "Title", "Date Added", "Qty", "Unit Cost", "Dimensions", "Notes"]
ROWS = [
    ["B000000001", "Pot, black", "9/16/2026", " 232", "$17.94", "12.9 x 9.9 x 9.1", ""],
    [],
    ["B000000002 ", "", "Nov 07, 2026", "1,200", "USD 12.5", "", ""],
    ["B000000003", "TBD", "2026-09-16", "48.0", "", "", "#REF!"],
    ["", "", "", "", "", "", ""],
]


@cache
def _signer(key: str) -> crypt.RSASigner:
    """Of a service account's key: checking a key takes a twentieth of a second, so once is enough."""
    return crypt.RSASigner.from_string(key, "development")


def account(servers: Devservers) -> dict[str, Any]:
    """The service account's file."""
    return dict(json.loads(Path(servers.environment()["GOOGLE_SERVICE_ACCOUNT_FILE"]).read_text()))


def signer(servers: Devservers) -> crypt.RSASigner:
    """Signs with the service account's key."""
    return _signer(account(servers)["private_key"])


def client(number: int, **changes: Any) -> dict[str, Any]:
    return {"id": str(number), "name": f"Client {number}", "updated_at": f"2026-10-0{number}T08:00:00Z", **changes}


def status(number: int, **changes: Any) -> dict[str, Any]:
    object_ = {"id": str(number), "store_id": "1", "scope": "asin", "value": f"B00000000{number}", "status": "gated"}
    return {**object_, "updated_at": "2026-10-01T08:00:00Z", **changes}


def transaction(number: int, client_id: str, **changes: Any) -> dict[str, Any]:
    return {"id": f"t{number}", "client_id": client_id, "created_at": f"2026-10-0{number}T07:00:00Z", **changes}


def write(folder: Path, name: str, objects: list[Any]) -> None:
    """By renaming, as editors do: nobody reads half of it."""
    beside = folder / f"{name}.new"
    beside.write_text(json.dumps(objects))
    beside.rename(folder / name)


def write_sheet(folder: Path, rows: list[list[str]]) -> None:
    lines = [",".join('"' + cell.replace('"', '""') + '"' if "," in cell else cell for cell in row) for row in rows]
    (folder / "buying_portal.csv").write_bytes(("\r\n".join(lines) + "\r\n").encode())


def make_folder(folder: Path) -> Path:
    (folder / "panel").mkdir(parents=True)
    (folder / "ungating").mkdir()
    write_sheet(folder, [HEADER, *ROWS])
    write(folder, "panel/clients.json", [client(2), client(3), client(1)])
    write(folder, "panel/stores.json", [{"id": "1", "client_id": "1", "updated_at": "2026-10-01T08:00:00Z"}])
    write(folder, "panel/transactions.json", [transaction(3, "1"), transaction(1, "1"), transaction(2, "2")])
    write(folder, "ungating/statuses.json", [status(1), status(2, store_id="2"), status(3, scope="brand")])
    return folder


def ask(servers: Devservers, path: str, headers: Mapping[str, str] | None = None, **query: Any) -> requests.Response:
    """A GET with the token that the path needs."""
    token = UNGATING_TOKEN if path.startswith("/ungating") else PANEL_TOKEN
    merged = {"Authorization": f"Bearer {token}", **(headers or {})}
    return requests.get(servers.url + path, params=query, headers=merged, timeout=5, allow_redirects=False)


def ids(reply: requests.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [object_["id"] for object_ in reply.json()["data"]]


def pages(servers: Devservers, path: str, **query: Any) -> Iterator[requests.Response]:
    """Every page, as the cursors lead."""
    cursor: dict[str, str] = {}
    while True:
        reply = ask(servers, path, **query, **cursor)
        yield reply
        if not reply.json()["has_more"]:
            return
        cursor = {"cursor": reply.json()["next_cursor"]}
