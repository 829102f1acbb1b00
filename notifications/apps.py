from django.apps import AppConfig

from notifications import checks as checks


class NotificationsConfig(AppConfig):
    name = "notifications"
