"""manage.py bench outbox: real processes over one database; senders are killed, and every committed event is told."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.db.models import Model

from common.models import Run
from notifications.bench.program import KIND
from notifications.bench.smtp_server import SmtpServer
from notifications.bench.verdict import Verdict, event_of, judge
from notifications.models import Alert, Email, MailChoice

Say = Callable[[str], None]

PRODUCERS = 2
LOOK = 0.02  # seconds between two looks at the processes
PATIENCE = 300.0  # seconds without an arrival
# By name: this app knows nothing of goods and clients, but a database that holds them is not ours to fill.
OTHERS = ("inventory.Asin", "clients.Client")


@dataclass(frozen=True)
class Wanted:
    """How much is done; `share` of the transactions are rolled back, `lease` in seconds."""

    events: int
    senders: int
    kills: int
    share: float
    lease: float
    seed: int


@dataclass
class Crew:
    """The sender processes; those that are killed are started again."""

    command: list[str]
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    kills: int = 0

    def start(self, count: int) -> None:
        while len(self.processes) < count:
            self.processes.append(_start(self.command))

    def kill(self, chance: random.Random) -> None:
        """SIGKILL, to one that lives."""
        victim = chance.choice(self.processes)
        if victim.poll() is not None:
            raise CommandError(f"A sender ended by itself with exit code {victim.returncode}.")
        victim.kill()
        victim.wait()
        self.processes.remove(victim)
        self.kills += 1

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


def arguments(parser: CommandParser) -> None:
    """The options of `bench outbox`."""
    parser.add_argument("--events", type=int, default=1_000, help="business transactions")
    parser.add_argument("--senders", type=int, default=4, help="sender processes")
    parser.add_argument("--kills", type=int, default=20, help="senders killed while they work")
    parser.add_argument("--rolled-back", type=float, default=0.2, dest="share", help="share of the transactions")
    parser.add_argument("--lease", type=float, default=5.0, help="seconds until a killed sender's e-mail is taken up")
    parser.add_argument("--seed", type=int, default=1)


def work(options: dict[str, Any], tell: Say, say: Say) -> bool:
    """Run it and print one line last; whether nothing was lost, invented or repeated without a kill.

    Raises CommandError where the database holds other data.
    """
    wanted = Wanted(**{name: options[name] for name in Wanted.__dataclass_fields__})
    if wanted.events < 1 or wanted.senders < 1 or wanted.kills < 0 or wanted.lease <= 0:
        raise CommandError("Events and senders must be at least 1, kills at least 0, the lease above 0 seconds.")
    with _borrowed(), SmtpServer(wanted.seed) as server:
        started = time.time()
        kills = _run(wanted, server, say)
        committed = {int(number) for number in Run.objects.filter(kind=KIND).values_list("target", flat=True)}
        verdict = judge(committed, server.arrivals, _written_at())
        seconds = max((arrival.at for arrival in server.arrivals), default=started) - started
    is_good = verdict.is_good(kills) and kills >= wanted.kills
    tell(_summary(wanted, verdict, len(committed), kills, seconds, is_good))
    return is_good


def _run(wanted: Wanted, server: SmtpServer, say: Say) -> int:
    """Everything from the first transaction to the last e-mail that is sent; how many senders were killed."""
    name = str(connection.settings_dict["NAME"])
    chance = random.Random(wanted.seed)
    crew = Crew(_program("send", name, server.port, wanted.lease))
    producers = [_start(_program("produce", name, *part)) for part in _parts(wanted)]
    try:
        crew.start(wanted.senders)
        _watch(wanted, server, crew, producers, chance, say)
    finally:
        crew.end()
        for producer in producers:
            producer.kill()
            producer.wait()
    return crew.kills


def _watch(
    wanted: Wanted,
    server: SmtpServer,
    crew: Crew,
    producers: list["subprocess.Popen[bytes]"],
    chance: random.Random,
    say: Say,
) -> None:
    """Kill a sender each time another share of the e-mails has come, until nothing is left to send."""
    every = wanted.events * (1 - wanted.share) * 0.9 / (wanted.kills + 1)
    seen, since = 0, time.monotonic()
    while True:
        arrived = len(server.arrivals)
        if arrived > seen:
            seen, since = arrived, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            raise CommandError(f"Nothing came for {PATIENCE:g} seconds; {arrived:,} e-mails had come before.")
        if crew.kills < wanted.kills and arrived >= every * (crew.kills + 1):
            time.sleep(chance.uniform(0, LOOK))
            crew.kill(chance)
            say(f"{arrived:,} e-mails came; sender killed ({crew.kills} of {wanted.kills})")
            crew.start(wanted.senders)
        if _has_ended(producers) and not Email.objects.unsent().exists():
            return
        time.sleep(LOOK)


def _has_ended(producers: list["subprocess.Popen[bytes]"]) -> bool:
    codes = [producer.poll() for producer in producers]
    if any(codes):
        raise CommandError("A process that makes the transactions failed; its error stands above.")
    return None not in codes


def _parts(wanted: Wanted) -> Iterator[tuple[int, int, float, int]]:
    """What each producer does: its first and last event, the share to take back, its seed."""
    size = -(-wanted.events // PRODUCERS)
    for number in range(PRODUCERS):
        first, last = number * size + 1, min((number + 1) * size, wanted.events)
        yield first, last, wanted.share, wanted.seed * PRODUCERS + number


def _program(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "notifications.bench.program", *map(str, arguments)]


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(settings.BASE_DIR)]))
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path})  # noqa: S603  our own program


def _written_at() -> dict[int, float]:
    """When each event's e-mail was written, in seconds since the epoch."""
    rows = Email.objects.values_list("subject", "created_at")
    return {event_of(subject): written.timestamp() for subject, written in rows}


def _summary(wanted: Wanted, verdict: Verdict, committed: int, kills: int, seconds: float, is_good: bool) -> str:
    rate = wanted.events / seconds if seconds else 0.0
    ids = "the same Message-ID on repeats" if not verdict.odd_ids else f"{verdict.odd_ids} events with odd Message-IDs"
    return (
        f"bench outbox: {wanted.events:,} events, {wanted.events - committed:,} rolled back, {verdict.lost} lost, "
        f"{verdict.ghosts} told of rolled-back work, {verdict.repeats} repeats of at most {kills} after {kills} kills "
        f"({wanted.kills} wanted), {ids}; {rate:,.0f} events/s, {timedelta(seconds=round(seconds))} in all, "
        f"delay p50 {verdict.median:.2f} s, p99 {verdict.p99:.2f} s ({connection.vendor}): "
        f"{'PASS' if is_good else 'MISS'}"
    )


@contextmanager
def _borrowed() -> Iterator[None]:
    """The database for the bench alone; afterwards it is as it was. Raises CommandError where it holds other data."""
    models: list[type[Model]] = [*(apps.get_model(label) for label in OTHERS), Alert, Email, MailChoice]
    if held := [str(model._meta.verbose_name_plural) for model in models if model._default_manager.exists()]:
        raise CommandError(
            f"The database holds {', '.join(held)}. The bench fills and empties it: set DATABASE_URL to a database of "
            "its own, freshly migrated."
        )
    try:
        yield
    finally:
        Email.objects.all().delete()
        Alert.objects.all().delete()
        Run.objects.filter(kind=KIND).delete()
