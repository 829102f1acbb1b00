"""`make test` and `make test-full`: the suite on SQLite, and again on MariaDB or MySQL where one answers."""
# ruff: noqa: T201

import argparse
import os
import subprocess
import sys
import time

from tests import mariadb

NO_TESTS = 5  # pytest's exit code where nothing was selected


def run_suite(marker: str, database_url: str | None) -> int:
    """pytest's exit code. `database_url` None means the SQLite file of the test settings; on another database the tests
    that ask none are not run once more.
    """
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    if database_url:
        environment["DATABASE_URL"] = database_url
    command = [sys.executable, "-m", "pytest", "-n", "2", "-m", marker]
    command += ["--database-only"] if database_url else []
    return subprocess.run(command, cwd=mariadb.ROOT, env=environment).returncode


def legs() -> tuple[list[tuple[str, str | None]], str]:
    """Databases to run on as (name, URL), and why MariaDB is not among them."""
    sqlite: list[tuple[str, str | None]] = [("SQLite", None)]
    try:
        return [*sqlite, (mariadb.find(), mariadb.url())], ""
    except mariadb.Unusable as reason:
        return sqlite, str(reason)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="the slow tests only: browser, fuzz, chaos")
    full: bool = parser.parse_args().full
    in_ci = os.environ.get("CI", "").lower() == "true"
    databases, missing = legs()
    ran, failed = [], []
    for name, database_url in databases:
        print(f"\n=== Tests on {name}", flush=True)
        start = time.monotonic()
        code = run_suite("full" if full else "not full", database_url)
        if full and code == NO_TESTS:
            print("There are no full tests yet.")
            return 0
        ran.append(f"{name} ({time.monotonic() - start:.0f} s)")
        if code:
            failed.append(name)
    print(f"\nRan on: {', '.join(ran)}")
    if missing:
        print(f"Not run on MariaDB or MySQL: {missing}")
        if in_ci:
            print("CI=true: that is a failure.")
    if failed:
        print(f"FAILED on: {', '.join(failed)}")
    return 1 if failed or (missing and in_ci) else 0


if __name__ == "__main__":
    sys.exit(main())
