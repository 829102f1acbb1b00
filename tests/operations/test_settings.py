"""Production refuses to start with what only a developer's machine may use."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD_KEY = secrets.token_urlsafe(64)


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    """Load the production settings with these environment variables alone."""
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "settings.production", **variables}
    command = [sys.executable, "-c", "from django.conf import settings; print(settings.DEBUG)"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    "key",
    [
        None,
        "",
        "development-only-key-that-production-refuses-0123456789abcdef",
        "Zk3-short-but-random-7Qx",
        "ab" * 40,
    ],
)
def test_a_weak_key_is_refused(key: str | None) -> None:
    variables = {"ALLOWED_HOSTS": "allocation.example.com"} | ({} if key is None else {"SECRET_KEY": key})
    started = start(**variables)
    assert started.returncode == 1
    assert "SECRET_KEY must be set to a random value of at least 50 characters" in started.stderr


@pytest.mark.parametrize("hosts", [{}, {"ALLOWED_HOSTS": ""}])
def test_no_named_host_is_refused(hosts: dict[str, str]) -> None:
    started = start(SECRET_KEY=GOOD_KEY, **hosts)
    assert started.returncode == 1
    assert "ALLOWED_HOSTS must name this site's hosts" in started.stderr


def test_a_good_key_and_a_host_start_without_debug_whatever_the_environment_says() -> None:
    started = start(SECRET_KEY=GOOD_KEY, ALLOWED_HOSTS="allocation.example.com", DEBUG="true")
    assert (started.returncode, started.stdout) == (0, "False\n"), started.stderr


def test_the_system_checks_pass_before_there_are_tables(tmp_path: Path) -> None:
    """`migrate` runs them first: an admin that asks the database while it is checked stops a fresh start.

    Unfold does so for actions whose permission is written `app.codename`; write the bare word of a
    `has_<word>_permission` method instead.
    """
    variables = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "settings.test",
        "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
    }
    command = [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]
    checked = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr[-500:]
