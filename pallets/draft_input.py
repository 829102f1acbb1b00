"""What a person typed about a draft, read: whole cases by ASIN, an amount, the version that was looked at."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from common.errors import DomainError, Problem
from common.money import cents
from pallets.draft_check import Wanted

FIELD = "cases_"
CODE = re.compile(r"[0-9A-Z]{10}", re.ASCII)
CASES = re.compile(r"[0-9]{1,7}", re.ASCII)
VERSION = re.compile(r"[0-9]{1,9}", re.ASCII)
AMOUNT = re.compile(r"\$?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,20})?|\$?[0-9]{1,12}(\.[0-9]{0,20})?", re.ASCII)
MOST_LINES = 5_000


@dataclass(frozen=True)
class Typed:
    """What stands in the form besides what is stored: texts by field, what could be read of them, and what is wrong
    with the rest, each at its field.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    wanted: Wanted = field(default_factory=Wanted)
    problems: tuple[Problem, ...] = ()


def read_typed(data: Mapping[str, str], *, there: Mapping[str, int] = MappingProxyType({})) -> Typed:
    """The fields `cases_<ASIN>`, `amount`, and `add_asin` with `add_cases` of a form. `there` are the cases of the
    draft, by ASIN: what it has is not added once more. An amount that is still the page's (`amount_shown`) is left as
    it is stored.
    """
    texts = {name.removeprefix(FIELD): text for name, text in data.items() if name.startswith(FIELD)}
    problems = list(_add(data, texts, there))
    if len(texts) > MOST_LINES:
        return Typed(problems=(Problem("", f"More than {MOST_LINES:,} lines at once."),))
    cases = {}
    for code, text in texts.items():
        if problem := _problem(code, text.strip()):
            problems.append(Problem(f"{FIELD}{code}", problem))
        else:
            cases[code] = int(text)
    shown = {f"{FIELD}{code}": text for code, text in texts.items()}
    amount, wrong = _amount(data.get("amount"))
    if wrong or amount != _amount(data.get("amount_shown"))[0]:
        shown["amount"] = data.get("amount", "")
    else:
        amount = None
    return Typed(shown, Wanted(cases, amount), (*problems, *wrong))


def _add(data: Mapping[str, str], texts: dict[str, str], there: Mapping[str, int]) -> Iterator[Problem]:
    """Put what is to be added to `texts`."""
    code = data.get("add_asin", "").strip().upper()
    if not code:
        return
    asked = data.get("add_cases", "").strip() or "1"
    if not CODE.fullmatch(code):
        yield Problem("add_asin", _problem(code, asked))
    elif texts.get(code, str(there.get(code, asked))).strip() != asked:
        yield Problem("add_asin", f"{code} is in the cart already: change its cases in its row.")
    else:
        texts[code] = asked


def _problem(code: str, text: str) -> str:
    if not CODE.fullmatch(code):
        return f"“{code[:20]}” is not an ASIN: 10 letters and digits."
    if CASES.fullmatch(text):
        return ""
    if not text:
        return f"{code}: say how many cases; 0 takes it out."
    return f"{code}: “{text[:20]}” is not a whole number of cases from 0 to 9,999,999."


def _amount(text: str | None) -> tuple[Decimal | None, list[Problem]]:
    """USD; None where nothing was typed."""
    if text is None or not text.strip():
        return None, []
    cleaned = text.strip()
    if not AMOUNT.fullmatch(cleaned):
        return None, [Problem("amount", f"“{cleaned[:20]}” is not an amount of USD, such as 1,250.00.")]
    amount = Decimal(cleaned.replace("$", "").replace(",", ""))
    if amount != cents(amount):
        return None, [Problem("amount", f"The amount {amount:f} is finer than a cent.")]
    return cents(amount), []


def read_version(text: str | None) -> int | None:
    """The version of a cart that somebody looked at; None where none was sent.

    Raises DomainError for what cannot be one.
    """
    if not text:
        return None
    if not VERSION.fullmatch(text):
        raise DomainError("The version of the cart cannot be read. Open it again.")
    return int(text)
