"""manage.py bench oversell, on seconds and few processes; what it counts, on rows made by hand."""

import json
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from allocation.models import Cart, Policy
from clients.models import Client, EntryKind, LedgerEntry, Store
from common.models import Run
from inventory.models import Asin, MovementKind, StockMovement
from notifications.models import Alert, Email
from operations.bench_oversell import spending
from operations.bench_oversell.feeds import make_feeds
from operations.bench_oversell.mutant import take_guard_out
from operations.bench_oversell.report import Result, Wanted, as_text, summary
from operations.bench_oversell.verdict import Verdict, overdrawn_cents, oversold_units
from operations.bench_oversell.workers import Job, Tally, run_workers
from pallets.models import Pallet
from pallets.services import carts
from sync.models import SourceName, SourceState
from tests.factories import make_asin, make_client

SMALL = ("--seconds", "1", "--processes", "3", "--asins", "2", "--clients", "1")
LEFT = (Asin, StockMovement, Client, Store, LedgerEntry, Cart, Pallet, Alert, Email)


def bench(*arguments: str) -> tuple[str, int]:
    """What `manage.py bench oversell` prints, and its exit code."""
    out = StringIO()
    try:
        call_command("bench", "oversell", *arguments, stdout=out, stderr=StringIO())
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


@pytest.mark.django_db(transaction=True)
def test_processes_spend_at_once_and_nothing_is_left_behind() -> None:
    earlier, policies = Run.objects.create(kind="sync.panel"), Policy.objects.count()
    SourceState.objects.create(source=SourceName.PANEL, header_hash="x" * 64)
    text, code = bench(*SMALL, "--json")
    data = json.loads(text)
    assert data["errors"] == []
    assert (data["oversold"], data["overdrawn"], data["drift"]) == (0, 0, [])
    assert data["counts"]["promised"] > 0
    assert data["attempts"] >= data["counts"]["promised"]
    assert (data["engine"], data["mutant"]) == (connection.vendor, False)
    assert code == (not all(mark["ok"] for mark in data["marks"]))

    assert [model.objects.count() for model in LEFT] == [0] * len(LEFT)
    assert Run.objects.get() == earlier
    assert SourceState.objects.get().header_hash == "x" * 64
    assert Policy.objects.count() == policies > 0
    must_be_guarded()


def must_be_guarded() -> None:
    """The database refuses what it refused before."""
    asin = make_asin()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StockMovement.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Asin.objects.filter(pk=asin.pk).update(reserved=asin.on_hand + 1)


@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
def test_without_the_guard_it_is_caught() -> None:
    if connection.vendor != "mysql":
        pytest.skip("SQLite has one writer, which hides the race")
    text, code = bench("--mutant", "--seconds", "2", "--processes", "6", "--asins", "2", "--clients", "2")
    assert code == 0, text
    assert text.strip().endswith("(mysql): CAUGHT")
    assert Asin.objects.count() == 0
    must_be_guarded()


@pytest.mark.django_db(transaction=True)
def test_sqlite_says_that_it_cannot_show_the_mutant() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("MariaDB shows it")
    with pytest.raises(CommandError, match="SQLite cannot show it") as refused:
        bench("--mutant")
    assert refused.value.returncode == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("make", "held"), [(make_asin, "ASINs"), (make_client, "clients")])
def test_a_database_with_data_of_others_is_refused(make: Any, held: str) -> None:
    make()
    with pytest.raises(CommandError, match=f"The database holds {held}. The bench fills and empties it"):
        bench(*SMALL)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--processes", "1"), "1 is not from 2 to 64"),
        (("--seconds", "0"), "0 is not from 1 to 86,400"),
        (("--asins", "none"), "invalid number value"),
    ],
)
def test_arguments_are_checked(arguments: tuple[str, str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        bench(*arguments)


def move(asin: Asin, kind: MovementKind, on_hand: int = 0, reserved: int = 0, shortage: int = 0) -> None:
    StockMovement.objects.create(
        asin=asin, kind=kind, on_hand_change=on_hand, reserved_change=reserved, shortage_change=shortage
    )


@pytest.mark.django_db
def test_units_promised_twice_are_seen_even_where_they_came_back() -> None:
    sold, fine, short = (make_asin(f"B00000000{number}", on_hand=10) for number in (1, 2, 3))
    for change in (6, 6, -6, 6):
        move(sold, MovementKind.RESERVE if change > 0 else MovementKind.RELEASE, reserved=change)
    move(fine, MovementKind.RESERVE, reserved=10)
    move(short, MovementKind.RESERVE, reserved=10)
    move(short, MovementKind.PORTAL, shortage=4)
    assert oversold_units() == 2
    move(short, MovementKind.RESERVE, reserved=1)
    assert oversold_units() == 2 + 5


@pytest.mark.django_db
def test_money_held_twice_is_seen_and_a_charge_is_no_hold() -> None:
    spent, fine = make_client("1", balance="100.00"), make_client("2", balance="100.00")

    def post(client: Client, kind: EntryKind, balance: str = "0", held: str = "0") -> None:
        LedgerEntry.objects.create(
            client=client, kind=kind, balance_change=Decimal(balance), held_change=Decimal(held),
            key=f"made:{LedgerEntry.objects.count()}",
        )  # fmt: skip

    post(fine, EntryKind.HOLD, held="100.00")
    post(fine, EntryKind.PANEL, balance="-60.00")
    post(fine, EntryKind.SETTLEMENT, held="-60.00")
    assert overdrawn_cents() == 0
    post(spent, EntryKind.HOLD, held="60.00")
    post(spent, EntryKind.HOLD, held="60.25")
    post(spent, EntryKind.RELEASE, held="-60.00")
    assert overdrawn_cents() == 2025


def test_the_mutant_takes_the_guard_of_both_ways_of_spending(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("lock_goods", "reserve_units", "hold_balance")
    for module in (spending, carts):
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))  # and so it is put back afterwards
    take_guard_out()
    for module in (spending, carts):
        homes = {getattr(module, name).__module__ for name in names}
        assert homes == {"operations.bench_oversell.mutant"}


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_cannot_do_is_told(tmp_path: Path) -> None:
    feeds = make_feeds(tmp_path / "nowhere", asins=1, clients=1)
    tally = run_workers(Job(0.1, 1, False, []), spenders=0, feeds=feeds)
    assert tally.counts["unhandled"] == 1
    assert "No such file or directory" in tally.errors[0]


CLEAN = Verdict(0, 0, ())


def result(
    verdict: Verdict = CLEAN,
    *,
    mutant: bool = False,
    engine: str = "mysql",
    attempts: int = 3_000,
    **counts: int,
) -> Result:
    wanted = Wanted(20, 8, 6, 4, 1, mutant)
    usual = {"promised": 900, "promised not: units": 1_000, "promised not: insufficient_balance": 1_100}
    usual |= {"arrivals": 90, "charges": 80, "deposits": 70}
    seconds = [0.01] * (attempts - 40) + [0.25] * 40
    return Result(wanted, engine, Tally(seconds, Counter(usual | counts)), verdict)


def test_the_summary_says_every_number() -> None:
    assert result().ok
    assert summary(result()) == (
        "bench oversell: 3,000 attempts, 0 oversold, 0 overdrawn, 0 drift, 0 unhandled, 0 locked; 900 promised, "
        "150 attempts/s, p50 10 ms, p99 250 ms (mysql): PASS"
    )
    assert as_text(result())[-1] == summary(result())


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"verdict": Verdict(1, 0, ())}, "oversold 1 [<= 0 MISS]"),
        ({"verdict": Verdict(0, 1, ())}, "overdrawn 1 [<= 0 MISS]"),
        ({"verdict": Verdict(0, 0, ("B000000001: reserved is 6, its rows say 12",))}, "drift 1 [<= 0 MISS]"),
        ({"unhandled": 1}, "unhandled 1 [<= 0 MISS]"),
        ({"locked": 1}, "locked 1 [<= 0 MISS]"),
        ({"promised": 0}, "promised 0 [>= 1 MISS]"),
        ({"promised not: units": 0}, "short of units 0 [>= 1 MISS]"),
        ({"promised not: insufficient_balance": 0}, "short of money 0 [>= 1 MISS]"),
        ({"deposits": 0}, "deposits 0 [>= 1 MISS]"),
        ({"attempts": 2_999}, "attempts 2,999 [>= 3,000 MISS]"),
    ],
)
def test_a_miss_is_named(changes: dict[str, Any], missed: str) -> None:
    lines = as_text(result(**changes))
    assert f"  {missed}" in lines
    assert lines[-1].endswith("(mysql): MISS")


def test_sqlite_has_no_number_of_attempts_to_reach() -> None:
    assert result(engine="sqlite", attempts=100).ok


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (Verdict(0, 0, ()), "NOT CAUGHT"),
        (Verdict(1, 0, ()), "CAUGHT"),
        (Verdict(0, 1, ()), "CAUGHT"),
        (Verdict(0, 0, ("x",)), "CAUGHT"),
    ],
)
def test_the_mutant_is_caught_by_what_it_did(verdict: Verdict, word: str) -> None:
    found = result(verdict, mutant=True)
    assert found.ok == (word == "CAUGHT")
    assert summary(found).startswith("bench oversell --mutant: 3,000 attempts")
    assert summary(found).endswith(f"(mysql): {word}")
