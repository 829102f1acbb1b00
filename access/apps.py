from django.apps import AppConfig
from django.db.models.signals import post_migrate

from access.roles import install_roles


class AccessConfig(AppConfig):
    name = "access"

    def ready(self) -> None:
        post_migrate.connect(install_roles, dispatch_uid="roles")
