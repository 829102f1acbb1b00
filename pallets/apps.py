from django.apps import AppConfig


class PalletsConfig(AppConfig):
    name = "pallets"
