"""The system checks of the outside systems' settings: what to do is said, and never a secret."""

import base64
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.checks import Error, run_checks

GOOD = "whsec_" + base64.b64encode(b"g" * 32).decode()
SECRET = "a-secret-in-the-wrong-place"
SELLER = {"sellerId": "A2EXAMPLE12345", "refreshToken": "Atzr|token", "marketplace": "US"}
HINT = '{"panel": ["whsec_…"], "ungating": ["whsec_…"]}'


def found(settings: LazySettings, **values: Any) -> list[tuple[str | None, str]]:
    for name, value in values.items():
        setattr(settings, name, value)
    errors = run_checks(tags=["sync"])
    assert all(isinstance(error, Error) for error in errors)
    assert not any(SECRET in str(error) or "Atzr|token" in str(error) for error in errors)
    return [(error.id, error.msg) for error in errors]


def test_what_is_not_set_is_no_error(settings: LazySettings) -> None:
    assert found(settings) == []


def test_they_are_among_the_checks_of_security_too(settings: LazySettings) -> None:
    settings.WEBHOOK_SECRETS = []
    assert "sync.E001" in [error.id for error in run_checks(tags=["security"])]


@pytest.mark.parametrize("secrets", [{}, {"panel": [GOOD]}, {"panel": [GOOD, GOOD], "ungating": [GOOD]}])
def test_usable_webhook_secrets(settings: LazySettings, secrets: dict[str, list[str]]) -> None:
    assert found(settings, WEBHOOK_SECRETS=secrets) == []


@pytest.mark.parametrize(
    ("secrets", "errors"),
    [
        ([GOOD], [("sync.E001", "WEBHOOK_SECRETS is not a JSON object.")]),
        (SECRET, [("sync.E001", "WEBHOOK_SECRETS is not a JSON object.")]),
        (None, [("sync.E001", "WEBHOOK_SECRETS is not a JSON object.")]),
        ({"portal": [GOOD]}, [("sync.E002", "WEBHOOK_SECRETS has a key that is no source with webhooks.")]),
        ({SECRET: "panel"}, [("sync.E002", "WEBHOOK_SECRETS has a key that is no source with webhooks.")]),
        ({"panel": SECRET}, [("sync.E003", "WEBHOOK_SECRETS: panel has no list of secrets.")]),
        ({"panel": []}, [("sync.E003", "WEBHOOK_SECRETS: panel has no list of secrets.")]),
        ({"ungating": {"1": GOOD}}, [("sync.E003", "WEBHOOK_SECRETS: ungating has no list of secrets.")]),
        (
            {"panel": [GOOD, SECRET, None], "ungating": [f"whsec_{SECRET}"]},
            [
                ("sync.E004", "WEBHOOK_SECRETS: secret 2 of panel cannot be used."),
                ("sync.E004", "WEBHOOK_SECRETS: secret 3 of panel cannot be used."),
                ("sync.E004", "WEBHOOK_SECRETS: secret 1 of ungating cannot be used."),
            ],
        ),
    ],
)
def test_unusable_webhook_secrets(settings: LazySettings, secrets: Any, errors: list[tuple[str, str]]) -> None:
    assert found(settings, WEBHOOK_SECRETS=secrets) == errors


def test_hints_show_how_it_is_written(settings: LazySettings) -> None:
    settings.WEBHOOK_SECRETS = {"panels": [], "panel": []}
    hints = [error.hint for error in run_checks(tags=["sync"])]
    assert hints == [
        f"Use the keys panel and ungating: {HINT}.",
        f"Write it as {HINT}, or leave panel out where it sends no webhooks.",
    ]


@pytest.mark.parametrize("source", ["PANEL", "UNGATING"])
@pytest.mark.parametrize(
    ("address", "token", "errors"),
    [
        ("https://outside.example.com/base", SECRET, []),
        ("http://127.0.0.1:8001", SECRET, []),
        ("file:var/outside", "", []),
        ("", SECRET, []),
        ("https://outside.example.com", "", ["_TOKEN is not set: put the token in there that we are to show."]),
        ("https://outside.example.com", f"{SECRET}\n{SECRET}", ["_TOKEN holds characters that no token has"]),
        ("http://outside.example.com", SECRET, ["_URL must begin with https://"]),
        (f"https://user:{SECRET}@outside.example.com", SECRET, ["_URL holds more than an address"]),
        ("outside.example.com", SECRET, ["_URL is not an address that can be read."]),
        ("ftp://outside.example.com", SECRET, ["_URL is not an address that can be read."]),
        ("file:", "", ["_URL is not an address that can be read."]),
    ],
)
def test_an_address_on_the_web_needs_its_token(
    settings: LazySettings, source: str, address: str, token: str, errors: list[str]
) -> None:
    messages = [message for _, message in found(settings, **{f"{source}_URL": address, f"{source}_TOKEN": token})]
    assert [message.startswith(f"{source}{error}") for message, error in zip(messages, errors, strict=True)] == [
        True
    ] * len(errors)


def test_amazon_in_place_of_the_ungating_software_needs_no_token_of_it(settings: LazySettings) -> None:
    errors = found(
        settings,
        UNGATING_ADAPTER="amazon",
        UNGATING_URL="https://ungating.example.com",
        UNGATING_TOKEN="",
        AMAZON_SELLERS={"1": SELLER},
        LWA_APP_ID="amzn1.application",
        LWA_CLIENT_SECRET=SECRET,
    )
    assert errors == []


def test_amazon_needs_sellers_and_an_application(settings: LazySettings) -> None:
    told = "is not set: copy it from the application at Amazon."
    errors = found(settings, UNGATING_ADAPTER="amazon", AMAZON_SELLERS={}, LWA_APP_ID="", LWA_CLIENT_SECRET=" ")
    assert errors == [
        ("sync.E008", "UNGATING_ADAPTER is amazon and AMAZON_SELLERS names no seller: add one per store."),
        ("sync.E009", f"UNGATING_ADAPTER is amazon and LWA_APP_ID {told}"),
        ("sync.E009", f"UNGATING_ADAPTER is amazon and LWA_CLIENT_SECRET {told}"),
    ]
    settings.UNGATING_ADAPTER = "software"
    assert found(settings) == []


def test_every_fault_of_the_sellers_is_told(settings: LazySettings) -> None:
    errors = found(
        settings,
        UNGATING_ADAPTER="amazon",
        AMAZON_SELLERS={"1": SELLER | {"refreshToken": SECRET}, "2": SELLER | {"marketplace": "XX"}},
        LWA_APP_ID="amzn1.application",
        LWA_CLIENT_SECRET=SECRET,
    )
    assert [(code, message.partition(":")[0]) for code, message in errors] == [
        ("sync.E008", "AMAZON_SELLERS, store 1"),
        ("sync.E008", "AMAZON_SELLERS, store 2"),
    ]


def test_a_google_sheet_needs_the_key_file_of_a_service_account(settings: LazySettings, tmp_path: Path) -> None:
    sheet = "https://docs.google.com/spreadsheets/d/abc"
    begin = "PORTAL_URL is a Google sheet and GOOGLE_SERVICE_ACCOUNT_FILE"
    key = tmp_path / "key.json"
    assert found(settings, PORTAL_URL=sheet, GOOGLE_SERVICE_ACCOUNT_FILE="") == [("sync.E007", f"{begin} is not set.")]
    unreadable = [("sync.E007", f"{begin} names no file that can be read.")]
    assert found(settings, GOOGLE_SERVICE_ACCOUNT_FILE=str(key)) == unreadable
    assert found(settings, GOOGLE_SERVICE_ACCOUNT_FILE=str(tmp_path)) == unreadable
    key.write_text("{}")
    assert found(settings, GOOGLE_SERVICE_ACCOUNT_FILE=str(key)) == []


@pytest.mark.parametrize(("address", "errors"), [("file:var/sheet.csv", []), ("", []), ("sheet.csv", ["sync.E005"])])
def test_a_sheet_in_a_file_needs_nothing_more(settings: LazySettings, address: str, errors: list[str]) -> None:
    assert [code for code, _ in found(settings, PORTAL_URL=address)] == errors
