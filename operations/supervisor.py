"""Several programs as one: started together, ended together, nothing left behind. Knows no Django."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import FrameType

TICK = 0.1
RESTARTS = 5
RESTART_WINDOW = 300.0
LOOK_EVERY = 30.0
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux, sys/prctl.h


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _end_with(supervisor: int) -> None:
    """In the child: ask Linux for SIGTERM when the supervisor dies, even by SIGKILL, and end where it just has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != supervisor:
            os._exit(1)


def _never() -> bool:
    return False


@dataclass
class Program:
    """One program under supervision, in a session and process group of its own.

    `hangs` is asked every half minute while it runs; where it says so, the program is killed and started again.

    Ctrl-C in the terminal therefore reaches only the supervisor, which ends each program its own way:
    a queue cluster finishes the task in hand when its main process alone gets SIGTERM, and hangs or
    kills the task when the whole group does.
    """

    name: str
    command: Sequence[str]
    restarts: bool = False
    hangs: Callable[[], bool] = _never
    process: subprocess.Popen[bytes] | None = None
    start_at: float = 0.0
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS + 1))

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - the caller's own command, no shell
            self.command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=partial(_end_with, os.getpid())
        )

    def died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def gone(self) -> bool:
        """Whether no process of its group is left."""
        if self.process is None:
            return True
        if self.process.poll() is None:
            return False
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def ask_to_end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """Kill whatever is left of the group."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def delay(self, now: float) -> float | None:
        """Seconds to wait before the next start after a death at `now`: 1, 2, 4, 8, 16; None: give up."""
        self.deaths.append(now)
        recent = sum(now - death <= RESTART_WINDOW for death in self.deaths)
        return None if recent > RESTARTS else float(2 ** (recent - 1))


class Supervisor:
    """Runs programs until a signal comes or one of them cannot be kept alive.

    `grace` is in seconds: how long a program may take to end after SIGTERM before its group is killed.
    `ready` is asked until it first answers True; then `on_ready` is called once.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        grace: float = 10.0,
        ready: Callable[[], bool] = lambda: True,
        on_ready: Callable[[], None] = lambda: None,
        say: Callable[[str], None] = _say,
    ) -> None:
        self.programs = list(programs)
        self.grace = grace
        self.ready = ready
        self.on_ready = on_ready
        self.say = say
        self.stopping = False
        self.hurry = False

    def run(self) -> int:
        """0 after SIGINT, SIGTERM or SIGHUP; 1 when a program died and could not be kept alive."""
        before = {number: signal.signal(number, self._on_signal) for number in self._signals()}
        try:
            return 0 if self._watch() else 1
        finally:
            self._end_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    @staticmethod
    def _signals() -> tuple[signal.Signals, ...]:
        return signal.SIGINT, signal.SIGTERM, signal.SIGHUP

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # SIGTERM often comes twice, to the group and passed on by `make`; a second Ctrl-C is impatience.
        self.hurry = self.hurry or (self.stopping and number == signal.SIGINT)
        self.stopping = True

    def _watch(self) -> bool:
        """True when asked to stop, False when a program is lost."""
        is_ready = False
        look_at = time.monotonic() + LOOK_EVERY
        while not self.stopping:
            now = time.monotonic()
            if now >= look_at:
                look_at = now + LOOK_EVERY
                self._end_hanging()
            for program in self.programs:
                if program.process is None and now >= program.start_at:
                    program.start()
                elif program.died() and not self._after_death(program, now):
                    return False
            if not is_ready and self.ready():
                is_ready = True
                self.on_ready()
            time.sleep(TICK)
        return True

    def _end_hanging(self) -> None:
        """Kill what hangs; its death is then seen like any other."""
        for program in self.programs:
            if program.process is not None and program.hangs():
                self.say(f"The {program.name} process hangs.")
                program.kill()

    def _after_death(self, program: Program, now: float) -> bool:
        """Clear away the rest of a program that died and plan its next start; False where there is none."""
        code = program.process.returncode if program.process else None
        program.kill()
        program.process = None
        delay = program.delay(now) if program.restarts else None
        if delay is None:
            again = " too often" if program.restarts else ""
            self.say(f"The {program.name} process ended{again} (exit code {code}). Ending everything.")
            return False
        self.say(f"The {program.name} process ended (exit code {code}). Starting it again in {delay:g} s.")
        program.start_at = now + delay
        return True

    def _end_all(self) -> None:
        for program in self.programs:
            program.ask_to_end()
        deadline = time.monotonic() + self.grace
        while time.monotonic() < deadline and not self.hurry:
            if all(program.gone() for program in self.programs):
                break
            time.sleep(TICK)
        for program in self.programs:
            program.kill()
