"""JSON that a lenient reader would let pass."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.parsing.issues import UnusableFile
from sync.parsing.strict_json import load_json, load_list


def test_numbers_stay_exact() -> None:
    value = load_json(b'\xef\xbb\xbf{"a": 0.1, "b": 1e2, "c": 12345678901234567890, "d": null}', "feed")
    assert value == {"a": Decimal("0.1"), "b": Decimal("1E+2"), "c": 12345678901234567890, "d": None}


@pytest.mark.parametrize("data", [b'[{"id": "1"}]', b'{"data": [{"id": "1"}], "next_cursor": null}'])
def test_a_list_or_an_envelope(data: bytes) -> None:
    assert load_list(data, "feed") == [{"id": "1"}]


def test_a_file_on_disk(tmp_path: Path) -> None:
    (tmp_path / "clients.json").write_text("[]")
    assert load_list(tmp_path / "clients.json", "clients.json") == []


UNUSABLE = {
    "empty": (b"", "clients.json is empty."),
    "NaN": (b'[{"a": NaN}]', "it holds NaN, which is no number"),
    "infinity": (b'[{"a": -Infinity}]', "it holds -Infinity, which is no number"),
    "key twice": (b'[{"a": 1, "b": 2, "a": 1}]', "an object has the key 'a' twice"),
    "surrogate": (b'[{"a": "\\ud800"}]', "half of a surrogate pair"),
    "surrogate in a key": (b'[{"\\udfff": 1}]', "half of a surrogate pair"),
    "deep list": (b"[" * 100_000, "nested deeper than 20 levels"),
    "deep object": (b'{"a":' * 50_000, "nested deeper than 20 levels"),
    "21 levels": (b"[" * 21 + b"]" * 21, "nested deeper than 20 levels"),
    "long integer": (b"[" + b"9" * 5000 + b"]", "a number that is far too long"),
    "long exponent": (b"[1e99999999999999999999]", "a number that is far too long"),
    "cut": (b'[{"a": 1}, {"a"', "line 1, column 16: Expecting ':' delimiter"),
    "web page": (b"<!DOCTYPE html><html>", "it is a web page; perhaps a login page was saved"),
    "utf-16": ("[]".encode("utf-16"), "it is not UTF-8 text"),
    "cp1252": (b'["Caf\xe9"]', "it is not UTF-8 text"),
    "object": (b'{"id": "1"}', "clients.json is not a list of objects."),
    "null": (b"null", "clients.json is not a list of objects."),
    "two values": (b"[][]", "line 1, column 3: Extra data"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_unusable_json(case: str) -> None:
    data, says = UNUSABLE[case]
    with pytest.raises(UnusableFile) as caught:
        load_list(data, "clients.json")
    assert says in str(caught.value)


def test_a_whole_surrogate_pair_is_text() -> None:
    assert load_json(b'["\\ud83d\\udce6"]', "feed") == ["📦"]


def test_twenty_levels_are_fine() -> None:
    assert load_json(b"[" * 20 + b"]" * 20, "feed")


@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_a_list_or_unusable(data: bytes) -> None:
    try:
        assert isinstance(load_list(data, "feed"), list)
    except UnusableFile as error:
        assert str(error).startswith("feed")
