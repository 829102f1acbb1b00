"""The bench on a small scale: real processes, real kills."""

from argparse import ArgumentParser
from typing import Any

import pytest
from django.core.management.base import CommandError

from common.models import Run
from notifications.bench.outbox import arguments, work
from notifications.models import Alert, Email
from tests.factories import make_client


def options(*words: str) -> dict[str, Any]:
    parser = ArgumentParser()
    arguments(parser)  # type: ignore[arg-type]
    return vars(parser.parse_args(words))


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_where_senders_are_killed() -> None:
    said: list[str] = []
    told: list[str] = []
    wanted = options("--events", "40", "--senders", "2", "--kills", "3", "--lease", "2")
    assert work(wanted, said.append, told.append)
    assert said[-1].startswith("bench outbox: 40 events, ")
    assert "0 lost, 0 told of rolled-back work" in said[-1]
    assert said[-1].endswith(": PASS")
    assert told[-1].endswith("sender killed (3 of 3)")
    assert not (Run.objects.exists() or Alert.objects.exists() or Email.objects.exists())


@pytest.mark.django_db
def test_a_database_with_other_data_is_refused() -> None:
    make_client()
    with pytest.raises(CommandError, match=r"The database holds clients\. The bench fills and empties it"):
        work(options(), print, print)


@pytest.mark.django_db
def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(CommandError, match="Events and senders must be at least 1"):
        work(options("--senders", "0"), print, print)
