"""The key that brands, categories and client names match by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.text import text_key


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("Torlum Labs", "torlum labs"),
        ("  TORLUM \u00a0  labs\t", "torlum labs"),
        ("Café", "café"),
        ("Cafe\u0301", "café"),
        ("CAFE\u0301", "café"),
        ("Straße", "strasse"),
        ("İzmir", "i\u0307zmir"),
        ("line\nbreak", "line break"),
        ("", ""),
        (" \u00a0 ", ""),
    ],
)
def test_key_of(value: str, key: str) -> None:
    assert text_key(value) == key


def test_different_accents_stay_different() -> None:
    assert text_key("Café") != text_key("Cafe")


@given(st.text())
def test_the_key_of_a_key_is_itself(value: str) -> None:
    assert text_key(text_key(value)) == text_key(value)
