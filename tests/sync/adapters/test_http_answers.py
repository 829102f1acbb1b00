"""The bytes of an answer: slow, cut off, packed, endless, on a connection that nobody vouches for."""

import gzip
import json
import ssl
import threading
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sync.adapters.http import Reply
from sync.adapters.reading import Unreachable
from tests.sync.adapters.upstream import HEAD, OK, Answer, ask, bytes_of, in_turn, make_caller, refusal, upstream


def test_silence_ends_with_the_timeout() -> None:
    release = threading.Event()

    def silent(request: Any) -> Answer:
        release.wait(5)
        return Answer(raw=lambda out: None)

    with upstream(silent) as running, make_caller(running.url, timeout=(1, 0.05)) as caller:
        with pytest.raises(Unreachable, match="did not answer in time"):
            caller.get("/v1/clients", {})
        assert len(running.requests) == 2
        release.set()


@pytest.mark.parametrize(
    "start", [b"", HEAD + b"Content-Length: 999\r\n\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"]
)
def test_an_answer_that_drips_ends_with_the_time_for_the_whole(start: bytes) -> None:
    """Status line, body and sizes of chunks: each byte comes before its own timeout, but the whole takes too long."""
    drip = HEAD if not start else b"1\r\na\r\n" * 9
    answer = bytes_of(start, *(bytes([byte]) for byte in drip), pause=lambda: time.sleep(0.02))
    began = time.monotonic()
    error, tries = refusal(lambda request: answer, timeout=(1, 1), total_seconds=0.25)
    assert "did not answer in time" in str(error)
    assert tries == 1
    assert 0.2 <= time.monotonic() - began < 0.6


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD + b"Content-Length: 20\r\n\r\n", b'{"data": []}'],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b'c\r\n{"data": []}\r\n'],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b'1f\r\n{"data": []}'],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b'c\r\n{"data": []}\r\nzz\r\n'],
        [HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b'{"data": []}', mtime=0)[:-9]],
        [HEAD + b"Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"],
        [HEAD + b"Content-Encoding: gzip\r\n\r\n", b'{"data": []}'],
        [b"SSH-2.0-OpenSSH_9.6 secret-banner\r\n"],
        [b"HTTP/1.1 two hundred\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 200, b"\r\n"],
        [b"HTTP/1.1 200 OK\r\nX: ", b"y" * 70_000, b"\r\n\r\n"],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"-5\r\n{}\r\n"],
    ],
    ids=lambda pieces: repr(pieces[-1][:20]),
)
def test_half_answers_are_asked_again_and_never_taken(pieces: list[bytes]) -> None:
    error, tries = refusal(lambda request: bytes_of(*pieces))
    assert tries == 2
    assert str(error).startswith(("The AutoFBA panel broke off its answer", "The AutoFBA panel sent only a part"))
    assert "banner" not in str(error)
    assert error.__suppress_context__


def test_a_chunked_answer_and_one_that_ends_with_its_connection_are_whole() -> None:
    chunked = bytes_of(HEAD + b'Transfer-Encoding: chunked\r\n\r\n7\r\n{"data"\r\n5;x=1\r\n: []}\r\n0\r\nT: 1\r\n\r\n')
    assert ask(in_turn(chunked)) == (Reply(b'{"data": []}', ""), 1)
    assert ask(in_turn(bytes_of(HEAD + b'\r\n{"data": []}'))) == (Reply(b'{"data": []}', ""), 1)


def zipped(body: bytes, encoding: str = "gzip") -> Answer:
    return Answer(body=body, headers={"Content-Encoding": encoding})


def test_packed_answers_are_unpacked() -> None:
    body = json.dumps(list(range(50_000))).encode()
    assert ask(in_turn(zipped(gzip.compress(body)))) == (Reply(body, ""), 1)
    in_members = gzip.compress(body[:9]) + gzip.compress(b"") + gzip.compress(body[9:])
    assert ask(in_turn(zipped(in_members, "X-GZIP"))) == (Reply(body, ""), 1)


def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    error, tries = refusal(in_turn(zipped(b"\x0b\x02\x80{}\x03", "br")))
    assert ("in a way that we did not ask for" in str(error), tries) == (True, 1)


@pytest.mark.parametrize(
    "answer",
    [
        zipped(gzip.compress(b"0" * 50_000_000, 1)),
        Answer(body=b"0" * 100_001),
        bytes_of(HEAD + b"\r\n", b"0" * 3_000_000),
        bytes_of(HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b"0" * 3_000_000),
        bytes_of(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"T: x\r\n" * 500_000),
        bytes_of(b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000),
    ],
    ids=["bomb", "declared", "endless", "chunk of -1", "trailers", "interim"],
)
def test_too_much_is_cut_off(answer: Answer) -> None:
    error, tries = refusal(lambda request: answer, most_bytes=100_000)
    assert "sent more than 100,000 bytes in one answer" in str(error)
    assert tries == 1


def test_a_bomb_is_not_even_unpacked() -> None:
    bomb = zipped(gzip.compress(b"0" * 50_000_000))
    tracemalloc.start()
    refusal(in_turn(bomb), most_bytes=100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_just_enough_is_taken() -> None:
    body = b"[" + b" " * 99_998 + b"]"
    for answer in (Answer(body=body), zipped(gzip.compress(body))):
        assert ask(in_turn(answer), most_bytes=100_000) == (Reply(body, ""), 1)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"Please log in", headers={"Content-Type": "text/HTML; charset=utf-8"}),
        Answer(body=b"\xef\xbb\xbf \r\n<!doctype html>", headers={"Content-Type": "application/json"}),
        zipped(gzip.compress(b"<html>")),
    ],
)
def test_a_web_page_is_no_answer(answer: Answer) -> None:
    error, tries = refusal(in_turn(answer))
    assert "answered with a web page; perhaps a login page" in str(error)
    assert tries == 1


def certificate(folder: Path) -> Path:
    """A certificate of our own for 127.0.0.1, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "own.pem"
    file.write_bytes(private + built.public_bytes(pem))
    return file


def test_certificates_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    with upstream(in_turn(OK, OK, OK), tls) as running:
        with make_caller(running.url) as caller, pytest.raises(Unreachable, match="a certificate that we do not trust"):
            caller.get("/v1/clients", {})
        assert running.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        with make_caller(running.url) as caller:
            assert [caller.get("/v1/clients", {}) for _ in range(3)] == [Reply(OK.body, '"v1"')] * 3
        assert running.connections == 1


def test_a_plain_server_at_a_secure_address() -> None:
    with upstream(in_turn()) as running:
        caller = make_caller(running.url.replace("http:", "https:"))
        with pytest.raises(Unreachable, match="no secure connection"):
            caller.get("/v1/clients", {})
