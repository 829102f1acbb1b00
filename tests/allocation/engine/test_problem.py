"""The reader takes exactly the interface and names every fault."""

from decimal import Decimal
from typing import Any

import pytest

from allocation.engine.problem import Client, Item, Offer, ProblemError, Store, check_problem, read_problem
from tests.allocation.engine.cases import Case, item, offer, problem


def errors_of(data: object) -> list[tuple[str, str]]:
    with pytest.raises(ProblemError) as caught:
        read_problem(data)
    return [(error["path"], error["message"]) for error in caught.value.errors]


def test_reads_every_key() -> None:
    data = {
        "clients": [{"id": "c1", "budget": "10000.00", "weight": 1.25}],
        "stores": [{"id": "s1", "client": "c1"}],
        "items": [
            {
                "id": "B000000001",
                "case_pack": 6,
                "unit_cost": "12.50",
                "min_shipping": "0.30",
                "max_shipping": "0.80",
                "load": 0.0121,
                "stock": 40,
                "max_stores": 2,
            }
        ],
        "offers": [
            {
                "store": "s1",
                "item": "B000000001",
                "value": "14.10",
                "cap": 10,
                "floor": 1,
                "unit_cost": "12.00",
            }
        ],
        "fairness": 0.5,
        "effort": "fast",
    }
    read = read_problem(data)
    assert read.clients == (Client("c1", Decimal("10000.00"), 1.25),)
    assert read.stores == (Store("s1", "c1"),)
    prices = (Decimal("12.50"), Decimal("0.30"), Decimal("0.80"))
    assert read.items == (Item("B000000001", 6, *prices, 0.0121, 40, 2),)
    assert read.offers == (Offer("s1", "B000000001", Decimal("14.10"), 10, 1, Decimal("12.00")),)
    assert (read.fairness, read.effort) == (0.5, "fast")
    assert check_problem(read) == read


def test_omitted_keys_take_the_defaults() -> None:
    read = read_problem(problem([item()], [offer()]))
    assert read.clients[0].weight == 1.0
    assert read.items[0].max_stores is None
    assert (read.offers[0].cap, read.offers[0].floor, read.offers[0].unit_cost) == (None, 0, None)
    assert (read.fairness, read.effort) == (0.9, "normal")
    assert read_problem({}).offers == ()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("id", 7, "must be a string, not a number"),
        ("id", "", "must have 1 to 200 characters"),
        ("id", "\ud800", "has a character that cannot be printed"),
        ("case_pack", 0, "must be from 1 to 10000, not 0"),
        ("case_pack", True, "must be a whole number, not True"),
        ("case_pack", 6.0, "must be a whole number, not 6.0"),
        ("stock", -1, "must be from 0 to 10000000, not -1"),
        ("stock", 2**63, "must be from 0 to 10000000, not 9223372036854775808"),
        ("stock", 10**400, "must be from 0 to 10000000, not a number of more than 20 digits"),
        ("stock", None, "must be a whole number, not null"),
        ("load", 0, "must be from 1e-09 to 1, not 0"),
        ("load", 1.01, "must be from 1e-09 to 1, not 1.01"),
        ("load", float("nan"), "must be a finite number, not nan"),
        ("load", float("inf"), "must be a finite number, not inf"),
        ("load", False, "must be a number, not False"),
        ("load", "0.1", "must be a number, not '0.1'"),
        ("unit_cost", "-1.00", "must not be negative: '-1.00'"),
        ("unit_cost", "NaN", "is not a plain finite amount: 'NaN'"),
        ("unit_cost", float("inf"), "is not a plain finite amount: inf"),
        ("unit_cost", "1e3", "is not a plain finite amount: '1e3'"),
        ("unit_cost", "1_000", "is not a plain finite amount: '1_000'"),
        ("unit_cost", "٣", "is not a plain finite amount: '٣'"),
        ("unit_cost", True, "must be an amount such as 12.50, not True"),
        ("unit_cost", [], "must be an amount such as 12.50, not a list"),
        ("unit_cost", "1000000.01", "must be at most 1000000, not '1000000.01'"),
        ("unit_cost", 10**30, "is not a plain finite amount: a number of more than 20 digits"),
        ("unit_cost", "0.00001", "has more than 4 decimals: '0.00001'"),
        ("min_shipping", "0.51", "0.51 is above max_shipping 0.50"),
        ("max_stores", -1, "must be from 0 to 10000000, not -1"),
        ("colour", "red", "is not a known key"),
    ],
)
def test_refuses_a_bad_item(field: str, value: Any, message: str) -> None:
    case = problem([item(**{field: value})], [])
    assert errors_of(case) == [(f"items[0].{field}", message)]


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"clients": [{"id": "c1", "budget": "-5"}]}, "clients[0].budget", "must not be negative: '-5'"),
        (
            {"clients": [{"id": "c1", "budget": "1.005"}]},
            "clients[0].budget",
            "has more than 2 decimals: '1.005'",
        ),
        (
            {"clients": [{"id": "c1", "budget": "1", "weight": 0}]},
            "clients[0].weight",
            "must be above 0 to 1000, not 0",
        ),
        ({"stores": [{"id": "s1", "client": "x"}]}, "stores[0].client", "there is no client 'x'"),
        ({"offers": [offer(store="x")]}, "offers[0].store", "there is no store 'x'"),
        ({"offers": [offer("x")]}, "offers[0].item", "there is no item 'x'"),
        ({"offers": [offer(cap=1, floor=2)]}, "offers[0].floor", "2 cases is above the cap of 1"),
        ({"offers": [offer(cap=-1)]}, "offers[0].cap", "must be from 0 to 10000000, not -1"),
        ({"offers": [offer(value="1e9")]}, "offers[0].value", "is not a plain finite amount: '1e9'"),
        ({"offers": [offer(), offer()]}, "offers[1]", "store 's1' is already offered 'A' at offers[0]"),
        ({"items": [item(), item()]}, "items[1].id", "'A' is already at items[0]"),
        ({"fairness": 1.5}, "fairness", "must be from 0 to 1, not 1.5"),
        ({"fairness": True}, "fairness", "must be a number, not True"),
        ({"effort": "huge"}, "effort", "must be one of fast, normal, thorough, not 'huge'"),
        ({"effort": None}, "effort", "must be one of fast, normal, thorough, not null"),
        ({"offers": {}}, "offers", "must be a list, not an object"),
        ({"offers": [7]}, "offers[0]", "must be an object, not a number"),
        ({"extra": 1}, "extra", "is not a known key"),
    ],
)
def test_refuses_a_bad_problem(changes: Case, path: str, message: str) -> None:
    assert errors_of(problem([item()], [offer()]) | changes) == [(path, message)]


def test_a_problem_is_an_object() -> None:
    assert errors_of([]) == [("$", "must be an object, not a list")]
    assert errors_of(None) == [("$", "must be an object, not null")]


def test_names_every_fault_at_once() -> None:
    case = problem([{"id": "A"}], [offer(floor=-1), offer(store="x", cap="2")], budget="NaN")
    paths = [path for path, _ in errors_of(case)]
    assert paths == [
        "clients[0].budget",
        "items[0].case_pack",
        "items[0].unit_cost",
        "items[0].min_shipping",
        "items[0].max_shipping",
        "items[0].load",
        "items[0].stock",
        "offers[0].floor",
        "offers[1].cap",
        "offers[1].store",
    ]


def test_a_value_may_be_negative_and_money_may_be_a_number() -> None:
    read = read_problem(problem([item(unit_cost=12.5)], [offer(value="-0.25")]))
    assert read.items[0].unit_cost == Decimal("12.5")
    assert read.offers[0].value == Decimal("-0.25")


def test_a_case_worth_more_than_the_engine_counts_is_refused() -> None:
    dear = [offer(value="100000.01"), offer(store="s2", value="-100000.01")]
    stores = [{"id": "s1", "client": "c1"}, {"id": "s2", "client": "c1"}]
    message = "a case of 10000 units would be worth more than 1000000000 USD"
    assert errors_of(problem([item(case_pack=10000)], dear, stores=stores)) == [
        ("offers[0].value", message),
        ("offers[1].value", message),
    ]
