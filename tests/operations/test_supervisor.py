"""Programs are started together, ended together, and leave nothing behind. Real processes, real signals."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from operations.supervisor import Program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

ROOT = Path(__file__).resolve().parents[2]
SLEEPS = "import time; time.sleep(60)"
# Starts a grandchild, notes its pid, and ends on SIGTERM without taking the grandchild along.
LEAVES_A_CHILD = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(60)
"""
IGNORES_TERM = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text("up")
time.sleep(60)
"""
NOTES_PID = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(60)
"""
WAITS_FOR_NOTE = """
import pathlib, sys, time
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.02)
sys.exit(3)
"""
RUNNER = """
import sys
from operations.supervisor import Program, Supervisor
programs = eval(sys.argv[1])
sys.exit(Supervisor(programs, grace=1.0, on_ready=lambda: print("ready", flush=True)).run())
"""


def program(name: str, code: str, *arguments: str, restarts: bool = False) -> str:
    """The Python expression of a Program that runs `code`."""
    return f"Program({name!r}, {[sys.executable, '-c', code, *arguments]!r}, restarts={restarts})"


def supervise(*programs: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUNNER, f"[{', '.join(programs)}]"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)


def wait_until(true: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return False


def runs(pid: int) -> bool:
    """Whether the process lives; a zombie that nobody reaped does not count."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def started(supervisor: subprocess.Popen[str], count: int) -> list[int]:
    assert wait_until(lambda: len(children(supervisor.pid)) == count)
    return children(supervisor.pid)


def finish(supervisor: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = supervisor.communicate(timeout=20)
    return supervisor.returncode, output


def test_ctrl_c_ends_every_program_and_is_no_failure() -> None:
    supervisor = supervise(program("web", SLEEPS), program("worker", SLEEPS))
    pids = started(supervisor, 2)
    supervisor.send_signal(signal.SIGINT)
    assert finish(supervisor) == (0, "ready\n")
    assert [runs(pid) for pid in pids] == [False, False]


def test_each_program_is_out_of_reach_of_the_terminals_ctrl_c() -> None:
    supervisor = supervise(program("web", SLEEPS), program("worker", SLEEPS))
    pids = started(supervisor, 2)
    # A child is in its own session a moment after it exists.
    assert wait_until(lambda: {os.getsid(pid) for pid in pids} == set(pids))
    os.killpg(supervisor.pid, signal.SIGTERM)
    assert finish(supervisor)[0] == 0
    assert [runs(pid) for pid in pids] == [False, False]


def test_what_a_program_leaves_behind_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    supervisor = supervise(program("web", LEAVES_A_CHILD, str(note)))
    assert wait_until(lambda: note.exists() and note.read_text() != "")
    grandchild = int(note.read_text())
    assert runs(grandchild)
    supervisor.send_signal(signal.SIGTERM)
    assert finish(supervisor)[0] == 0
    assert wait_until(lambda: not runs(grandchild), 2)


def test_a_program_that_ignores_the_request_is_killed_after_the_grace(tmp_path: Path) -> None:
    note = tmp_path / "up"
    supervisor = supervise(program("web", IGNORES_TERM, str(note)))
    assert wait_until(note.exists)
    (pid,) = started(supervisor, 1)
    start = time.monotonic()
    supervisor.send_signal(signal.SIGTERM)
    assert finish(supervisor)[0] == 0
    assert 1.0 <= time.monotonic() - start < 3.0
    assert not runs(pid)


def test_a_second_ctrl_c_does_not_wait_for_the_grace(tmp_path: Path) -> None:
    note = tmp_path / "up"
    supervisor = supervise(program("web", IGNORES_TERM, str(note)))
    assert wait_until(note.exists)
    (pid,) = started(supervisor, 1)
    start = time.monotonic()
    supervisor.send_signal(signal.SIGINT)
    time.sleep(0.2)
    supervisor.send_signal(signal.SIGINT)
    assert finish(supervisor)[0] == 0
    assert time.monotonic() - start < 0.9
    assert not runs(pid)


def test_when_one_dies_the_other_is_ended_and_it_is_a_failure(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code, output = finish(
        supervise(program("web", WAITS_FOR_NOTE, str(note)), program("worker", NOTES_PID, str(note), restarts=True))
    )
    assert code == 1
    assert output.splitlines()[-1] == "The web process ended (exit code 3). Ending everything."
    assert not runs(int(note.read_text()))


def test_a_worker_that_dies_is_started_again() -> None:
    supervisor = supervise(program("web", SLEEPS), program("worker", SLEEPS, restarts=True))
    web, worker = started(supervisor, 2)
    os.kill(worker, signal.SIGKILL)
    assert wait_until(lambda: len(set(children(supervisor.pid)) - {web, worker}) == 1)
    (again,) = set(children(supervisor.pid)) - {web, worker}
    assert runs(web)
    supervisor.send_signal(signal.SIGTERM)
    code, output = finish(supervisor)
    assert code == 0
    assert output.splitlines()[-1] == "The worker process ended (exit code -9). Starting it again in 1 s."
    assert [runs(pid) for pid in (web, again)] == [False, False]


def test_a_program_that_hangs_is_killed_and_started_again(tmp_path: Path) -> None:
    note = tmp_path / "hangs"
    hanging = program("queue", SLEEPS, restarts=True)[:-1] + f", hangs=pathlib.Path({str(note)!r}).exists)"
    runner = RUNNER.replace(
        "import sys\n", "import pathlib, sys\nfrom operations import supervisor\nsupervisor.LOOK_EVERY = 0.1\n"
    )
    command = [sys.executable, "-c", runner, f"[{program('web', SLEEPS)}, {hanging}]"]
    supervisor = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    web, queue = started(supervisor, 2)
    note.write_text("")
    assert wait_until(lambda: not runs(queue))
    note.unlink()
    assert wait_until(lambda: len(children(supervisor.pid)) == 2)
    assert (runs(web), children(supervisor.pid)[0]) == (True, web)
    supervisor.send_signal(signal.SIGTERM)
    code, output = finish(supervisor)
    assert (code, output.splitlines()[1:]) == (
        0,
        ["The queue process hangs.", "The queue process ended (exit code -9). Starting it again in 1 s."],
    )


def test_a_supervisor_that_is_killed_takes_its_programs_along() -> None:
    supervisor = supervise(program("web", SLEEPS), program("worker", SLEEPS))
    pids = started(supervisor, 2)
    supervisor.kill()
    finish(supervisor)
    assert wait_until(lambda: not any(runs(pid) for pid in pids), 3)


def test_the_back_off_doubles_and_gives_up_at_the_sixth_death_within_five_minutes() -> None:
    worker = Program("worker", [])
    assert [worker.delay(at) for at in (0, 2, 5, 10, 20, 40)] == [1.0, 2.0, 4.0, 8.0, 16.0, None]


def test_deaths_of_long_ago_are_forgiven() -> None:
    worker = Program("worker", [])
    assert [worker.delay(at) for at in (0, 400, 800, 1200, 1600, 2000, 2400)] == [1.0] * 7
