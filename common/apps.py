from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from common import checks as checks
from common.triggers import create_triggers


def install_triggers(using: str = "default", **_: Any) -> None:
    create_triggers(connections[using])


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        post_migrate.connect(install_triggers, dispatch_uid="append_only_triggers")
