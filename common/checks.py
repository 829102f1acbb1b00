"""System checks of what the database must be able to do."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections


@register(Tags.database)
def triggers_can_be_created(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """MariaDB with its binary log on refuses CREATE TRIGGER to an ordinary user."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if connection.vendor != "mysql":
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@log_bin, @@log_bin_trust_function_creators")
            binary_log, trusted = cursor.fetchone()
        if binary_log and not trusted:
            found.append(
                Warning(
                    "The binary log is on and log_bin_trust_function_creators is off.",
                    hint="Migrate as a user with the SUPER privilege, or set log_bin_trust_function_creators=1: "
                    "else the triggers that keep the ledger append-only cannot be made.",
                    id="common.W001",
                )
            )
    return found


@register(Tags.database)
def time_zones_are_loaded(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Without the zone tables MariaDB finds no row for `created__date=today`, silently."""
    return [
        Warning(
            "The time zone tables of the database are empty.",
            hint="mariadb-tzinfo-to-sql /usr/share/zoneinfo | mariadb mysql",
            id="common.W002",
        )
        for alias in databases or []
        if connections[alias].vendor == "mysql" and not connections[alias].features.has_zoneinfo_database
    ]
