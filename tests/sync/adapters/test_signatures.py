"""Standard Webhooks: the published example, and whatever is not quite it."""

import base64
import hmac
from typing import Any

import pytest

from sync.adapters.signatures import (
    InvalidMessageId,
    InvalidSignature,
    InvalidTimestamp,
    MissingHeader,
    TooNew,
    TooOld,
    UnusableSecret,
    check_headers,
    decode_secret,
    verify,
)

# The example that the specification's libraries test themselves with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIME = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()


def message(**changes: Any) -> dict[str, Any]:
    return {
        "secrets": [decode_secret(SECRET)],
        "message_id": ID,
        "timestamp": str(TIME),
        "signatures": SIGNATURE,
        "body": BODY,
        "now": float(TIME),
    } | changes


def sign(*, secret: str = SECRET, message_id: str = ID, timestamp: str = str(TIME), body: bytes = BODY) -> str:
    signed = message_id.encode() + b"." + timestamp.encode() + b"." + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def test_the_published_example_is_authentic() -> None:
    verify(**message())
    assert sign() == SIGNATURE


@pytest.mark.parametrize(
    "signatures",
    [
        f"v1,AAAA {SIGNATURE}",
        f"{SIGNATURE} v1,AAAA",
        f"v1a,{'A' * 86}== {SIGNATURE}",
        f"v2,x  junk , v1 v1, {SIGNATURE} ",
        " ".join(["v1,AAAA"] * 19 + [SIGNATURE]),
        f"v1,é {SIGNATURE}",
    ],
)
def test_one_signature_that_fits_is_enough(signatures: str) -> None:
    verify(**message(signatures=signatures))


@pytest.mark.parametrize(
    "signatures",
    [
        "v1,AAAA",
        "v1,",
        SIGNATURE.removeprefix("v1,"),
        SIGNATURE.replace("v1,", "v1a,"),
        SIGNATURE.replace("v1,", "V1,"),
        SIGNATURE.replace("v1,", "v1, "),
        SIGNATURE.replace(" ", "").rstrip("="),
        SIGNATURE.lower(),
        SIGNATURE + ",",
        SIGNATURE.replace("=", "=\n"),
        sign(secret=OTHER),
        " ",
        "v1,\ud800",
        "v1,é",
        " ".join([SIGNATURE] * 21),
        SIGNATURE + " " * 3_960,
        SIGNATURE + " v1," + "A" * 4_000,
    ],
)
def test_no_signature_that_fits(signatures: str) -> None:
    with pytest.raises(InvalidSignature) as raised:
        verify(**message(signatures=signatures))
    assert (raised.value.code, raised.value.status) == ("invalid_signature", 401)
    assert raised.value.problems[0].field == "webhook-signature"


@pytest.mark.parametrize(
    "changes",
    [
        {"message_id": ID + "x"},
        {"message_id": ID.lower()},
        {"timestamp": str(TIME + 1)},
        {"timestamp": f"0{TIME}"},
        {"body": BODY + b" "},
        {"body": b'{"test":2432232314}'},
        {"body": b""},
        {"secrets": []},
        {"secrets": [b""]},
        {"secrets": [decode_secret(OTHER)]},
    ],
)
def test_whatever_is_not_what_was_signed_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidSignature):
        verify(**message(**changes))


@pytest.mark.parametrize("signed_with", [SECRET, OTHER])
@pytest.mark.parametrize("order", [1, -1])
def test_the_old_and_the_new_secret_both_count_while_they_are_changed(signed_with: str, order: int) -> None:
    secrets = [decode_secret(SECRET), decode_secret(OTHER)][::order]
    verify(**message(secrets=secrets, signatures=sign(secret=signed_with)))
    verify(**message(secrets=secrets, signatures=f"{sign(secret=OTHER)} {sign(secret=SECRET)}"))


@pytest.mark.parametrize("missing", ["message_id", "timestamp", "signatures"])
def test_a_missing_header_is_named(missing: str) -> None:
    header = {"message_id": "webhook-id", "timestamp": "webhook-timestamp", "signatures": "webhook-signature"}[missing]
    with pytest.raises(MissingHeader, match=f"^The header {header} is missing.$") as raised:
        verify(**message(**{missing: ""}))
    assert [problem.field for problem in raised.value.problems] == [header]


def test_all_missing_headers_are_named_at_once() -> None:
    with pytest.raises(MissingHeader) as raised:
        check_headers(message_id="", timestamp="", signatures="", now=0.0)
    assert len(raised.value.problems) == 3


@pytest.mark.parametrize(
    "message_id", ["a.b", ".", "a b", "a\n", "\x00", "a\x7f", "é", "m\u200b", "\ud800", "x" * 201, "１"]
)
def test_ids_that_no_sender_uses_are_refused(message_id: str) -> None:
    with pytest.raises(InvalidMessageId):
        verify(**message(message_id=message_id))


@pytest.mark.parametrize("message_id", ["x" * 200, "!~,-/:;<>\"'{}", "0", "msg_1"])
def test_other_ids_are_taken(message_id: str) -> None:
    verify(**message(message_id=message_id, signatures=sign(message_id=message_id)))


@pytest.mark.parametrize(
    "timestamp",
    [
        f"{TIME}.0", f"+{TIME}", f"-{TIME}", f" {TIME}", f"{TIME}\n", "1_614_265_330", "1.614265330e9", "0x60378432",
        "１６１４２６５３３０", "nan", "inf", "2021-02-25T15:02:10Z", "1" * 13, "9" * 5_000,
    ],
)  # fmt: skip
def test_times_that_are_no_whole_seconds_are_refused(timestamp: str) -> None:
    with pytest.raises(InvalidTimestamp):
        verify(**message(timestamp=timestamp, signatures=sign(timestamp=timestamp)))


def test_the_window_is_five_minutes_both_ways() -> None:
    for now in (TIME - 300, TIME - 299.5, TIME + 299.5, TIME + 300):
        verify(**message(now=float(now)))
    with pytest.raises(TooOld):
        verify(**message(now=TIME + 300.001))
    with pytest.raises(TooNew):
        verify(**message(now=TIME - 300.001))


def test_milliseconds_are_not_taken_for_seconds() -> None:
    with pytest.raises(InvalidTimestamp):
        verify(**message(timestamp=f"{TIME}000"))
    with pytest.raises(TooNew):
        verify(**message(timestamp="9" * 12))


@pytest.mark.parametrize("size", [24, 32, 64])
def test_a_secret_is_decoded(size: int) -> None:
    key = bytes(range(size))
    assert decode_secret("whsec_" + base64.b64encode(key).decode()) == key


@pytest.mark.parametrize(
    "text",
    [
        "", "whsec_", "c2VjcmV0", SECRET.removeprefix("whsec_"), SECRET.upper(), f" {SECRET}", f"{SECRET}\n",
        "whsec_" + base64.b64encode(b"c" * 23).decode(), "whsec_" + base64.b64encode(b"c" * 65).decode(),
        SECRET + "A", SECRET[:-1], SECRET[:-1] + "é", "whsec_" + base64.urlsafe_b64encode(b"\xff" * 32).decode(),
        "whpk_" + base64.b64encode(b"c" * 32).decode(), None, 5, b"whsec_" + b"A" * 32, [SECRET],
    ],
)  # fmt: skip
def test_what_is_no_secret_is_refused_without_showing_it(text: object) -> None:
    with pytest.raises(UnusableSecret) as raised:
        decode_secret(text)
    assert str(raised.value) == (
        "WEBHOOK_SECRETS: a secret must be whsec_ and then 24 to 64 bytes in base64, as the sender shows it."
    )
    assert raised.value.__cause__ is raised.value.__context__ is None
