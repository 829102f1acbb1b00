"""Types of commands' arguments."""

from argparse import ArgumentTypeError
from collections.abc import Callable


def between(low: float, high: float, read: Callable[[str], float] = int) -> Callable[[str], float]:
    """An argument's type: a number from `low` to `high`, whole unless `read` is float."""

    def number(text: str) -> float:
        value = read(text)
        if not low <= value <= high:
            raise ArgumentTypeError(f"{text} is not from {low:,} to {high:,}")
        return value

    return number
