"""A process of the bench, as it runs in production: `produce` business transactions, or `send` until it is ended.

python -m notifications.bench.program produce DATABASE FIRST LAST SHARE SEED
python -m notifications.bench.program send DATABASE PORT LEASE
"""

import random
import sys
import time
from datetime import timedelta

import django
from django.conf import settings
from django.db import connection
from django.utils import timezone

if __name__ == "__main__":
    if sys.argv[1] == "send":
        # What sending needs: a sender that was killed is back in half a second.
        own = ("common.apps.CommonConfig", "notifications.apps.NotificationsConfig")
        settings.INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_q", *own]
    django.setup()

from common.models import Run
from common.transactions import durable
from notifications.models import AlertKind
from notifications.services import raise_alert, send_due_emails

KIND = "bench.outbox"
IDLE = 0.02  # seconds between two looks at an outbox with nothing due
ADDRESS = "bench@example.com"


class TakenBack(Exception):
    """The business transaction fails after its alert."""


@durable
def work(number: int, is_taken_back: bool) -> None:
    Run.objects.create(kind=KIND, target=str(number))
    raise_alert(kind=AlertKind.ALLOCATED, title=f"Event {number}", fold_key=f"{KIND}:{number}")
    if is_taken_back:
        raise TakenBack


def produce(first: int, last: int, share: float, seed: int) -> None:
    """An alert in each of the transactions `first` to `last`; about a `share` of them are rolled back."""
    chance = random.Random(seed)
    for number in range(first, last + 1):
        try:
            work(number, chance.random() < share)
        except TakenBack:
            continue


def send(port: int, lease: float) -> None:
    """What a worker's task does, without a pause and with a `lease` in seconds."""
    settings.EMAIL_BACKEND = "notifications.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    while True:
        report = send_due_emails(now=timezone.now(), lease=timedelta(seconds=lease))
        if not report.tried:
            time.sleep(IDLE)


def main(arguments: list[str]) -> None:
    part, database, *rest = arguments
    connection.settings_dict["NAME"] = database
    settings.ALLOCATION_EMAIL = settings.DEFAULT_FROM_EMAIL = ADDRESS
    if part == "produce":
        produce(int(rest[0]), int(rest[1]), float(rest[2]), int(rest[3]))
    else:
        send(int(rest[0]), float(rest[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
