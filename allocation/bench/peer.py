"""CP-SAT beside the engine: an environment made for it once, and one process that answers jobs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from allocation.bench.pricing import price_lines
from allocation.engine.market import Market
from allocation.engine.problem import problem_as_json
from allocation.engine.setup import problem_of

PROGRAM = Path(__file__).with_name("cpsat.py")
WORKERS = min(2, os.cpu_count() or 1)
LEAST_SECONDS = 1.0
MOST_OFFERS = 1_000_000
_ROUNDING = 0.005  # USD


class Unavailable(Exception):
    """Why there is no CP-SAT."""


@dataclass(frozen=True)
class Rival:
    """CP-SAT's plan at the engine's exact price: USD, and USD by which it is over the balances."""

    status: str
    value: float
    over: float
    bound: float
    seconds: float

    @property
    def feasible(self) -> bool:
        """Whether there is a plan within the balances."""
        return self.value > 0 and self.over < _ROUNDING


def environment(folder: Path, requirements: Path, say: Callable[[str], None]) -> Path:
    """The Python that has ortools; made under `folder` when it is not there or its requirements changed."""
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = requirements.read_text(encoding="utf-8")
    if installed.is_file() and installed.read_text(encoding="utf-8") == wanted:
        return python
    say(f"Making an environment for CP-SAT in {folder} (once, about 300 MB) ...")
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)])
    installed.write_text(wanted, encoding="utf-8")
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words, no shell
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise Unavailable(f"{command[2]} failed: {last[0]}")


class Peer:
    """The CP-SAT program, started for its first job by the Python that `find` returns; use it as a context.

    Where there is none, or it dies, `silence` says why and there are no plans.
    """

    def __init__(self, find: Callable[[], Path]) -> None:
        self.silence = ""
        self._find = find
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()

    def solve(self, market: Market, *, pallets: int | None, seconds: float) -> Rival | None:
        """One cart on `pallets` pallets, or the batch (None), within max(`seconds`, 1)."""
        if self.silence:
            return None
        job = {
            "model": "batch" if pallets is None else "cart",
            "problem": problem_as_json(problem_of(market)),
            "pallets": pallets,
            "seconds": max(LEAST_SECONDS, seconds),
            "workers": WORKERS,
        }
        answer = self._ask(job)
        if answer is None:
            return None
        value, over = price_lines(market, ((store, item, cases) for store, item, cases in answer["lines"]))
        return Rival(answer["status"], value, over, answer["bound"], answer["seconds"])

    def _ask(self, job: dict[str, Any]) -> dict[str, Any] | None:
        try:
            self._process = self._process or self._start()
        except Unavailable as reason:
            self.silence = f"left out, {reason}"
            return None
        asked, told = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        try:
            asked.write(json.dumps(job) + "\n")
            asked.flush()
            line = told.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.silence = f"its program ended with exit code {self._process.wait()}"
            return None
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _start(self) -> subprocess.Popen[str]:
        # -I: the folder of the program, whose modules import the product, stays off its path.
        command = [str(self._find()), "-I", str(PROGRAM)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
