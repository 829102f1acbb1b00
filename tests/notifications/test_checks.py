"""The check that mail leaves a real installation."""

from typing import Any

import pytest

from notifications.checks import mail_leaves_this_machine


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
