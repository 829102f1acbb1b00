"""Amazon asked itself: what is asked, what its replies mean, and at which pace."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from sync.adapters.amazon import (
    AmazonReading,
    AmazonRestrictions,
)
from sync.adapters.amazon_answers import judge
from sync.adapters.reading import Unreachable
from sync.parsing.ungating import parse_statuses
from tests.sync.adapters.amazon_sandbox import (
    APP_ID,
    ASIN,
    CLIENT_SECRET,
    NOW,
    ONE,
    QUOTA,
    TWO,
    AmazonSandbox,
    StillClock,
    adapter,
    codes,
    link,
    reason,
    restriction,
    running_sandbox,
)

APPROVE = "https://sellercentral.amazon.com/hz/approvalrequest/restrictions/approve?asin=B0000ASIN1"
NEEDS_APPROVAL = reason("APPROVAL_REQUIRED", "You need approval to list this product.", link(APPROVE))


@pytest.fixture
def amazon() -> Iterator[AmazonSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def build(amazon: AmazonSandbox, clock: StillClock) -> Callable[..., AmazonRestrictions]:
    pytest.importorskip("sp_api", reason="requirements/amazon.txt is not installed")
    return partial(adapter, amazon, clock)


@pytest.fixture
def read(build: Callable[..., AmazonRestrictions]) -> Callable[..., AmazonReading]:
    return lambda *wanted, **changes: build(**changes).read(wanted, now=NOW)


def test_an_answer_in_full_and_for_the_parser_of_the_feed(amazon: AmazonSandbox, read: Any) -> None:
    amazon.restrictions[ASIN] = [restriction(NEEDS_APPROVAL)]
    reading = read((ONE, ASIN))
    assert reading.parts == {
        "statuses": [
            {
                "id": "amazon:1:B0000ASIN1",
                "store_id": "1",
                "scope": "asin",
                "value": ASIN,
                "status": "gated",
                "reason": "APPROVAL_REQUIRED: You need approval to list this product.",
                "approval_url": APPROVE,
                "checked_at": "2026-11-02T08:00:00Z",
                "expires_at": "2026-11-16T08:00:00Z",
                "updated_at": "2026-11-02T08:00:00Z",
            }
        ]
    }
    assert (reading.complete, reading.marks, reading.problems, reading.left) == (False, {}, (), 0)
    feed = parse_statuses(reading.parts["statuses"], known_stores={"1"})
    assert (feed.issues, len(feed.rows)) == ((), 1)
    assert (feed.rows[0].status, feed.rows[0].key, feed.rows[0].expires_at) == ("gated", ASIN, NOW + timedelta(days=14))


def test_what_is_asked(amazon: AmazonSandbox, read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SP_API_DEFAULT_MARKETPLACE", "DE")
    monkeypatch.setenv("SP_API_REFRESH_TOKEN", "Atzr|of-the-environment")
    monkeypatch.setenv("LWA_CLIENT_SECRET", "of-the-environment")
    reading = read((ONE, ASIN))
    assert [status["status"] for status in reading.parts["statuses"]] == ["ungated"]
    assert amazon.asked == [
        {
            "asin": ASIN, "sellerId": ONE.seller_id, "marketplaceIds": "ATVPDKIKX0DER", "conditionType": "new_new",
            "reasonLocale": "en_US",
        }
    ]  # fmt: skip
    assert amazon.logins == [
        {
            "grant_type": "refresh_token", "client_id": APP_ID, "client_secret": CLIENT_SECRET,
            "refresh_token": ONE.refresh_token,
        }
    ]  # fmt: skip
    assert amazon.headers[0]["host"] == amazon.endpoint.removeprefix("http://")
    assert amazon.headers[0]["x-amz-access-token"] == "Atza|access-one"


def test_a_question_is_asked_once_and_one_token_serves_a_seller(amazon: AmazonSandbox, read: Any) -> None:
    wanted = codes(3)
    reading = read(*((seller, asin) for asin in wanted for seller in (ONE, TWO)), (ONE, wanted[0]))
    assert len(amazon.asked) == len(reading.parts["statuses"]) == 6
    assert len(amazon.logins) == 2


INVOICE = reason("APPROVAL_REQUIRED", "Please provide an invoice of the brand.", link(APPROVE + "&i=1"))
NOT_ELIGIBLE = reason("NOT_ELIGIBLE", "You cannot list this product.")
NOT_FOUND = reason("ASIN_NOT_FOUND", "The ASIN does not exist in this marketplace.")


@pytest.mark.parametrize(
    ("restrictions", "status", "words", "address"),
    [
        ([], "ungated", "", ""),
        ([restriction(NEEDS_APPROVAL)], "gated", "APPROVAL_REQUIRED: You need approval", APPROVE),
        ([restriction(INVOICE)], "invoice_needed", "APPROVAL_REQUIRED: Please provide", APPROVE + "&i=1"),
        ([restriction(NOT_ELIGIBLE)], "not_eligible", "NOT_ELIGIBLE: You cannot list", ""),
        ([restriction(NOT_FOUND)], "unknown", "ASIN_NOT_FOUND: The ASIN does not", ""),
        ([restriction(NOT_FOUND, INVOICE)], "invoice_needed", "APPROVAL_REQUIRED: Please", APPROVE + "&i=1"),
        ([restriction(INVOICE), restriction(NEEDS_APPROVAL)], "gated", "APPROVAL_REQUIRED: You need", APPROVE),
        ([restriction(NEEDS_APPROVAL, NOT_ELIGIBLE)], "not_eligible", "NOT_ELIGIBLE: You cannot", ""),
        ([restriction(NEEDS_APPROVAL, condition="used_good")], "ungated", "", ""),
        ([restriction(NEEDS_APPROVAL, place="A2EUQ1WTGCTBG2")], "ungated", "", ""),
        ([{"marketplaceId": "ATVPDKIKX0DER", "reasons": [NOT_ELIGIBLE]}], "not_eligible", "NOT_ELIGIBLE", ""),
        # The published example has no reason code, and the code may be one that is new.
        ([restriction(reason(None, "You cannot list it.", link(APPROVE)))], "gated", "You cannot list it.", APPROVE),
        ([restriction(reason("SOMETHING_NEW", "No."))], "gated", "SOMETHING_NEW: No.", ""),
        ([restriction()], "gated", "Amazon restricts this product and gives no reason", ""),
        (["?"], "gated", "Amazon restricts this product and gives no reason", ""),
        ([restriction({"message": None, "links": "?"})], "gated", "Amazon restricts this product", ""),
    ],
)
def test_restrictions(restrictions: list[Any], status: str, words: str, address: str) -> None:
    verdict = judge(restrictions, marketplace_id="ATVPDKIKX0DER")
    assert (verdict.status, verdict.approval_url) == (status, address)
    assert verdict.reason.startswith(words)
    assert bool(verdict.reason) == bool(words)


@pytest.mark.parametrize(
    ("address", "is_kept"),
    [
        ("https://sellercentral.amazon.co.uk/hz/approve?asin=B1", True),
        ("https://sellercentral-europe.amazon.com/x", True),
        ("http://sellercentral.amazon.com/x", False),
        ("https://sellercentral.amazon.com.evil.example/x", False),
        ("https://sellercentral.amazon.evil/x", False),
        ("https://sellercentral.amazon.com@evil.example/x", False),
        ("https://evil.example/?https://sellercentral.amazon.com/", False),
        ("https://fake-amazon.com/x", False),
        ("https://x.fake-amazon.com/x", False),
        ("https://sellercentral.amazon.com:8443/x", False),
        ("https://sellercentral.amazon.com/a b", False),
        ("https://sellercentral.amazon.com/" + "x" * 500, False),
        ("javascript:alert(1)", False),
    ],
)
def test_only_links_to_amazon_are_kept(address: str, is_kept: bool) -> None:
    found = [restriction(reason("APPROVAL_REQUIRED", "Approval.", link(address)))]
    assert judge(found, marketplace_id="ATVPDKIKX0DER").approval_url == (address if is_kept else "")


def test_a_long_reason_is_cut() -> None:
    found = judge([restriction(reason("NOT_ELIGIBLE", "word\n" * 100))], marketplace_id="ATVPDKIKX0DER")
    assert len(found.reason) <= 200
    assert found.reason.startswith("NOT_ELIGIBLE: word word ")


def test_ten_at_once_then_five_a_second(amazon: AmazonSandbox, read: Any, clock: StillClock) -> None:
    reading = read(*((ONE, asin) for asin in codes(15)))
    assert clock.slept == [0.2] * 5
    moments = [status["checked_at"] for status in reading.parts["statuses"]]
    assert moments[9:12] == [
        "2026-11-02T08:00:00Z",
        "2026-11-02T08:00:00.200000Z",
        "2026-11-02T08:00:00.400000Z",
    ]


def test_sellers_have_their_own_pace(read: Any, clock: StillClock) -> None:
    other_place = replace(ONE, store_id="3", marketplace="CA")
    reading = read(*((seller, asin) for seller in (ONE, TWO) for asin in codes(10)))
    assert (len(reading.parts["statuses"]), clock.slept) == (20, [])
    read(*((seller, asin) for seller in (ONE, other_place) for asin in codes(6)))
    assert clock.slept == [0.2, 0.2]


def test_who_may_be_asked_at_once_goes_first(amazon: AmazonSandbox, read: Any, clock: StillClock) -> None:
    read(*((ONE, asin) for asin in codes(12)), *((TWO, asin) for asin in codes(2)))
    assert [query["sellerId"] for query in amazon.asked[9:]] == [
        ONE.seller_id, TWO.seller_id, TWO.seller_id, ONE.seller_id, ONE.seller_id,
    ]  # fmt: skip
    assert clock.slept == [0.2, 0.2]


def test_the_pace_goes_on_over_two_readings(build: Any, clock: StillClock) -> None:
    adapter = build()
    adapter.read([(ONE, asin) for asin in codes(10)], now=NOW)
    clock.now += 1.0
    adapter.read([(ONE, asin) for asin in codes(6)], now=NOW)
    assert clock.slept == [0.2]
    clock.now += 1000.0
    adapter.read([(ONE, asin) for asin in codes(12)], now=NOW)
    assert clock.slept == [0.2, 0.2, 0.2]


def test_a_lower_rate_of_amazon_is_kept_and_a_higher_is_not(
    amazon: AmazonSandbox, read: Any, clock: StillClock
) -> None:
    amazon.rate = "0.5"
    read(*((ONE, asin) for asin in codes(11)))
    assert clock.slept == [2.0]
    amazon.rate = "100.0"
    read(*((ONE, asin) for asin in codes(11)))
    assert clock.slept == [2.0, 0.2]


def test_429_waits_once_as_the_reply_says(amazon: AmazonSandbox, read: Any, clock: StillClock) -> None:
    amazon.fail(429, QUOTA, Retry_After="7")
    reading = read((ONE, ASIN))
    assert (clock.slept, len(amazon.asked)) == ([7.0, 0.2], 2)
    assert [status["checked_at"] for status in reading.parts["statuses"]] == ["2026-11-02T08:00:07.200000Z"]


def test_429_again_leaves_the_rest_of_that_seller(amazon: AmazonSandbox, read: Any, clock: StillClock) -> None:
    amazon.fail(429, QUOTA, times=2)
    reading = read(*((seller, asin) for seller in (ONE, TWO) for asin in codes(3)))
    assert [status["id"] for status in reading.parts["statuses"]] == [f"amazon:2:{asin}" for asin in codes(3)]
    assert (reading.left, reading.problems) == (3, ())
    assert clock.slept == [2.0, 0.2]


def test_429_for_long_is_left_to_the_next_time(amazon: AmazonSandbox, read: Any, clock: StillClock) -> None:
    amazon.fail(429, QUOTA, Retry_After="3600")
    with pytest.raises(Unreachable, match=r"slow down for store 1 .*You exceeded your quota") as caught:
        read((ONE, ASIN))
    assert (caught.value.retry_after, clock.slept) == (3600.0, [])
