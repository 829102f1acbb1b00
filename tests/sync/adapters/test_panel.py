"""The panel's lists over HTTP, in the order that never shows a charge without the balance that it lowered."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.adapters.panel import read_panel
from sync.adapters.reading import Reading, Unreachable
from sync.parsing.panel import parse_clients, parse_transactions
from tests.sync.adapters.upstream import Answer, Request, Upstream, make_caller, page, upstream

NOW = datetime(2026, 10, 2, 12, 0, 30, tzinfo=UTC)
SINCE = "2026-10-01T00:00:00Z"
MARKS = {part: {"since": SINCE, "etag": "", "asked": ""} for part in ("clients", "stores")}
C, S, T = "/v1/clients", "/v1/stores", "/v1/clients/{}/transactions"


def client(id_: Any = "c1", balance: str = "100.00", updated_at: str = "2026-10-02T08:00:00Z", **more: Any) -> dict:
    known = {"id": id_, "name": f"Client {id_}", "balance": balance, "currency": "USD", "status": "active"}
    return known | {"updated_at": updated_at} | more


def store(id_: str = "s1", updated_at: str = "2026-10-02T07:00:00Z") -> dict:
    return {
        "id": id_,
        "client_id": "c1",
        "name": "Store",
        "mutual": False,
        "status": "active",
        "updated_at": updated_at,
    }


def charge(id_: str = "t1", **more: Any) -> dict:
    return {"id": id_, "kind": "charge", "amount": "-40.00", "created_at": "2026-10-02T08:00:00Z"} | more


class Panel:
    """Lists by path; `then` is done once, right after the first request of a path was answered."""

    def __init__(self, *clients: dict, stores: list[dict] | None = None, **transactions: list[Any]) -> None:
        self.lists: dict[str, list[Any]] = {C: list(clients), S: stores or []}
        for client_id, rows in transactions.items():
            self.lists[T.format(client_id)] = rows
        self.then: dict[str, Callable[[], None]] = {}

    def __call__(self, request: Request) -> Answer:
        if request.path not in self.lists:
            return Answer(404)
        since = request.params.get("updated_since", "")
        answer = page([row for row in self.lists[request.path] if str(since) <= self._stamp(row)])
        self.then.pop(request.path, lambda: None)()
        return answer

    @staticmethod
    def _stamp(row: Any) -> str:
        return str(row.get("updated_at") or row.get("created_at") or "~") if isinstance(row, dict) else "~"


def read(script: Callable[[Request], Answer], **options: Any) -> tuple[Reading, Upstream]:
    chosen = {"marks": MARKS, "sweep": False, "now": NOW, "holders": [], "newest": {}} | options
    with upstream(script) as running, make_caller(running.url) as caller:
        return read_panel(caller, **chosen), running


def ids(objects: list[Any]) -> list[Any]:
    return [members["id"] for members in objects]


@pytest.mark.parametrize(
    ("marks", "sweep"),
    [({}, False), (MARKS, True), ({"clients": MARKS["clients"]}, False), (MARKS | {"stores": {"since": "?"}}, False)],
)
def test_everything_on_a_sweep_and_without_marks(marks: dict, sweep: bool) -> None:
    panel = Panel(client("c1"), client("c2", updated_at="2026-10-02T09:00:00Z"), stores=[store()], c1=[charge()], c2=[])
    reading, running = read(panel, marks=marks, sweep=sweep, newest={"c1": NOW}, holders=["c2"])
    assert reading.complete
    assert reading.parts == {
        "clients": [client("c1"), client("c2", updated_at="2026-10-02T09:00:00Z")],
        "stores": [store()],
        "transactions": [charge(client_id="c1")],
    }
    assert running.paths == [C, S, T.format("c1"), T.format("c2"), C]
    since = [request.params.get("updated_since") for request in running.requests]
    assert since == [None, None, None, None, "2026-10-02T08:59:00Z"]
    assert reading.marks == {
        "clients": {"since": "2026-10-02T08:59:00Z", "etag": "", "asked": ""},
        "stores": {"since": "2026-10-02T06:59:00Z", "etag": "", "asked": ""},
    }


def test_only_what_changed_and_whoever_holds_money() -> None:
    panel = Panel(client("c1"), client("c2", updated_at="2026-09-01T00:00:00Z"), client("c3"), c1=[], c2=[], c3=[])
    panel.lists[T.format("c9")] = []
    newest = {
        "c1": datetime(2026, 9, 30, 6, 0, 0, 500_000, tzinfo=UTC),
        "c2": NOW + timedelta(days=400),
        "c7": NOW,
    }
    reading, running = read(panel, holders=["c2", "c1", "c9"], newest=newest)
    assert not reading.complete
    assert ids(reading.parts["clients"]) == ["c1", "c3"]
    assert [(request.path, request.params.get("updated_since")) for request in running.requests] == [
        (C, SINCE),
        (S, SINCE),
        (T.format("c1"), "2026-09-29T06:00:00Z"),
        (T.format("c3"), None),
        (T.format("c2"), "2026-10-01T12:00:30Z"),
        (T.format("c9"), None),
        (C, "2026-10-02T07:59:00Z"),
    ]


def test_a_charge_never_comes_without_its_lower_balance() -> None:
    """The panel charges the client between our first look at its balance and our look at its transactions."""
    panel = Panel(client("c1"), client("c2"), c1=[], c2=[])

    def charged() -> None:
        panel.lists[C] = [client("c1", "60.00", "2026-10-02T12:00:10Z"), client("c2")]
        panel.lists[T.format("c1")] = [charge(updated_at="2026-10-02T12:00:10Z")]

    panel.then[C] = charged
    reading, _ = read(panel, sweep=True)
    assert reading.parts["transactions"] == [charge(updated_at="2026-10-02T12:00:10Z", client_id="c1")]
    feed = parse_clients(reading.parts["clients"])
    assert [(row.id, str(row.balance)) for row in feed.rows] == [("c1", "60.00"), ("c2", "100.00")]
    assert feed.issues == ()  # the two looks at one client are no fault of the panel's
    assert reading.marks["clients"]["since"] == "2026-10-02T07:59:00Z"  # from the first look: c1 is asked again


def test_a_charge_of_a_holder_that_had_not_changed_before() -> None:
    panel = Panel(client("c1", updated_at="2026-09-01T00:00:00Z"), c1=[])

    def charged() -> None:
        panel.lists[C] = [client("c1", "60.00", "2026-10-02T12:00:10Z")]
        panel.lists[T.format("c1")] = [charge()]

    panel.then[S] = charged
    reading, _ = read(panel, holders=["c1"])
    assert reading.parts["clients"] == [client("c1", "60.00", "2026-10-02T12:00:10Z")]
    assert ids(reading.parts["transactions"]) == ["t1"]
    assert reading.marks["clients"] == {"since": SINCE, "etag": "", "asked": SINCE}


def test_a_client_that_changes_after_all_waits_for_the_reading_with_its_transactions() -> None:
    panel = Panel(client("c1"), c1=[])
    panel.then[T.format("c1")] = lambda: panel.lists[C].append(client("c2", "60.00", "2026-10-02T12:00:10Z"))
    panel.lists[T.format("c2")] = [charge("t2")]
    first, _ = read(panel)
    second, _ = read(panel, marks=first.marks)
    assert (ids(first.parts["clients"]), ids(first.parts["transactions"])) == (["c1"], [])
    assert (ids(second.parts["clients"]), ids(second.parts["transactions"])) == (["c1", "c2"], ["t2"])


@pytest.mark.parametrize(
    ("first", "again", "kept"),
    [
        ("2026-10-02T08:00:00Z", "2026-10-02T08:00:00Z", "60.00"),
        ("2026-10-02T08:00:01Z", "2026-10-02T08:00:00Z", "100.00"),
        ("2026-10-02T08:00:01Z", "2026-10-02T04:00:02-04:00", "60.00"),
        ("2026-10-02T08:00:01Z", "some day", "60.00"),
        ("some day", "2026-10-02T08:00:00Z", "60.00"),
    ],
)
def test_of_two_looks_the_later_one_counts_unless_it_is_known_to_be_older(first: str, again: str, kept: str) -> None:
    looks = iter([page([client("c1", "100.00", first)]), page([client("c1", "60.00", again)])])
    reading, _ = read(lambda request: next(looks) if request.path == C else page([]))
    assert [members["balance"] for members in reading.parts["clients"]] == [kept]


def test_copies_of_one_client_within_a_look_stay_for_the_parser_to_report() -> None:
    looks = iter([page([client("c1"), client("c1")]), page([])])
    reading, running = read(lambda request: next(looks) if request.path == C else page([]))
    assert ids(reading.parts["clients"]) == ["c1", "c1"]
    assert running.paths == [C, S, T.format("c1"), C]


def test_where_nothing_changed_nothing_is_sent_and_the_marks_stay() -> None:
    marks = {part: {"since": SINCE, "etag": f'"{part}"', "asked": SINCE} for part in ("clients", "stores")}
    reading, running = read(
        lambda request: Answer(304) if "If-None-Match" in request.headers else page([]), marks=marks
    )
    assert reading == Reading({"clients": [], "stores": [], "transactions": []}, False, marks)
    assert [request.headers.get("If-None-Match") for request in running.requests] == [
        '"clients"',
        '"stores"',
        '"clients"',
    ]


def test_transactions_name_their_client() -> None:
    rows = [charge("t1"), charge("t2", client_id=""), charge("t3", client_id="c2"), "junk"]
    reading, _ = read(Panel(client("c1"), c1=rows))
    found = reading.parts["transactions"]
    assert found == [charge("t1", client_id="c1"), charge("t2", client_id="c1"), charge("t3", client_id="c2"), "junk"]
    feed = parse_transactions(found, known_clients={"c1"})
    assert ([row.id for row in feed.rows], [issue.reason for issue in feed.issues]) == (
        ["t1", "t2"],
        ["unknown_client", "not_an_object"],
    )


@pytest.mark.parametrize(
    ("id_", "path"),
    [
        ("a/../../admin", "/v1/clients/a%2F..%2F..%2Fadmin/transactions"),
        ("..", "/v1/clients/%2E%2E/transactions"),
        (".", "/v1/clients/%2E/transactions"),
        ("a?limit=1#x", "/v1/clients/a%3Flimit%3D1%23x/transactions"),
        ("a%2Fb", "/v1/clients/a%252Fb/transactions"),
        ("a b\r\nX: 1", "/v1/clients/a%20b%20X%3A%201/transactions"),
        ("é.1", "/v1/clients/%C3%A9.1/transactions"),
        (77, "/v1/clients/77/transactions"),
    ],
)
def test_ids_stay_within_their_place_in_the_path(id_: Any, path: str) -> None:
    _, running = read(lambda request: page([client(id_)] if request.path == C else []))
    assert running.paths == [C, S, path, C]


@pytest.mark.parametrize("bad", [client(""), client(None), client(True), client("L-7"), client("x" * 41), "junk", {}])
def test_a_client_without_a_usable_id_has_no_transactions_to_ask_for(bad: Any) -> None:
    reading, running = read(lambda request: page([bad, client("c1")] if request.path == C else []))
    assert running.paths == [C, S, T.format("c1"), C]
    assert reading.parts["clients"] == [bad, client("c1")]  # the parser says what is wrong with it
    assert [issue.row for issue in parse_clients(reading.parts["clients"]).refused] == [1]


def test_a_deleted_client_and_one_no_longer_listed_may_be_unknown_to_the_panel() -> None:
    panel = Panel(
        {"id": "c1", "deleted_at": "2026-10-02T08:00:00Z", "updated_at": "2026-10-02T08:00:00Z"}, client("c2")
    )
    panel.lists[T.format("c2")] = [charge()]
    reading, running = read(panel, holders=["c9"])
    assert ids(reading.parts["transactions"]) == ["t1"]
    assert running.paths == [C, S, T.format("c1"), T.format("c2"), T.format("c9"), C]


def test_a_listed_client_must_be_known_to_the_panel() -> None:
    with pytest.raises(Unreachable, match="nothing at /v1/clients/c1/transactions"):
        read(Panel(client("c1")))


@pytest.mark.parametrize("broken", [C, S, T.format("c2")])
def test_whatever_fails_fails_the_whole(broken: str) -> None:
    panel = Panel(client("c1"), client("c2"), c1=[charge()], c2=[])
    with pytest.raises(Unreachable, match="status 403"):
        read(lambda request: Answer(403) if request.path == broken else panel(request))


def test_a_second_look_that_fails_fails_the_whole() -> None:
    panel = Panel(client("c1"), c1=[])
    looks = iter([False, True])
    with pytest.raises(Unreachable, match="status 403"):
        read(lambda request: Answer(403) if request.path == C and next(looks) else panel(request))


def test_more_transactions_than_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.adapters.panel.MOST_OBJECTS", 3)
    panel = Panel(client("c1"), client("c2"), c1=[charge("t1"), charge("t2")], c2=[charge("t3"), charge("t4")])
    with pytest.raises(Unreachable, match="has more than 3 transactions to read"):
        read(panel)


def test_each_request_is_told() -> None:
    told: list[tuple[int, int]] = []
    pages = {T.format("c1"): iter([page([charge("t1")], cursor="2"), page([charge("t2")])])}
    panel = Panel(client("c1"), client("c2"), c2=[])
    _, running = read(
        lambda request: next(pages[request.path]) if request.path in pages else panel(request),
        holders=["c9"],
        tell=lambda done, total: told.append((done, total)),
    )
    assert told == [(0, 0), (0, 0), (0, 3), (0, 3), (1, 3), (2, 3), (3, 3)]
    assert len(running.requests) == len(told)
