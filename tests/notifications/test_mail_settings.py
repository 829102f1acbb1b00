"""How mail leaves, as the environment says it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection

from settings.environment import ROOT, anymail, mail, site_url, within

SMTP = "notifications.smtp.SmtpBackend"
NAMES = ("EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL", "EMAIL_HOST_PASSWORD")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:2525", (SMTP, "127.0.0.1", 2525, None, None, None)),
        ("smtp://mail.example.com", (SMTP, "mail.example.com", 25, None, None, None)),
        ("smtp+tls://u:p%40ss@mail.example.com", (SMTP, "mail.example.com", 587, True, None, "p@ss")),
        ("smtp+ssl://u:p@mail.example.com", (SMTP, "mail.example.com", 465, False, True, "p")),
        ("smtps://u:p@mail.example.com:465", (SMTP, "mail.example.com", 465, False, True, "p")),
    ],
)
def test_an_address_names_the_server(url: str, expected: tuple[Any, ...]) -> None:
    config = mail(url, backend="")
    assert tuple(config.get(name) for name in NAMES) == expected


@pytest.mark.parametrize(
    ("url", "folder"),
    [("filemail://var/mail", ROOT / "var" / "mail"), ("filemail:///tmp/my%20mail", Path("/tmp/my mail"))],
)
def test_a_folder_may_take_the_mail(url: str, folder: Path) -> None:
    assert mail(url, backend="")["EMAIL_FILE_PATH"] == str(folder)


def test_a_provider_wins_over_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = "anymail.backends.mailgun.EmailBackend"
    assert mail("consolemail://", backend=backend)["EMAIL_BACKEND"] == backend
    monkeypatch.setenv("ANYMAIL_MAILGUN_API_KEY", "key-1")
    monkeypatch.setenv("ANYMAIL_MAILGUN_SENDER_DOMAIN", "mail.example.com")
    assert anymail(timeout=20) == {
        "REQUESTS_TIMEOUT": 20,
        "MAILGUN_API_KEY": "key-1",
        "MAILGUN_SENDER_DOMAIN": "mail.example.com",
    }


def test_the_file_backend_writes_files(tmp_path: Path) -> None:
    config = mail(f"filemail://{tmp_path}", backend="")
    connection = get_connection(config["EMAIL_BACKEND"], file_path=config["EMAIL_FILE_PATH"])
    EmailMessage("Subject", "text", "a@example.com", ["b@example.com"], connection=connection).send()
    assert ["Subject: Subject" in path.read_text() for path in tmp_path.iterdir()] == [True]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://allocation.example.com/", "https://allocation.example.com"),
        ("http://10.0.0.1:81", "http://10.0.0.1:81"),
    ],
)
def test_the_address_of_the_site(given: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", given)
    assert site_url() == url


@pytest.mark.parametrize("given", ["allocation.example.com", "ftp://a", "https://a/b", "https://u:p@a", "https://a?b"])
def test_an_address_of_the_site_with_more_or_less_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", given)
    with pytest.raises(ImproperlyConfigured, match="SITE_URL must look like"):
        site_url()


def test_numbers_are_within_their_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_TIMEOUT", "61")
    with pytest.raises(ImproperlyConfigured, match="EMAIL_TIMEOUT must be a whole number from 1 to 60, not 61"):
        within("EMAIL_TIMEOUT", 20, low=1, high=60)
    monkeypatch.delenv("EMAIL_TIMEOUT")
    assert within("EMAIL_TIMEOUT", 20, low=1, high=60) == 20


def test_a_wrong_scheme_stops_the_start_without_showing_the_password() -> None:
    environment = {"PATH": os.environ["PATH"], "EMAIL_URL": "carrierpigeon://user:secret-4711@roof"}
    command = [sys.executable, "-c", "import settings.base"]
    started = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert started.returncode == 1
    assert "secret-4711" not in started.stderr
    assert "carrierpigeon" in started.stderr
