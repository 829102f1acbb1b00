"""The addresses under /webhooks/."""

from django.urls import URLPattern, re_path

from common.api.views import UnknownAddress
from sync.webhooks_api import WebhookView

urlpatterns: list[URLPattern] = [
    re_path(r"^(?P<source>[a-z]+)/?$", WebhookView.as_view(), name="webhook"),
    # Last: everything else under /webhooks/ is a 404 as problem+json.
    re_path("", UnknownAddress.as_view()),
]
