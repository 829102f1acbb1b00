"""A peer's program: an environment made for it once, and one process that answers jobs in lines of JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast


class Unavailable(Exception):
    """Why a peer is not there."""


def make_environment(folder: Path, requirements: Path, say: Callable[[str], None], peer: str) -> Path:
    """The Python that has `peer`; made under `folder` when it is not there or its requirements changed.

    Raises Unavailable where it cannot be made, for example without a network.
    """
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = requirements.read_text(encoding="utf-8")
    if installed.is_file() and installed.read_text(encoding="utf-8") == wanted:
        return python
    say(f"Making an environment for {peer} in {folder} ...")
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)])
    installed.write_text(wanted, encoding="utf-8")
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words, no shell
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise Unavailable(f"{command[2]} failed: {last[0]}")


class Program:
    """A stand-alone script, started for its first job by the Python that `find` returns; use it as a context.

    Where there is none, or it dies, `silence` says why and there are no answers.
    """

    def __init__(self, script: Path, find: Callable[[], Path]) -> None:
        self.silence = ""
        self._script = script
        self._find = find
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()

    def ask(self, job: dict[str, Any]) -> dict[str, Any] | None:
        """The program's answer to one job; None once there is a `silence`."""
        if self.silence:
            return None
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
        # -I: the folder of the script, whose modules import the product, stays off its path.
        command = [str(self._find()), "-I", str(self._script)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
