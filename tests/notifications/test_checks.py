"""The checks that mail leaves a real installation, and that it can be written at all."""

from typing import Any

import pytest

from notifications.checks import mail_leaves_this_machine, shared_address_is_one


@pytest.mark.parametrize("name", ["console", "dummy", "filebased", "locmem"])
def test_a_backend_that_sends_nothing_is_told(settings: Any, name: str) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{name}.EmailBackend"
    (warning,) = mail_leaves_this_machine()
    assert warning.id == "notifications.W001"
    assert "allocation@profitzon.net goes to" in warning.msg


@pytest.mark.parametrize("backend", ["notifications.smtp.SmtpBackend", "anymail.backends.mailgun.EmailBackend"])
def test_a_mail_server_or_a_provider_is_well(settings: Any, backend: str) -> None:
    settings.EMAIL_BACKEND = backend
    assert mail_leaves_this_machine() == []


def test_nothing_is_told_where_nobody_shall_get_mail(settings: Any) -> None:
    settings.ALLOCATION_EMAIL = ""
    assert mail_leaves_this_machine() == []


@pytest.mark.parametrize(
    "address",
    ["a@example.com, b@example.com", "a@example.com,b@example.com", "a@example.com; b@example.com", "allocation", "@",
     "a b@example.com", f"{'a' * 250}@example.com", "<>", " "],
)  # fmt: skip
def test_the_shared_address_is_one_that_can_be_stored_and_sent_to(settings: Any, address: str) -> None:
    settings.ALLOCATION_EMAIL = address
    (error,) = shared_address_is_one()
    assert (error.id, error.is_serious()) == ("notifications.E001", True)
    assert f"must be one e-mail address of at most 254 characters, or nothing: {address[:100]!r}." in error.msg


@pytest.mark.parametrize("address", ["", "allocation@profitzon.net", "Team <team@example.com>", "root@localhost"])
def test_one_address_or_none_is_well(settings: Any, address: str) -> None:
    settings.ALLOCATION_EMAIL = address
    assert shared_address_is_one() == []
