"""`manage.py serve` as people start it: a port of its own, web and worker up, nothing left afterwards."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "settings.development",
        "DATABASE_URL": f"sqlite:///{folder}/serve.sqlite3",
    }


def processes(mark: Path) -> Iterator[str]:
    """Commands of the processes that have `mark` in their environment."""
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and str(mark).encode() in (folder / "environ").read_bytes():
                yield (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.full
def test_web_and_worker_come_up_answer_and_leave_nothing_behind(tmp_path: Path) -> None:
    manage, variables = [sys.executable, "manage.py"], environment(tmp_path)
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=variables, check=True)
    port = free_port()
    served = subprocess.Popen(
        [*manage, "serve", "--port", str(port)],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert served.stdout is not None
    try:
        said = next((line for line in served.stdout if line.startswith("Ready")), "")
        assert said == f"Ready at http://127.0.0.1:{port} (Ctrl-C ends it)\n"
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10).status == 200
        running = list(processes(tmp_path))
        assert any("runserver" in command for command in running)
        assert any("qcluster" in command for command in running)
        assert any("ticker" in command for command in running)
    finally:
        served.send_signal(signal.SIGINT)
        rest, _ = served.communicate(timeout=30)
    assert (served.returncode, rest.splitlines()[-1]) == (0, "Ended.")
    assert list(processes(tmp_path)) == []


def test_a_busy_port_is_said_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        served = subprocess.run(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
        )
    assert served.returncode == 1
    assert f"Port {port} is in use by another program." in served.stderr
    assert served.stdout == ""
