"""`manage.py token USER NAME`."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from access.models import ApiToken

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_it_prints_the_secret_once(viewer: User) -> None:
    out = StringIO()
    with time_machine.travel(NOON, tick=False):
        call_command("token", "vera", "nightly report", "--days", "30", stdout=out)
    secret = out.getvalue().strip()
    token = ApiToken.objects.get(digest=ApiToken.digest_of(secret))
    assert (token.user, token.name, token.expires_at) == (viewer, "nightly report", NOON + timedelta(days=30))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody", "x"], "There is no active user “nobody”."),
        (["gone", "x"], "There is no active user “gone”."),
        (["vera", " "], "The name of the token must have 1 to 100 characters."),
        (["vera", "x", "--days", "0"], "--days is 1 to 3650, not 0."),
    ],
)
def test_what_is_wrong_is_said(viewer: User, arguments: list[str], message: str) -> None:
    User.objects.create_user("gone", is_active=False)
    with pytest.raises(CommandError) as caught:
        call_command("token", *arguments)
    assert str(caught.value) == message
    assert ApiToken.objects.count() == 0
