"""The form of an ASIN."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

STANDARD = re.compile(r"B[0-9A-Z]{9}", re.ASCII)
ISBN10 = re.compile(r"[0-9]{9}[0-9X]", re.ASCII)


def is_asin(code: str) -> bool:
    """`B` and nine upper-case letters or digits, or an ISBN-10 whose check digit is right."""
    if STANDARD.fullmatch(code):
        return True
    if not ISBN10.fullmatch(code):
        return False
    digits = [10 if character == "X" else int(character) for character in code]
    return sum(weight * digit for weight, digit in zip(range(10, 0, -1), digits, strict=True)) % 11 == 0


def validate_asin(code: str) -> None:
    if not is_asin(code.strip().upper()):
        raise ValidationError(
            _("“%(code)s” is not an ASIN: B and nine letters or digits, or an ISBN-10."), params={"code": code}
        )
