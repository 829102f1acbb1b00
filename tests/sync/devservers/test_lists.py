"""The panel and the ungating software over HTTP: tokens, pages, changes, tombstones, ETags."""

import json
from pathlib import Path

import pytest
import requests

from sync.devservers.moments import moment_text, parse_moment
from sync.devservers.server import Devservers
from tests.sync.devservers.folders import ask, client, ids, pages, status, transaction, write

CLIENTS = "/panel/v1/clients"
STATUSES = "/ungating/v1/ungating"


def test_the_envelope_and_the_order(servers: Devservers) -> None:
    reply = ask(servers, CLIENTS)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    body = reply.json()
    assert body.keys() == {"data", "next_cursor", "has_more", "as_of"}
    assert body["data"] == [client(1), client(2), client(3)]
    assert (body["next_cursor"], body["has_more"]) == (None, False)
    as_of = parse_moment(body["as_of"])
    assert as_of is not None
    assert moment_text(as_of) == body["as_of"]


@pytest.mark.parametrize("path", [CLIENTS, "/panel/v1/stores", "/panel/v1/clients/1/transactions", STATUSES])
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic development-panel-token"])
def test_no_token_no_answer(servers: Devservers, path: str, header: str) -> None:
    reply = requests.get(servers.url + path, headers={"Authorization": header} if header else {}, timeout=5)
    assert reply.status_code == 401
    assert reply.json() == {"error": {"code": "unauthorized", "message": "The bearer token is missing or wrong."}}


def test_the_panels_token_does_not_open_the_ungating_software(servers: Devservers) -> None:
    token = servers.environment()["PANEL_TOKEN"]
    assert ask(servers, STATUSES, {"Authorization": f"Bearer {token}"}).status_code == 401


def test_pages_follow_each_other_without_loss(servers: Devservers, folder: Path) -> None:
    same = "2026-10-01T08:00:00Z"
    objects = [client(1, id=f"c{number:03}", updated_at=same) for number in range(250)]
    write(folder, "panel/clients.json", objects[::-1])
    fetched = [ids(page) for page in pages(servers, CLIENTS)]
    assert [len(page) for page in fetched] == [100, 100, 50]
    assert [id_ for page in fetched for id_ in page] == [f"c{number:03}" for number in range(250)]
    assert [len(ids(page)) for page in pages(servers, CLIENTS, limit=200)] == [200, 50]


def test_equal_objects_are_not_lost_between_pages(servers: Devservers, folder: Path) -> None:
    write(folder, "panel/clients.json", [client(1), client(1), client(1)])
    assert [ids(page) for page in pages(servers, CLIENTS, limit=1)] == [["1"], ["1"], ["1"]]


def test_objects_without_a_moment_come_last_and_always(servers: Devservers, folder: Path) -> None:
    write(folder, "panel/clients.json", [client(5, updated_at="soon"), client(1), client(4, updated_at=None)])
    assert ids(ask(servers, CLIENTS)) == ["1", "4", "5"]
    assert ids(ask(servers, CLIENTS, updated_since="2099-01-01T00:00:00Z")) == ["4", "5"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"updated_since": "yesterday"}, "updated_since is not a moment"),
        ({"updated_since": "2026-10-02T08:00:00"}, "updated_since is not a moment"),
        ({"updated_since": "2026-02-31T08:00:00Z"}, "updated_since is not a moment"),
        ({"limit": "201"}, "limit must be a whole number from 1 to 200."),
        ({"limit": "0"}, "limit must be"),
        ({"limit": "ten"}, "limit must be"),
        ({"cursor": "abc"}, "cursor is not one that this server gave."),
        ({"cursor": "é"}, "cursor is not one that this server gave."),
        ({"page": "2"}, "There is no parameter page; there are updated_since, cursor, limit."),
        ({"limit": ["1", "2"]}, "The parameter limit is given 2 times."),
    ],
)
def test_a_question_that_cannot_be(servers: Devservers, query: dict[str, str], message: str) -> None:
    reply = ask(servers, CLIENTS, **query)
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "invalid_request"
    assert reply.json()["error"]["message"].startswith(message)


def test_a_cursor_belongs_to_its_question(servers: Devservers) -> None:
    cursor = ask(servers, CLIENTS, limit=1).json()["next_cursor"]
    assert ids(ask(servers, CLIENTS, limit=2, cursor=cursor)) == ["2", "3"]
    for path, query in [(CLIENTS, {"updated_since": "2026-10-01T00:00:00Z"}), ("/panel/v1/stores", {})]:
        reply = ask(servers, path, cursor=cursor, **query)
        assert reply.status_code == 400
        assert reply.json()["error"]["message"].startswith("cursor belongs to another list")


def test_updated_since_takes_its_own_moment_in_any_offset(servers: Devservers) -> None:
    assert ids(ask(servers, CLIENTS, updated_since="2026-10-02T08:00:00Z")) == ["2", "3"]
    assert ids(ask(servers, CLIENTS, updated_since="2026-10-02T10:00:00.000001+02:00")) == ["3"]


def test_transactions_of_a_client(servers: Devservers) -> None:
    path = "/panel/v1/clients/1/transactions"
    assert ask(servers, path).json()["data"] == [transaction(1, "1"), transaction(3, "1")]
    assert ids(ask(servers, path, updated_since="2026-10-02T00:00:00Z")) == ["t3"]
    assert ids(ask(servers, "/panel/v1/clients/3/transactions")) == []
    reply = ask(servers, "/panel/v1/clients/9/transactions")
    assert reply.status_code == 404
    assert reply.json() == {"error": {"code": "not_found", "message": "There is no client 9."}}


def test_ungating_is_filtered(servers: Devservers) -> None:
    assert ids(ask(servers, STATUSES)) == ["1", "2", "3"]
    assert ids(ask(servers, STATUSES, store_id="1")) == ["1", "3"]
    assert ids(ask(servers, STATUSES, store_id="1", scope="brand")) == ["3"]
    assert ids(ask(servers, STATUSES, store_id="9")) == []


def test_an_edited_file_is_visible_at_once(servers: Devservers, folder: Path) -> None:
    as_of = ask(servers, CLIENTS).json()["as_of"]
    assert ids(ask(servers, CLIENTS, updated_since=as_of)) == []
    write(folder, "panel/clients.json", [client(1, name="Renamed"), client(2), client(3)])
    changed = ask(servers, CLIENTS, updated_since=as_of).json()["data"]
    assert [(object_["id"], object_["name"]) for object_ in changed] == [("1", "Renamed")]
    assert changed[0]["updated_at"] > as_of
    assert ids(ask(servers, CLIENTS)) == ["2", "3", "1"]


def test_two_edits_of_one_size_within_a_tick_of_the_clock(servers: Devservers, folder: Path) -> None:
    for name in ("AAAA", "BBBB", "CCCC", "DDDD"):
        (folder / "panel/clients.json").write_text(json.dumps([client(1, name=name)]))
        assert ask(servers, CLIENTS).json()["data"][0]["name"] == name


def test_an_edit_before_the_first_request_counts(servers: Devservers, folder: Path) -> None:
    write(folder, "ungating/statuses.json", [status(1, status="ungated"), status(2, store_id="2")])
    changed = ask(servers, STATUSES, updated_since="2026-11-01T00:00:00Z").json()["data"]
    assert [sorted(object_) for object_ in changed if object_["id"] == "3"] == [["deleted_at", "id"]]
    assert {object_["id"] for object_ in changed} == {"1", "3"}


def test_tombstones_only_for_who_asks_for_changes(servers: Devservers, folder: Path) -> None:
    as_of = ask(servers, CLIENTS).json()["as_of"]
    write(folder, "panel/clients.json", [client(1), client(3)])
    assert ids(ask(servers, CLIENTS)) == ["1", "3"]
    (stone,) = ask(servers, CLIENTS, updated_since=as_of).json()["data"]
    assert stone.keys() == {"id", "deleted_at"}
    assert (stone["id"], stone["deleted_at"] > as_of) == ("2", True)
    assert ids(ask(servers, CLIENTS, updated_since="2099-01-01T00:00:00Z")) == []
    assert ask(servers, "/panel/v1/clients/2/transactions").status_code == 404


def test_a_transactions_tombstone_comes_to_its_own_client(servers: Devservers, folder: Path) -> None:
    as_of = ask(servers, CLIENTS).json()["as_of"]
    write(folder, "panel/transactions.json", [transaction(3, "1"), transaction(2, "2")])
    assert ids(ask(servers, "/panel/v1/clients/1/transactions", updated_since=as_of)) == ["t1"]
    assert ids(ask(servers, "/panel/v1/clients/2/transactions", updated_since=as_of)) == []


def test_an_unchanged_list_is_not_sent_again(servers: Devservers, folder: Path) -> None:
    first = ask(servers, CLIENTS)
    tag = first.headers["ETag"]
    for header in (tag, f'"other", W/{tag}', "*"):
        again = ask(servers, CLIENTS, {"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert ask(servers, CLIENTS, {"If-None-Match": '"other"'}).status_code == 200
    assert ask(servers, CLIENTS, {"If-None-Match": tag}, limit=1).status_code == 200
    write(folder, "panel/clients.json", [client(1), client(2), client(3, name="New")])
    changed = ask(servers, CLIENTS, {"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"id": 1},\n]', "is not JSON: line 2, column 1"),
        ('{"clients": []}', "is not a list of objects."),
        ("", "is not JSON: line 1, column 1"),
        ("[" * 100_000, "is not JSON in UTF-8."),
    ],
)
def test_a_broken_file_is_said_and_can_be_mended(servers: Devservers, folder: Path, text: str, reason: str) -> None:
    (folder / "panel/clients.json").write_text(text)
    reply = ask(servers, CLIENTS)
    assert reply.status_code == 500
    assert reply.json()["error"]["message"].startswith(
        f"The file panel/clients.json of the development servers {reason}"
    )
    write(folder, "panel/clients.json", [client(2), client(3), client(1)])
    assert ids(ask(servers, CLIENTS)) == ["1", "2", "3"]


def test_a_missing_file_is_said(servers: Devservers, folder: Path) -> None:
    (folder / "panel/stores.json").unlink()
    reply = ask(servers, "/panel/v1/stores")
    assert reply.status_code == 500
    assert "panel/stores.json" in reply.json()["error"]["message"]


def test_other_paths_and_methods(servers: Devservers) -> None:
    assert ask(servers, "/panel/v1/orders").status_code == 404
    assert ask(servers, "/ungating/v1/other").status_code == 404
    assert ask(servers, "/elsewhere").status_code == 404
    headers = {"Authorization": "Bearer development-panel-token"}
    assert requests.post(servers.url + CLIENTS, headers=headers, timeout=5).status_code == 405


@pytest.mark.parametrize("host", ["evil.example", "127.evil.example", "127.0.0.1.evil.example:80", ""])
def test_names_of_the_internet_do_not_lead_here(servers: Devservers, host: str) -> None:
    assert ask(servers, CLIENTS, {"Host": host}).status_code == 421
    assert ask(servers, CLIENTS, {"Host": "localhost:80"}).status_code == 200
