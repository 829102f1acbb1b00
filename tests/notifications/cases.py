"""The cast of these tests."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group, User

from notifications.models import Alert, AlertKind, Email
from notifications.services import raise_alert

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
SHARED = "allocation@profitzon.net"


def short(number: int = 1, **words: Any) -> None:
    """Stock of an ASIN is short."""
    said = {"title": f"B00000000{number}: 8 units short", "fold_key": f"asin:{number}"} | words
    raise_alert(kind=AlertKind.STOCK_SHORT, **said)


def the_alert() -> Alert:
    return Alert.objects.get()


def mails() -> list[tuple[str, str]]:
    """Address and subject of each e-mail in the outbox, in the order in which they were written."""
    return list(Email.objects.order_by("pk").values_list("to", "subject"))


def staff(name: str, *, email: str | None = None, role: str | None = "viewer") -> User:
    address = f"{name}@example.com" if email is None else email
    user = User.objects.create_user(name, email=address, is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user
