"""The processes of the bench: spenders, and one that reads what comes in and what is charged."""

import logging
import multiprocessing
import random
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, connections
from django.utils import timezone

from common.errors import DomainError
from common.transactions import Busy, is_busy
from inventory.models import Asin
from inventory.services import InsufficientUnits, adjust_stock
from operations.bench_oversell.charging import feed_until
from operations.bench_oversell.feeds import Feeds
from operations.bench_oversell.mutant import take_guard_out
from operations.bench_oversell.spending import Draft, Drafts, is_kept, promise, promise_whole
from pallets.models import Pallet
from pallets.proposal import Proposal
from pallets.services.cancel import cancel_cart
from pallets.services.shipping import ship_pallet

# Plain children of this process: started without reading the whole project again, eight times over.
_FORK = multiprocessing.get_context("fork")
START = 0.3  # seconds until all begin at once
PATIENCE = 90.0  # seconds that a worker may take beyond its time
WHOLE = 0.02  # share of the attempts that are whole carts with pallets
GIVES_BACK = 0.25  # share of the turns in which a worker with carts gives one back
COUNTS = 0.03  # share of the turns in which stock is counted and corrected
MOST_TOLD = 5  # errors of one worker that are told
ADDRESS = "bench@example.com"


@dataclass
class Tally:
    """What one worker did. `seconds` has how long each attempt took; `errors` are in words, for people."""

    seconds: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def fail(self, words: str) -> None:
        """Something that no service promises to raise."""
        self.counts["unhandled"] += 1
        if len(self.errors) < MOST_TOLD:
            self.errors.append(words)

    def add(self, other: "Tally") -> None:
        self.seconds += other.seconds
        self.counts += other.counts
        self.errors += other.errors


@dataclass(frozen=True)
class Job:
    """What every worker is told. `seconds` that it works, `seed` of its choices; a `mutant` works without the guard."""

    seconds: float
    seed: int
    mutant: bool
    proposals: Sequence[Proposal]


def run_workers(job: Job, *, spenders: int, feeds: Feeds) -> Tally:
    """Run so many spenders and the reader of `feeds` at once, and add up what they did."""
    connections.close_all()  # a connection cannot be shared with a child
    begin = time.monotonic() + START
    until = begin + job.seconds
    works: list[Callable[[Tally], None]] = [lambda tally: feed_until(feeds, until, tally.counts, job.seed)]
    works += [_Spender(job, number, until).run for number in range(spenders)]
    ends, processes = [], []
    for work in works:
        mine, its = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_be, args=(work, its, begin, job.mutant))
        process.start()
        its.close()
        ends.append(mine)
        processes.append(process)
    try:
        return _gather(ends, until + PATIENCE)
    finally:
        for process in processes:
            process.kill()
            process.join()


def _be(work: Callable[[Tally], None], end: Connection, begin: float, mutant: bool) -> None:
    """The life of a worker."""
    logging.disable(logging.INFO)
    settings.ALLOCATION_EMAIL = ADDRESS
    if mutant:
        take_guard_out()
    tally = Tally()
    try:
        with connection.execute_wrapper(_Conflicts(tally.counts)):
            time.sleep(max(begin - time.monotonic(), 0))
            work(tally)
    except Exception:  # the parent must hear of it, whatever it is
        tally.fail(traceback.format_exc(limit=-3).strip())
    end.send(tally)
    end.close()


def _gather(ends: Sequence[Connection], deadline: float) -> Tally:
    total = Tally()
    for end in ends:
        if not end.poll(max(deadline - time.monotonic(), 0)):
            total.fail("A worker did not end in time.")
            continue
        try:
            total.add(end.recv())
        except EOFError:
            total.fail("A worker died.")
    return total


class _Conflicts:
    """Counts what the database refused for the sake of other writers, most of which is tried again unseen."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            self._counts["tried again" if is_busy(error) else "other database errors"] += 1
            raise


class _Spender:
    """Promises and gives back by turns, as far as stock and money go."""

    def __init__(self, job: Job, number: int, until: float) -> None:
        self._job, self._number, self._until = job, number, until
        self._chance = random.Random(f"{job.seed} {number}")
        self._mine: list[str] = []  # carts that it may give back

    def run(self, tally: Tally) -> None:
        drafts = Drafts(self._number, self._chance)
        asins = list(Asin.objects.order_by("pk").values_list("pk", flat=True))
        while time.monotonic() < self._until:
            turn = self._chance.random()
            if turn < COUNTS:
                _try(tally, "adjusted", lambda: self._adjust(asins))
            elif self._mine and turn < GIVES_BACK:
                _try(tally, "given back", self._give_back)
            else:
                self._attempt(drafts, tally)

    def _attempt(self, drafts: Drafts, tally: Tally) -> None:
        whole = self._chance.random() < WHOLE
        draft = None if whole else drafts.take()
        started = time.perf_counter()
        done = _try(tally, "promised", lambda: self._promise(draft))
        tally.seconds.append(time.perf_counter() - started)
        if draft and not done:
            drafts.put_back(draft)

    def _promise(self, draft: Draft | None) -> None:
        if draft is None:
            self._mine.append(promise_whole(self._chance.choice(self._job.proposals)))
            return
        promise(draft)
        if not is_kept(draft.code):
            self._mine.append(draft.code)

    def _give_back(self) -> None:
        """Cancel a cart, or ship it where it has a pallet."""
        code = self._mine.pop(self._chance.randrange(len(self._mine)))
        pallet = Pallet.objects.filter(lines__cart_line__cart__code=code).first()
        if pallet is not None and self._chance.random() < 0.5:
            ship_pallet(code=pallet.code, shipped_on=timezone.localdate())
        else:
            cancel_cart(code=code, reason="bench")

    def _adjust(self, asins: Sequence[int]) -> None:
        change = self._chance.choice((-6, -1, 1, 6))
        adjust_stock(asin_id=self._chance.choice(asins), change=change, reason="bench: counted")


def _try(tally: Tally, done: str, work: Callable[[], None]) -> bool:
    """Count how `work` ended, as `done` or by its error; whether it was done."""
    try:
        work()
    except Busy as busy:
        tally.counts["locked" if "locked" in str(busy.__cause__) else "busy"] += 1
        return False
    except DomainError as refusal:
        kind = "units" if isinstance(refusal, InsufficientUnits) else refusal.code
        tally.counts[f"{done} not: {kind}"] += 1
        return False
    except Exception as error:  # counted, and a miss: no service may raise it
        locked = isinstance(error, OperationalError) and "locked" in str(error)
        if locked:
            tally.counts["locked"] += 1
        tally.fail(f"{done}: {type(error).__name__}: {str(error)[:200]}")
        return False
    tally.counts[done] += 1
    return True
