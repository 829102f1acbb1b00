"""What Amazon's replies mean: restrictions of a listing as an ungating status, and refusals by whom they concern.

The shapes are those of the Listings Restrictions API 2021-08-01 and of Login with Amazon. A refused request comes as
`{"errors": [{"code", "message"}]}` in practice and as the bare list in the published model: both are read.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sync.adapters.waits import asked_wait
from sync.parsing.issues import UnusableFile, shorten
from sync.parsing.strict_json import load_json
from sync.parsing.ungating import REASON_LIMIT, URL_LIMIT

CONDITION = "new_new"
NO_REASON = "Amazon restricts this product and gives no reason"

# The strictest first.
_STRICTNESS = ("not_eligible", "gated", "invoice_needed", "unknown")
_AMAZON_LINK = re.compile(
    r"https://(?:[a-z0-9-]+\.)+amazon\.(?:com|ca|de|fr|it|es|nl|pl|se|ie|in|ae|sa|eg|sg|co\.uk|co\.jp|co\.za|com\.au|com\.be|com\.br"
    r"|com\.mx|com\.tr)(?:[/?#][!-~]*)?",
    re.IGNORECASE | re.ASCII,
)
_INVOICE = re.compile(r"\binvoices?\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_]{1,40}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,8192}", re.ASCII)


class Refusal(Exception):
    """A question that Amazon did not answer; `words` say what came instead, `wait` the seconds that it asks for."""

    def __init__(self, words: str, *, wait: float | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.wait = wait


class Throttled(Refusal):
    """Too many questions for this seller."""


class Unavailable(Refusal):
    """Amazon cannot be reached, or its reply is none of those that it publishes."""


class BadQuestion(Refusal):
    """This seller's question about this ASIN is refused."""


class BadSeller(Refusal):
    """Every question of this seller is refused."""


class BadApp(Refusal):
    """Our application is refused, whoever the seller is."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`status` as in `sync.parsing.ungating.STATUS_WORDS`; `approval_url` is "" where Amazon offers no way."""

    status: str
    reason: str = ""
    approval_url: str = ""


def judge(restrictions: Iterable[object], *, marketplace_id: str) -> Verdict:
    """The strictest of the `restrictions` on selling the product new in this marketplace; none of them = ungated.

    Whatever does not say that it is about another condition or marketplace counts, also without a known reason code:
    a restriction is never read as leave to sell.
    """
    found = [verdict for restriction in restrictions for verdict in _verdicts(restriction, marketplace_id)]
    if not found:
        return Verdict("ungated")
    strictest = min(found, key=lambda verdict: _STRICTNESS.index(verdict.status))
    link = next((other.approval_url for other in found if other.status == strictest.status and other.approval_url), "")
    return Verdict(strictest.status, strictest.reason, link)


def _verdicts(restriction: object, marketplace_id: str) -> list[Verdict]:
    fields: Mapping[str, Any] = restriction if isinstance(restriction, dict) else {}
    if _is_other(fields.get("conditionType"), CONDITION) or _is_other(fields.get("marketplaceId"), marketplace_id):
        return []
    reasons = fields.get("reasons")
    if not isinstance(reasons, list) or not reasons:
        return [Verdict("gated", NO_REASON)]
    return [_verdict(reason if isinstance(reason, dict) else {}) for reason in reasons]


def _is_other(value: object, ours: str) -> bool:
    return isinstance(value, str) and value != ours


def _verdict(reason: Mapping[str, Any]) -> Verdict:
    code, message = _text(reason.get("reasonCode")), _text(reason.get("message"))
    words = shorten(": ".join(filter(None, (code, message))) or NO_REASON, REASON_LIMIT)
    if code == "NOT_ELIGIBLE":
        return Verdict("not_eligible", words)
    if code == "ASIN_NOT_FOUND":
        return Verdict("unknown", words)
    links = reason.get("links")
    shown = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    told = " ".join((message, *(_text(link.get("title")) for link in shown)))
    status = "invoice_needed" if code == "APPROVAL_REQUIRED" and _INVOICE.search(told) else "gated"
    return Verdict(status, words, next(filter(None, map(_address, shown)), ""))


def _address(link: Mapping[str, Any]) -> str:
    """The link where it leads to Amazon by GET, else "": it is shown to staff, who trust it."""
    resource = _text(link.get("resource"))
    fits = link.get("verb", "GET") == "GET" and len(resource) <= URL_LIMIT and _AMAZON_LINK.fullmatch(resource)
    return resource if fits else ""


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def read_restrictions(
    status: int, headers: Mapping[str, str], body: bytes, *, secrets: Collection[str]
) -> dict[str, list[Any]]:
    """The reply to getListingsRestrictions. Raises a Refusal, whose words hold none of `secrets`."""
    answer = _json(body)
    if status == 200:
        if not isinstance(answer, dict) or not isinstance(answer.get("restrictions"), list) or answer.get("errors"):
            raise Unavailable("it answered without a list of restrictions")
        return answer
    wait = asked_wait(headers)
    code, message = _error(answer)
    words = f"{status} {code}: {message}" if code else f"status {status}"
    for secret in secrets:
        words = words.replace(secret, "…")
    words = shorten(words, 160).rstrip(".")
    if status == 429:
        raise Throttled(words, wait=wait)
    if code and status in (401, 403):
        raise BadSeller(words)
    if code and 400 <= status < 500:
        raise BadQuestion(words)
    raise Unavailable(f"it answered with {words}", wait=wait)


def read_login(status: int, headers: Mapping[str, str], body: bytes) -> tuple[str, float]:
    """The access token and the seconds that it lives, from the reply of Login with Amazon. Raises a Refusal.

    Of a refusal only its code is shown: its text may hold what was sent.
    """
    answer = _json(body)
    fields: Mapping[str, Any] = answer if isinstance(answer, dict) else {}
    if status == 200:
        token, lives = fields.get("access_token"), fields.get("expires_in", 0)
        if isinstance(token, str) and _TOKEN.fullmatch(token) and type(lives) in (int, Decimal) and 0 < lives <= 86_400:
            return token, float(lives)
        raise Unavailable("Login with Amazon answered without an access token")
    code = _text(fields.get("error"))
    words = f"{status} {code}" if _WORD.fullmatch(code) else f"status {status}"
    if status == 429:
        raise Throttled(words, wait=asked_wait(headers))
    if code == "invalid_client":
        raise BadApp(words)
    if code and status in (400, 401, 403):
        raise BadSeller(words)
    raise Unavailable(f"Login with Amazon answered with {words}", wait=asked_wait(headers))


def read_rate(headers: Mapping[str, str]) -> float | None:
    """The questions per second that Amazon allows this seller, where the reply says so."""
    text = headers.get("x-amzn-RateLimit-Limit", "").strip()
    return (float(text) or None) if _SECONDS.fullmatch(text) else None


def _json(body: bytes) -> Any:
    """The reply's JSON, or None for anything else, which no published reply is."""
    try:
        return load_json(body, "The reply")
    except UnusableFile:
        return None


def _error(answer: Any) -> tuple[str, str]:
    """Code and message of the first error that a refused request names."""
    errors = answer.get("errors") if isinstance(answer, dict) else answer
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return _text(first.get("code")), _text(first.get("message"))
