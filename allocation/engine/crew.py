"""Parts of the work shared out to processes. The answers do not depend on how many there are.

A helper is a plain child process with pipes: a worker that is itself a daemon may not fork a pool.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from allocation.engine.errand import Bounds, Done, Lane
from allocation.engine.market import Market

MOST_PROCESSES = 4
Part = Lane | Bounds
_ROOT = Path(__file__).resolve().parents[2]


class Crew:
    """This process and its helpers; to be used as a context manager."""

    def __init__(self, market: Market, processes: int | None = None) -> None:
        """`processes` in all, by default one a core, four at most."""
        self.market = market
        self.helpers = [_start(market) for _ in range((processes or _processes()) - 1)]

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for helper in self.helpers:
            helper.kill()
            helper.wait()
            for pipe in (helper.stdin, helper.stdout):
                # What a dead helper never read cannot be flushed.
                with suppress(OSError):
                    if pipe:
                        pipe.close()

    def serve(self, lanes: Sequence[Lane]) -> list[Done]:
        """The answers of all lanes, lane by lane."""
        return [done for answer in self._share_out(lanes) for done in answer]

    def bound(self, bounds: Sequence[Bounds]) -> list[tuple[float, float]]:
        """The bounds of all buyers asked for, part by part."""
        return [bound for answer in self._share_out(bounds) for bound in answer]

    def _share_out(self, parts: Sequence[Part]) -> list[Any]:
        """What each part comes to, in order."""
        crew = len(self.helpers) + 1
        shares = [list(parts[number::crew]) for number in range(crew)]
        asked = [_ask(helper, share) for helper, share in zip(self.helpers, shares[1:], strict=True)]
        answers = [_perform(self.market, shares[0])]
        for number, helper in enumerate(self.helpers):
            done = _hear(helper) if asked[number] else None
            # A helper that died, for want of memory perhaps, costs time and nothing else.
            answers.append(_perform(self.market, shares[number + 1]) if done is None else done)
        return [answers[number % crew][number // crew] for number in range(len(parts))]


def _processes() -> int:
    return min(os.cpu_count() or 1, MOST_PROCESSES)


def _perform(market: Market, parts: Sequence[Part]) -> list[Any]:
    return [part.run(market) for part in parts]


def _start(market: Market) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "allocation.engine.crew"]
    helper = subprocess.Popen(  # noqa: S603 (our own module)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT
    )
    _ask(helper, market)
    return helper


def _ask(helper: subprocess.Popen[bytes], message: object) -> bool:
    assert helper.stdin
    try:
        pickle.dump(message, helper.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        helper.stdin.flush()
    except OSError:
        return False
    return True


def _hear(helper: subprocess.Popen[bytes]) -> list[Any] | None:
    assert helper.stdout
    try:
        done: list[Any] = pickle.load(helper.stdout)  # noqa: S301 (our own child's answer)
    except (EOFError, OSError, pickle.UnpicklingError):
        return None
    return done


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """A helper's life: the market, then parts until the source ends."""
    market: Market = pickle.load(source)  # noqa: S301 (our parent's)
    while True:
        try:
            share: list[Part] = pickle.load(source)  # noqa: S301
        except EOFError:
            return
        try:
            pickle.dump(_perform(market, share), sink, protocol=pickle.HIGHEST_PROTOCOL)
            sink.flush()
        except BrokenPipeError:
            # The parent is gone: nobody is left to hear it.
            os._exit(1)


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
