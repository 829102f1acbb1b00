"""System checks of what the outside systems need in the settings. No message shows the value of a secret.

Every process imports this at its start: it needs neither models nor services.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from common.errors import Problem
from sync.adapters.amazon_sellers import parse_sellers
from sync.adapters.http import Caller
from sync.adapters.reading import Unreachable
from sync.adapters.signatures import SENDERS, SETTING, UnusableSecret, decode_secret

SYNC = "sync"
WEB = ("https:", "http:")
FORM = '{"panel": ["whsec_…"], "ungating": ["whsec_…"]}'


@register(SYNC, Tags.security)
def webhook_secrets_are_usable(**_: Any) -> list[CheckMessage]:
    """WEBHOOK_SECRETS: known sources, each with a list of usable secrets."""
    configured = settings.WEBHOOK_SECRETS
    if not isinstance(configured, dict):
        return [Error(f"{SETTING} is not a JSON object.", hint=f"Write it as {FORM}.", id="sync.E001")]
    return [error for source, secrets in configured.items() for error in _faulty_secrets(source, secrets)]


def _faulty_secrets(source: str, secrets: object) -> Iterator[CheckMessage]:
    if source not in SENDERS:
        # The name is not shown: a secret may stand in its place.
        yield Error(
            f"{SETTING} has a key that is no source with webhooks.",
            hint=f"Use the keys {' and '.join(SENDERS)}: {FORM}.",
            id="sync.E002",
        )
    elif not isinstance(secrets, list) or not secrets:
        yield Error(
            f"{SETTING}: {source} has no list of secrets.",
            hint=f"Write it as {FORM}, or leave {source} out where it sends no webhooks.",
            id="sync.E003",
        )
    else:
        yield from filter(None, (_faulty_secret(source, number, text) for number, text in enumerate(secrets, 1)))


def _faulty_secret(source: str, number: int, text: object) -> CheckMessage | None:
    try:
        decode_secret(text)
    except UnusableSecret as error:
        return Error(f"{SETTING}: secret {number} of {source} cannot be used.", hint=str(error), id="sync.E004")
    return None


@register(SYNC, Tags.security)
def addresses_have_their_tokens(**_: Any) -> list[CheckMessage]:
    """PANEL_URL and UNGATING_URL: a folder, or an address on the web together with the token for it."""
    found = _faulty_caller("PANEL_URL", "PANEL_TOKEN")
    return found if _asks_amazon() else found + _faulty_caller("UNGATING_URL", "UNGATING_TOKEN")


def _faulty_caller(setting: str, token_setting: str) -> list[CheckMessage]:
    address = getattr(settings, setting).strip()
    if not address.lower().startswith(WEB):
        return _faulty_file(setting, address, "the folder")
    try:
        Caller(
            address,
            getattr(settings, token_setting),
            name=setting,
            address_setting=setting,
            token_setting=token_setting,
        ).close()
    except Unreachable as error:
        return _errors(error.problems, "sync.E006")
    return []


@register(SYNC, Tags.security)
def sheet_has_its_service_account(**_: Any) -> list[CheckMessage]:
    """PORTAL_URL: a file, or a Google sheet together with the key file of the service account that reads it."""
    address = settings.PORTAL_URL.strip()
    if not address.lower().startswith(WEB):
        return _faulty_file("PORTAL_URL", address, "the file")
    key_file = settings.GOOGLE_SERVICE_ACCOUNT_FILE
    if key_file and os.path.isfile(key_file) and os.access(key_file, os.R_OK):
        return []
    words = "names no file that can be read" if key_file else "is not set"
    return [
        Error(
            f"PORTAL_URL is a Google sheet and GOOGLE_SERVICE_ACCOUNT_FILE {words}.",
            hint="Set it to the path of the JSON key of a service account with which the sheet is shared.",
            id="sync.E007",
        )
    ]


@register(SYNC, Tags.security)
def amazon_can_be_asked(**_: Any) -> list[CheckMessage]:
    """UNGATING_ADAPTER=amazon: sellers to ask for, and the application that asks."""
    if not _asks_amazon():
        return []
    found: list[CheckMessage] = []
    try:
        if not parse_sellers(settings.AMAZON_SELLERS):
            found += _errors(
                [Problem("", "UNGATING_ADAPTER is amazon and AMAZON_SELLERS names no seller: add one per store.")],
                "sync.E008",
            )
    except Unreachable as error:
        found += _errors(error.problems, "sync.E008")
    missing = [name for name in ("LWA_APP_ID", "LWA_CLIENT_SECRET") if not getattr(settings, name).strip()]
    return found + _errors(
        [
            Problem(name, f"UNGATING_ADAPTER is amazon and {name} is not set: copy it from the application at Amazon.")
            for name in missing
        ],
        "sync.E009",
    )


def _asks_amazon() -> bool:
    return bool(settings.UNGATING_ADAPTER == "amazon")


def _faulty_file(setting: str, address: str, what: str) -> list[CheckMessage]:
    scheme, _, path = address.partition(":")
    if not address or (scheme.lower() == "file" and path):
        return []
    return [
        Error(
            f"{setting} is not an address that can be read.",
            hint=f"Set it to https://… or file:<path of {what}>, or leave it empty.",
            id="sync.E005",
        )
    ]


def _errors(problems: Iterable[Problem], id: str) -> list[CheckMessage]:
    return [Error(problem.message, id=id) for problem in problems]
