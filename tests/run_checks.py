"""Part of `make checks`: every constraint and index of the models can be made on MariaDB or MySQL too."""
# ruff: noqa: T201

import os
import sys

import django
from django.core import checks

from tests import mariadb

# What the server's owner should set up is said; only what the code lacks is a failure.
ABOUT_THE_SERVER = {"common.W001", "common.W002"}


def is_ours(message: checks.CheckMessage) -> bool:
    """Whether our own code must change; a library's models are not ours to mend."""
    package = getattr(message.obj, "__module__", "").split(".")[0]
    of_a_library = bool(package) and not (mariadb.ROOT / package).is_dir()
    return message.id not in ABOUT_THE_SERVER and not of_a_library


def main() -> int:
    try:
        server = mariadb.find()
    except mariadb.Unusable as reason:
        print(f"Constraints were not checked on MariaDB or MySQL: {reason}")
        return 1 if os.environ.get("CI", "").lower() == "true" else 0
    os.environ["DATABASE_URL"] = mariadb.url("information_schema")
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings.test"
    django.setup()
    found = [m for m in checks.run_checks(databases=["default"]) if m.level >= checks.WARNING]
    for message in found:
        print(message)
    faults = [message for message in found if is_ours(message)]
    print(f"Checked on {server}: {len(faults)} faults, {len(found) - len(faults)} hints")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
