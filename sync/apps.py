from django.apps import AppConfig

from sync import checks as checks


class SyncConfig(AppConfig):
    name = "sync"
