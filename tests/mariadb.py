"""The MariaDB or MySQL that the tests may use: where it is, whether it answers, its driver."""
# ruff: noqa: T201

import importlib
import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_URL = "mysql://root:@127.0.0.1:3306/product_allocation_db"


class Unusable(Exception):
    """Why the tests cannot run on MariaDB or MySQL here."""


def url(database: str = "") -> str:
    """TEST_DATABASE_URL, or with another database in its place."""
    parts = urlsplit(os.environ.get("TEST_DATABASE_URL") or DEFAULT_URL)
    return urlunsplit(parts._replace(path=f"/{database}")) if database else urlunsplit(parts)


def place() -> str:
    parts = urlsplit(url())
    return f"{parts.hostname}:{parts.port or 3306}"


def find() -> str:
    """Name and version of the server, with its driver installed on the way. Raises Unusable."""
    _knock()
    _ensure_driver()
    version = _log_in()
    name = "MariaDB" if "mariadb" in version.lower() else "MySQL"
    return f"{name} {version.split('-')[0]}"


def _knock() -> None:
    parts = urlsplit(url())
    try:
        socket.create_connection((parts.hostname or "", parts.port or 3306), timeout=3).close()
    except OSError as error:
        raise Unusable(f"nothing answers at {place()} ({error})") from error


def _ensure_driver() -> None:
    if importlib.util.find_spec("MySQLdb"):
        return
    pins = (ROOT / "requirements" / "production.txt").read_text().splitlines()
    pin = next(line for line in pins if line.startswith("mysqlclient=="))
    print(f"Installing {pin}, the driver of MariaDB and MySQL ...", flush=True)
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", pin]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        needs = "it needs gcc, pkg-config, libmariadb-dev and python3-dev"
        raise Unusable(f"{pin} cannot be built here; {needs}:\n{last}")
    importlib.invalidate_caches()


def _log_in() -> str:
    driver = importlib.import_module("MySQLdb")
    parts = urlsplit(url())
    try:
        connection = driver.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            connect_timeout=5,
        )
    except driver.Error as error:
        raise Unusable(f"the server at {place()} does not let us in: {error}") from error
    with connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        version: str = cursor.fetchone()[0]
    connection.close()
    return version
