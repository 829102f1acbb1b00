from django.apps import AppConfig


class UngatingConfig(AppConfig):
    name = "ungating"
