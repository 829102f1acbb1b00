"""The headers of every answer."""

import pytest
from django.test import Client as Browser

pytestmark = pytest.mark.django_db

PAGES = (
    "default-src 'self'; img-src 'self' data:; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DATA = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("address", "policy"),
    [
        ("/admin/login/", PAGES),
        ("/admin/", PAGES),
        ("/nothing", PAGES),
        ("/api/asins", DATA),
        ("/api/nothing", DATA),
        ("/healthz", DATA),
        ("/generate_pallets", DATA),
    ],
)
def test_every_answer_carries_its_policy(client: Browser, address: str, policy: str) -> None:
    headers = client.get(address).headers
    assert headers["Content-Security-Policy"] == policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("address", ["/api/asins", "/generate_pallets", "/healthz", "/admin/login/"])
def test_nothing_that_is_ours_is_kept_by_a_cache(client: Browser, address: str) -> None:
    assert "no-store" in client.get(address).headers["Cache-Control"]


def test_error_pages_tell_what_to_do(client: Browser) -> None:
    missing = client.get("/nothing")
    assert missing.status_code == 404
    assert "There is nothing at this address" in missing.content.decode()
