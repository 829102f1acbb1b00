"""The outside systems as the settings describe them."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from sync.adapters.http import Caller
from sync.adapters.sheets import SheetAddress, Sheets, parse_address


def panel_caller() -> Caller:
    """Raises Unreachable where PANEL_URL cannot be used."""
    return Caller(
        settings.PANEL_URL,
        settings.PANEL_TOKEN,
        name="The AutoFBA panel",
        address_setting="PANEL_URL",
        token_setting="PANEL_TOKEN",  # noqa: S106 - the name of a setting
    )


def ungating_caller() -> Caller:
    """Raises Unreachable where UNGATING_URL cannot be used."""
    return Caller(
        settings.UNGATING_URL,
        settings.UNGATING_TOKEN,
        name="The ungating software",
        address_setting="UNGATING_URL",
        token_setting="UNGATING_TOKEN",  # noqa: S106
    )


def sheets(*, writable: bool) -> tuple[Sheets, SheetAddress]:
    """Google Sheets and where the buying portal is in it. Raises Unreachable where the settings cannot be used."""
    address = parse_address(settings.PORTAL_URL, settings.PORTAL_TAB)
    return _sheets(settings.GOOGLE_SERVICE_ACCOUNT_FILE, settings.GOOGLE_SHEETS_API, writable), address


@lru_cache(maxsize=4)
def _sheets(credentials: str, api: str, writable: bool) -> Sheets:
    """Kept from one reading to the next: it holds a token that is good for an hour."""
    return Sheets(Path(credentials), api=api, writable=writable)
