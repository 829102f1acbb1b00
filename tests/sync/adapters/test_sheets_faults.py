"""Answers that drip, swell, break off or are not Google's, and key files that are none."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sync.adapters.sheets import SheetAddress
from tests.sync.adapters.google import (
    SPREADSHEET,
    TOKEN,
    Google,
    Reply,
    cut_off,
    dripping,
    failure,
    packed,
    private_key,
    running_google,
)

ADDRESS = SheetAddress(SPREADSHEET, "ASINs")
FULL = json.dumps({"valueRanges": [{"values": [["ASIN", "Qty"], ["B000000001", 40]]}]}).encode()


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    with running_google(tmp_path) as found:
        found.tabs["ASINs"] = [["a"]]
        yield found


DRIPS = [
    ("answers", b""),
    ("answers", b"HTTP/1.1 200 OK\r\nX-Long: "),
    ("answers", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"),
    ("token_answers", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"),
]


@pytest.mark.parametrize(("place", "start"), DRIPS, ids=["status", "headers", "body", "token"])
def test_bytes_that_drip_in_end_with_the_deadline(place: str, start: bytes, google: Google) -> None:
    getattr(google, place).append(dripping(start))
    sheets = google.sheets(total_seconds=0.25)
    began = time.monotonic()
    error = failure(lambda: sheets.read(ADDRESS))
    assert 0.2 < time.monotonic() - began < 0.6
    assert str(error) == "Google did not finish its answer within 0.25 seconds."
    assert (google.token_requests, len(google.asked), google.waits) == (1, int(place == "answers"), [])
    assert sheets.read(ADDRESS) == [["a"]]


def test_nobody_listens(google: Google) -> None:
    sheets = google.sheets(api="http://127.0.0.1:9")
    assert "Google cannot be reached" in str(failure(lambda: sheets.read(ADDRESS)))
    assert len(google.waits) == 1


@pytest.mark.parametrize("answer", [Reply(body=FULL + b" " * 2000), packed(FULL + b" " * 5_000_000)], ids=["", "gzip"])
def test_too_much_is_refused_at_once(answer: Reply, google: Google) -> None:
    google.answers.append(answer)
    error = failure(lambda: google.sheets(most_bytes=1024).read(ADDRESS))
    assert str(error) == "Google sent more than 0.0 MB: the sheet is too large, remove what is not needed."
    assert len(google.asked) == 1


def test_packed_answers_are_read(google: Google) -> None:
    google.answers.append(packed(FULL))
    assert google.sheets().read(ADDRESS) == [["ASIN", "Qty"], ["B000000001", 40]]


@pytest.mark.parametrize(
    "answer",
    [
        cut_off(FULL, 40),
        Reply(raw=lambda out: out.close()),
        Reply(raw=lambda out: out.write(b"not HTTP hush\r\n\r\n")),
        Reply(body=b"\x1f\x8b hush", headers={"Content-Encoding": "gzip"}),
    ],
    ids=["cut off", "nothing", "no HTTP", "no gzip"],
)
def test_damage_on_the_way_is_asked_over_once(answer: Reply, google: Google) -> None:
    google.answers.append(answer)
    assert google.sheets().read(ADDRESS) == [["a"]]
    google.answers += [answer, answer]
    assert "broke off" in str(failure(lambda: google.sheets().read(ADDRESS)))
    assert (len(google.asked), len(google.waits)) == (4, 2)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b" <!doctype html><p>hush", "What answers is a web page, not Google Sheets: check GOOGLE_SHEETS_API"),
        (FULL[:-20], "Google's answer is not usable JSON: line 1"),
        (b"", "Google's answer is empty."),
        (b'{"valueRanges": [{"values": [[NaN]]}]}', "it holds NaN, which is no number"),
        (b"[]", "What answers is not Google Sheets"),
        (b'{"valueRanges": []}', "What answers is not Google Sheets"),
        (b'{"valueRanges": [{"values": {"hush": 1}}]}', "What answers is not Google Sheets"),
        (b'{"valueRanges": [{"values": ["hush"]}]}', "What answers is not Google Sheets"),
        (b'{"error": "hush"}', "What answers is not Google Sheets"),
    ],
)
def test_answers_that_are_not_a_sheet(body: bytes, says: str, google: Google) -> None:
    google.answers.append(Reply(body=body))
    assert says in str(failure(lambda: google.sheets().read(ADDRESS)))
    assert len(google.asked) == 1


@pytest.mark.parametrize(("place", "who"), [("answers", "Google Sheets"), ("token_answers", "Google's sign-in")])
def test_redirects_are_not_followed(place: str, who: str, google: Google) -> None:
    getattr(google, place).append(Reply(302, b"hush" * 100_000, {"Location": f"{google.url}/elsewhere"}))
    error = failure(lambda: google.sheets().read(ADDRESS))
    assert str(error).startswith(f"{who} answers with a redirect, which is not followed")
    assert (google.token_requests, len(google.asked)) == (1, int(place == "answers"))


def test_proxies_of_the_environment_are_not_used(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert google.sheets().read(ADDRESS) == [["a"]]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"error": "invalid_grant", "error_description": "Invalid JWT Signature. hush"}, "Download a new JSON key"),
        ({"error": "invalid_grant", "error_description": "Invalid grant: account not found"}, "does not know the"),
        (
            {"error": "invalid_grant", "error_description": "Invalid JWT: Token must be a short-lived token (60"},
            "because the time it was told is wrong: set this machine's clock.",
        ),
        ("hush", "Google refuses the service account"),
    ],
)
def test_accounts_that_google_refuses(body: Any, says: str, google: Google) -> None:
    google.token_answers.append(Reply(400, body))
    sheets = google.sheets(google.key_file(client_email="former@warehouse.example"))
    error = failure(lambda: sheets.read(ADDRESS))
    assert says in str(error) and "former@warehouse.example" in str(error)
    google.key_file()
    assert sheets.read(ADDRESS) == [["a"]]
    assert (google.token_requests, len(google.asked)) == (2, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>hush",
        [],
        {"access_token": TOKEN},
        {"access_token": f"{TOKEN}\r\nX: hush", "expires_in": 3599},
        {"access_token": TOKEN, "expires_in": 10**30},
        {"access_token": TOKEN, "expires_in": "hush"},
    ],
)
def test_answers_that_are_no_token(body: Any, google: Google) -> None:
    google.token_answers.append(Reply(200, body))
    assert "gave no token: a proxy or login page" in str(failure(lambda: google.sheets().read(ADDRESS)))
    assert google.asked == []


def test_a_sign_in_out_of_order_is_asked_over_once(google: Google) -> None:
    google.token_answers += [Reply(503, b"hush"), Reply(500, b"hush")]
    error = failure(lambda: google.sheets().read(ADDRESS))
    assert str(error).startswith("Google's sign-in has a fault of its own (status 500)")
    assert (google.token_requests, len(google.waits), google.asked) == (2, 1, [])


def other_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"type": "authorized_user"}, "is not the key of a service account: its type is 'authorized_user'."),
        ({"type": None}, "is not the key of a service account: it has no type."),
        ({"private_key": None, "client_email": ""}, "GOOGLE_SERVICE_ACCOUNT_FILE lacks client_email and private_key."),
        ({"private_key": ["hush"]}, "lacks private_key."),
        (
            {"private_key": private_key()[:900] + "hush"},
            "private_key in the file of GOOGLE_SERVICE_ACCOUNT_FILE is dam",
        ),
        ({"private_key": other_key()}, "is damaged or not an RSA key."),
        ({"token_uri": "http://example.com/token"}, "token_uri in the file of GOOGLE_SERVICE_ACCOUNT_FILE has to be"),
        ({"token_uri": "file:///etc/passwd"}, "token_uri in the file of GOOGLE_SERVICE_ACCOUNT_FILE has to be"),
    ],
)
def test_key_files_that_are_none(changed: dict[str, Any], says: str, google: Google) -> None:
    sheets = google.sheets(google.key_file(**changed))
    assert says in str(failure(lambda: sheets.read(ADDRESS)))
    assert (google.token_requests, google.asked) == (0, [])
    google.key_file()
    assert sheets.read(ADDRESS) == [["a"]]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"", "is empty."),
        (b"hush", "is not usable JSON: line 1, column 1"),
        (b"[]", "is not the key of a service account: it has no type."),
    ],
)
def test_files_that_are_no_keys(content: bytes | None, says: str, google: Google) -> None:
    file = google.folder / "other.json"
    if content is not None:
        file.write_bytes(content)
    error = failure(lambda: google.sheets(file).read(ADDRESS))
    assert says in str(error)
    assert "GOOGLE_SERVICE_ACCOUNT_FILE" in str(error) and "Download a new JSON key" in str(error)


def test_a_key_file_that_is_not_set(google: Google) -> None:
    error = failure(lambda: google.sheets(Path("")).read(ADDRESS))
    assert (
        str(error) == "GOOGLE_SERVICE_ACCOUNT_FILE is not set: it has to name the JSON key file of a service account."
    )


@pytest.mark.parametrize(
    "api",
    [
        "",
        "sheets.googleapis.com",
        "http://sheets.googleapis.com",
        "http://127.0.0.1.evil.example",
        "https://user:hush@sheets.googleapis.com",
        "https://sheets.googleapis.com/?key=hush",
        "https://sheets.googleapis.com:99999",
        "https://[",
        "https://sheets.googleapis.com/ x",
    ],
)
def test_other_addresses_of_the_interface(api: str, google: Google) -> None:
    assert str(failure(lambda: google.sheets(api=api))).startswith("GOOGLE_SHEETS_API ")
