"""Any text shows or is replaced, and none is wider than its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pallets.documents.lettering import BOLD, NO_GLYPH, PLAIN, clean, cut, fit, runs, width_of, wrap

HAN, HANGUL = "NotoSansSC-SemiBold", "NotoSansKR-SemiBold"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Acme", [(PLAIN, "Acme")]),
        ("Größe Ж Ελλάδα", [(PLAIN, "Größe Ж Ελλάδα")]),
        ("A 北京市", [(PLAIN, "A "), (HAN, "北京市")]),
        ("東京おもちゃ", [(HAN, "東京おもちゃ")]),
        ("서울", [(HANGUL, "서울")]),
        ("🎉!", [(PLAIN, f"{NO_GLYPH}!")]),
        ("\ud800", [(PLAIN, NO_GLYPH)]),
        ("", []),
    ],
)
def test_each_character_in_a_font_that_has_it(text: str, shown: list[tuple[str, str]]) -> None:
    assert runs(text, PLAIN) == shown


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  two \t\r\n words ", "two words"),
        ("e\u0301", "é"),
        ("a\u200db\u202ec\ufe0f", "abc"),
        ("a\x00b", "a b"),
        ("อี้", "อี้"),
    ],
)
def test_one_line_without_what_is_invisible(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_long_name_is_cut_and_a_short_one_is_not() -> None:
    assert cut("Acme Toys", 10, width_of("Acme Toys", 10)) == "Acme Toys"
    assert cut("Acme Toys", 10, width_of("Acme To…", 10)) == "Acme To…"
    assert cut("Acme Toys", 10, 0) == "…"


def test_lines_break_between_words_and_the_last_is_cut() -> None:
    width = width_of("one two", 10)
    assert wrap("one two six ten and more", 10, width, 2) == ["one two", cut("six ten and more", 10, width)]
    assert wrap("one two", 10, width, 2) == ["one two"]
    assert wrap("", 10, width, 2) == [""]
    assert wrap("W" * 99, 10, width, 2) == [cut("W" * 99, 10, width)]


def test_the_largest_size_that_fits() -> None:
    width = width_of("FBA15DXK3R9Q", 13, BOLD)
    assert fit("FBA15DXK3R9Q", (15, 13, 11), width, BOLD) == 13
    assert fit("FBA15DXK3R9Q", (15, 14), width, BOLD) == 14


@given(st.text(max_size=60), st.integers(min_value=20, max_value=200), st.integers(min_value=1, max_value=3))
def test_no_text_is_wider_than_its_place(text: str, width: int, most: int) -> None:
    lines = wrap(text, 9, width, most)
    assert 1 <= len(lines) <= most
    assert max(width_of(line, 9) for line in lines) <= width
