"""How settings are read from the environment: one reader, and the options that each database needs."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"

env = environ.Env()

SQLITE_OPTIONS: dict[str, Any] = {
    # IMMEDIATE takes the write lock at BEGIN: DEFERRED fails at once with "database is locked"
    # when a transaction reads and then writes, whatever the timeout.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}
MYSQL_OPTIONS: dict[str, Any] = {
    "charset": "utf8mb4",
    "connect_timeout": 5,
    "isolation_level": "read committed",
    "init_command": "SET sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout=10",
}


def database(url: str) -> dict[str, Any]:
    """A Django DATABASES entry for an `sqlite:///` or `mysql://` address, tuned as design and tests need it."""
    config: dict[str, Any] = env.db_url_config(url)
    mysql = config["ENGINE"].endswith("mysql")
    config["OPTIONS"] = dict(MYSQL_OPTIONS if mysql else SQLITE_OPTIONS)
    config["CONN_MAX_AGE"] = 60
    config["CONN_HEALTH_CHECKS"] = True
    if mysql:
        config["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_general_ci"}
    return config


def queue(redis_url: str) -> dict[str, Any]:
    """django-q2's settings: it only executes; attempts and retries live in our own run rows."""
    config: dict[str, Any] = {
        "name": "allocation",
        "workers": 2,
        "queue_limit": 2,
        "bulk": 1,
        "timeout": 300,
        # The lock starts when a task is fetched ahead, not when it starts:
        # retry > timeout x (ceil((queue_limit + 1) / workers) + 1), else tasks run twice.
        "retry": 1200,
        "max_attempts": 1,
        "ack_failures": True,
        "catch_up": False,
        "poll": 1,
        "save_limit": 50,
        "save_limit_per": "func",
        "recycle": 200,
        "label": "Background tasks",
    }
    return config | ({"redis": redis_url} if redis_url else {"orm": "default"})


def seconds_between_polls(source: str) -> int:
    """POLL_SECONDS_<SOURCE>: 5 seconds to a day. Google lets one account read a sheet 60 times a minute."""
    name = f"POLL_SECONDS_{source.upper()}"
    seconds: int = env.int(name, default=60)
    if not 5 <= seconds <= 86_400:
        raise ImproperlyConfigured(f"{name} must be a number of seconds from 5 to 86400, not {seconds}.")
    return seconds


def ungating_adapter() -> str:
    """UNGATING_ADAPTER: who is asked what is ungated."""
    adapter: str = env.str("UNGATING_ADAPTER", default="software")
    if adapter not in ("software", "amazon"):
        raise ImproperlyConfigured(f"UNGATING_ADAPTER must be software or amazon, not {adapter!r}.")
    return adapter


def within(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number from `low` to `high` in the environment variable `name`."""
    value: int = env.int(name, default=default)
    if not low <= value <= high:
        raise ImproperlyConfigured(f"{name} must be a whole number from {low} to {high}, not {value}.")
    return value


def mail(url: str, *, backend: str) -> dict[str, Any]:
    """Django's EMAIL_* settings of an EMAIL_URL: smtp+tls://user:password@host:587 (STARTTLS), smtp+ssl:// (TLS from
    the start, as on port 465 always), smtp://, filemail://<folder> (absolute with a third slash), consolemail://.

    `backend`, where it is given, sends instead of what the address names: anymail.backends.mailgun.EmailBackend.
    """
    parts = urlsplit(url)
    config: dict[str, Any] = env.email_url_config(url)
    if config["EMAIL_BACKEND"].endswith("filebased.EmailBackend"):
        config["EMAIL_FILE_PATH"] = str(ROOT / (unquote(parts.netloc) + unquote(parts.path)))
    if config["EMAIL_BACKEND"].endswith("smtp.EmailBackend"):
        config["EMAIL_BACKEND"] = "notifications.smtp.SmtpBackend"
        if config["EMAIL_PORT"] == 465 or config.get("EMAIL_USE_SSL"):
            config |= {"EMAIL_USE_SSL": True, "EMAIL_USE_TLS": False}
        usual = 465 if config.get("EMAIL_USE_SSL") else 587 if config.get("EMAIL_USE_TLS") else 25
        config["EMAIL_PORT"] = config["EMAIL_PORT"] or usual
    config.pop("OPTIONS", None)
    return config | ({"EMAIL_BACKEND": backend} if backend else {})


def anymail(*, timeout: int) -> dict[str, Any]:
    """django-anymail's settings: ANYMAIL_MAILGUN_API_KEY in the environment is its MAILGUN_API_KEY. `timeout`: seconds
    that a provider's answer may take.
    """
    prefix = "ANYMAIL_"
    given = {name.removeprefix(prefix): value for name, value in env.ENVIRON.items() if name.startswith(prefix)}
    return {"REQUESTS_TIMEOUT": timeout} | given


def site_url() -> str:
    """SITE_URL without its last slash: a scheme and a host, perhaps a port. Not set, it is this machine at PORT."""
    url: str = env.str("SITE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
        raise ImproperlyConfigured("SITE_URL must look like https://allocation.example.com, without a path.")
    return url
