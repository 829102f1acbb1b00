"""Text as keys: brand, category and client name match whatever their case, spaces or accents' encoding."""

import unicodedata


def text_key(value: str) -> str:
    """The key that `value` matches by: case folded, NFC, runs of white space as one space, stripped.

    Canonical caseless matching of the Unicode Standard (3.13, D145), so composed and decomposed accents are
    one key. The key may be longer than `value` (`ß` becomes `ss`). Pure: equal on every database.
    """
    folded = unicodedata.normalize("NFD", value).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())
