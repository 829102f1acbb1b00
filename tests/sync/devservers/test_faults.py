"""Every fault as a caller meets it."""

import http.client
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from sync.devservers.calls import Call
from sync.devservers.control import Logged, RequestLog
from sync.devservers.faults import KINDS, BadFault, parse_fault
from sync.devservers.server import Devservers
from tests.sync.devservers.folders import ROWS, ask, client, ids, pages, write
from tests.sync.devservers.test_sheets import sheets, values

CLIENTS = "/panel/v1/clients"
BATCH = "/sheets/v4/spreadsheets/demo/values:batchGet"


def many(folder: Path, count: int) -> list[str]:
    names = [f"c{number:02}" for number in range(count)]
    write(folder, "panel/clients.json", [client(1, id=name) for name in names])
    return names


def test_a_fault_lasts_as_often_as_asked(servers: Devservers) -> None:
    servers.fault(CLIENTS, "429", times=2, retry_after=7)
    for _ in range(2):
        reply = ask(servers, CLIENTS)
        assert (reply.status_code, reply.headers["Retry-After"]) == (429, "7")
        assert reply.json()["error"]["code"] == "too_many_requests"
    assert ask(servers, CLIENTS).status_code == 200


def test_until_cleared(servers: Devservers) -> None:
    servers.fault("/panel", "500", times=0)
    assert [ask(servers, path).status_code for path in (CLIENTS, "/panel/v1/stores", CLIENTS)] == [500] * 3
    assert ask(servers, "/ungating/v1/ungating").status_code == 200
    servers.clear_faults()
    assert ask(servers, CLIENTS).status_code == 200


def test_errors_in_googles_form(servers: Devservers) -> None:
    caller = sheets(servers)
    caller.values_batch_get("demo", ["ASINs"])
    for kind, status in (("429", "RESOURCE_EXHAUSTED"), ("500", "INTERNAL"), ("401", "UNAUTHENTICATED")):
        servers.fault(BATCH, kind)
        headers = {"Authorization": f"Bearer {caller.auth.token}"}
        reply = requests.get(servers.url + BATCH, params={"ranges": "ASINs"}, headers=headers, timeout=5)
        assert reply.status_code == int(kind)
        assert reply.json()["error"].keys() == {"code", "message", "status"}
        assert (reply.json()["error"]["code"], reply.json()["error"]["status"]) == (int(kind), status)


def test_a_refused_token(servers: Devservers) -> None:
    servers.fault("/token", "401")
    reply = requests.post(f"{servers.url}/token", timeout=5)
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_grant")
    servers.fault(CLIENTS, "401")
    assert ask(servers, CLIENTS).json()["error"]["code"] == "unauthorized"


@pytest.mark.parametrize(("kind", "status", "words"), [("503_html", 503, "503 Service"), ("html_200", 200, "sign in")])
def test_web_pages_instead_of_json(servers: Devservers, kind: str, status: int, words: str) -> None:
    servers.fault(CLIENTS, kind)
    reply = ask(servers, CLIENTS)
    assert (reply.status_code, reply.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert words in reply.text
    assert reply.text.startswith("<!DOCTYPE html>")


def test_a_redirect_leads_elsewhere(servers: Devservers) -> None:
    servers.fault(CLIENTS, "redirect")
    servers.fault(CLIENTS, "redirect", location="https://example.com/login")
    reply = ask(servers, CLIENTS)
    assert (reply.status_code, reply.headers["Location"]) == (302, f"{servers.url}/_elsewhere")
    assert requests.get(reply.headers["Location"], timeout=5).status_code == 200
    assert ask(servers, CLIENTS).headers["Location"] == "https://example.com/login"


def test_json_of_another_form(servers: Devservers) -> None:
    servers.fault(CLIENTS, "wrong_json")
    assert ask(servers, CLIENTS).json() == {"message": "ok"}


def test_a_late_answer(servers: Devservers) -> None:
    servers.fault(CLIENTS, "slow", seconds=0.15)
    start = time.monotonic()
    assert ids(ask(servers, CLIENTS)) == ["1", "2", "3"]
    assert time.monotonic() - start >= 0.15


def test_an_answer_byte_by_byte(servers: Devservers) -> None:
    servers.fault("/panel/v1/orders", "drip", seconds=0.002)
    start = time.monotonic()
    reply = ask(servers, "/panel/v1/orders")
    assert reply.json() == {"error": {"code": "not_found", "message": "There is no /panel/v1/orders."}}
    assert time.monotonic() - start >= 0.002 * (len(reply.content) - 1)


def test_who_waits_for_an_answer_does_not_hold_up_the_end(folder: Path, state: Path) -> None:
    with Devservers(folder, state=state) as servers:
        servers.fault(CLIENTS, "drip", seconds=60)
        connection = http.client.HTTPConnection(servers.url.removeprefix("http://"), timeout=5)
        connection.request("GET", CLIENTS, headers={"Authorization": "Bearer development-panel-token"})
        reply = connection.getresponse()
        assert reply.read(1) == b"{"
        start = time.monotonic()
    with pytest.raises(http.client.IncompleteRead):
        reply.read()
    assert time.monotonic() - start < 1
    connection.close()


def test_half_an_answer(servers: Devservers) -> None:
    servers.fault(CLIENTS, "truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        ask(servers, CLIENTS)
    assert ask(servers, CLIENTS).status_code == 200


def test_an_answer_without_end(servers: Devservers) -> None:
    servers.fault(CLIENTS, "huge", megabytes=2)
    reply = ask(servers, CLIENTS)
    assert "Content-Length" not in reply.headers
    assert 2 * 1024 * 1024 < len(reply.content) < 2.2 * 1024 * 1024
    assert reply.content.startswith(b'{"data": [{"id": ')


def test_pages_out_of_order_hold_every_object_once(servers: Devservers, folder: Path) -> None:
    names = many(folder, 10)
    servers.fault(CLIENTS, "shuffled_pages")
    fetched = [id_ for page in pages(servers, CLIENTS, limit=3) for id_ in ids(page)]
    assert sorted(fetched) == names
    assert fetched != names


def test_objects_twice(servers: Devservers, folder: Path) -> None:
    many(folder, 4)
    servers.fault(CLIENTS, "duplicates", times=0)
    assert [ids(page) for page in pages(servers, CLIENTS, limit=4)] == [["c00", "c01"] * 2, ["c02", "c03"] * 2]


def test_half_of_the_objects_gone_from_every_page(servers: Devservers, folder: Path) -> None:
    many(folder, 10)
    servers.fault(CLIENTS, "half_gone")
    fetched = [ids(page) for page in pages(servers, CLIENTS, limit=3)]
    assert fetched == [["c00", "c02", "c04"], ["c06", "c08"]]
    assert len(ids(ask(servers, CLIENTS))) == 10


def test_cursors_in_a_circle(servers: Devservers, folder: Path) -> None:
    many(folder, 3)
    servers.fault(CLIENTS, "circle", times=0)
    first = ask(servers, CLIENTS, limit=2).json()
    assert first["has_more"] is True
    second = ask(servers, CLIENTS, limit=2, cursor=first["next_cursor"]).json()
    assert second["data"] == first["data"]
    assert second["next_cursor"] == first["next_cursor"]


def test_accidents_in_the_sheet(servers: Devservers) -> None:
    codes = [row[:1] for row in ROWS[:4]]
    caller = "ASINs!A2:A20"
    assert values(servers, caller)[0][1] == codes
    servers.fault("/sheets", "half_gone")
    assert values(servers, caller)[0][1] == codes[:1]
    servers.fault("/sheets", "shuffled_pages")
    assert values(servers, caller)[0][1] == [[], *codes[::-1]]
    servers.fault("/sheets", "duplicates")
    assert values(servers, caller)[0][1] == [*codes, [], *codes]


def test_faults_and_requests_over_http(servers: Devservers) -> None:
    url = f"{servers.url}/_faults"
    added = requests.post(url, json={"path": CLIENTS, "kind": "429", "times": 3, "retry_after": 2}, timeout=5)
    assert added.status_code == 201
    ask(servers, CLIENTS, token="hidden", limit=5)
    listed = {"path": CLIENTS, "kind": "429", "times": 2, "retry_after": 2}
    assert requests.get(url, timeout=5).json() == {"faults": [listed]}
    assert requests.delete(url, timeout=5).json() == {"faults": []}
    assert ask(servers, CLIENTS).status_code == 200
    told = requests.get(f"{servers.url}/_requests", timeout=5).json()["requests"]
    assert told == [
        {
            "method": "GET",
            "path": CLIENTS,
            "query": {"token": ["…"], "limit": ["5"]},
            "authorized": True,
            "status": 429,
        },
        {"method": "GET", "path": CLIENTS, "query": {}, "authorized": True, "status": 200},
    ]


def test_only_the_last_200_requests_are_kept() -> None:
    log = RequestLog()
    for number in range(203):
        log.note(Call("GET", CLIENTS, ("panel", "v1", "clients"), {"limit": [str(number)]}, {}), 200)
    assert len(log.all()) == 200
    assert log.all()[0] == Logged("GET", CLIENTS, {"limit": ["3"]}, authorized=False, status=200)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"path": CLIENTS}, "A fault has a path and a kind"),
        ({"path": CLIENTS, "kind": "418"}, "There is no fault '418'"),
        ({"path": "/pan", "kind": "500"}, "No interface is at '/pan'"),
        ({"path": "/sheets", "kind": "circle"}, "/sheets has no lists or pages"),
        ({"path": "/token", "kind": "half_gone"}, "/token has no lists or pages"),
        ({"path": "/panel", "kind": "500", "times": -1}, "times must be"),
        ({"path": "/panel", "kind": "500", "times": "3"}, "times must be"),
        ({"path": "/panel", "kind": "slow", "seconds": "long"}, "seconds must be"),
        ({"path": "/panel", "kind": "slow", "self": 1}, "A fault has no 'self'"),
    ],
)
def test_a_fault_that_cannot_be(servers: Devservers, fault: dict[str, Any], message: str) -> None:
    reply = requests.post(f"{servers.url}/_faults", json=fault, timeout=5)
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(message)
    assert requests.get(f"{servers.url}/_faults", timeout=5).json() == {"faults": []}


def test_a_form_of_another_site_sets_no_fault(servers: Devservers) -> None:
    reply = requests.post(f"{servers.url}/_faults", data='{"path": "/panel", "kind": "500"}', timeout=5)
    assert reply.status_code == 415
    assert ask(servers, CLIENTS).status_code == 200


def test_faults_as_they_are_written_on_the_command_line() -> None:
    assert parse_fault("/panel/v1/clients=429:3") == ("/panel/v1/clients", "429", 3)
    assert parse_fault("/sheets=html_200") == ("/sheets", "html_200", 1)
    for text in ("/panel", "/panel=500:", "/panel=500:x", "/panel=500:-1"):
        with pytest.raises(BadFault, match="is no fault: write PATH=KIND"):
            parse_fault(text)


def test_every_kind_is_tried_here() -> None:
    text = Path(__file__).read_text()
    assert [kind for kind in KINDS if f'"{kind}"' not in text] == []
