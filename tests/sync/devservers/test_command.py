"""manage.py devservers: what it prints, what it refuses, how it ends."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command

from sync.management.commands.devservers import served_folder

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def development(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DEBUG = True
    settings.VAR = tmp_path / "var"
    yield


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("devservers", *arguments)
    return str(caught.value)


def test_it_serves_until_it_is_asked_to_end(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "devservers", "--folder", str(folder), "--port", "0", "--verbosity", "2"]
    # The state of the servers that somebody may be running here is not touched.
    own = f"from pathlib import Path\nfrom settings.development import *\nVAR = Path({str(tmp_path)!r})\n"
    (tmp_path / "trial_settings.py").write_text(own)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "trial_settings", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    process = subprocess.Popen(
        [*command, "--fault", "/panel/v1/clients=429:1"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if "Ready at" in line:
                break
        script = "".join(lines) + 'printf "%s\\n" "$PORTAL_TAB" "$PANEL_URL" "$PANEL_TOKEN" "$WEBHOOK_SECRETS"'
        shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
        tab, url, token, secrets = shell.stdout.splitlines()
        assert tab == "ASINs"
        assert secrets.startswith('{"panel": ["whsec_')
        statuses = [
            requests.get(
                f"{url}/v1/clients?key=hidden", headers={"Authorization": f"Bearer {token}"}, timeout=5
            ).status_code
            for _ in range(2)
        ]
        assert statuses == [429, 400]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=5)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    exports = [line for line in lines if line.startswith("export ")]
    assert (tmp_path / "devservers/environment").read_text() == "".join(exports)
    assert errors.splitlines() == ["GET /panel/v1/clients?key=… 429", "GET /panel/v1/clients?key=… 400"]


def test_it_refuses_where_debug_is_off(settings: Any) -> None:
    settings.DEBUG = False
    assert refusal() == "The development servers run in development only: DEBUG is off here."


def test_a_busy_port_says_which_option_to_give(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refusal("--folder", str(folder), "--port", str(port))
    assert said.startswith(f"Port {port} is in use by another program. Stop that one, or choose another port: --port ")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.com", "::", ""])
def test_it_listens_on_loopback_only(host: str) -> None:
    assert refusal("--host", host).startswith("--host takes a loopback address such as 127.0.0.1")


def test_options_that_cannot_be(folder: Path) -> None:
    given = ("--folder", str(folder), "--port", "0")
    assert refusal(*given, "--fault", "/panel").startswith("'/panel' is no fault")
    assert refusal(*given, "--fault", "/nowhere=500").startswith("No interface is at '/nowhere'")
    assert refusal(*given, "--webhooks", "http://example.com").startswith("Webhooks go to this machine only")
    assert refusal(*given, "--webhook-secret", "short").startswith("A webhook secret is whsec_")
    assert refusal("--port", "70000").startswith("--port takes")
    assert refusal(*given, "--reset").startswith("--reset copies the demo's files anew")
    (folder / "panel/stores.json").unlink()
    assert refusal(*given) == f"{folder} has no panel/stores.json."


def test_the_demo_is_copied_before_it_is_served(tmp_path: Path) -> None:
    demo = ROOT / "operations/demo"
    copy = tmp_path / "var/devservers/demo"
    assert served_folder(None, reset=False) == copy
    assert (copy / "panel/clients.json").read_bytes() == (demo / "panel/clients.json").read_bytes()

    (copy / "panel/clients.json").write_text("[]")
    assert served_folder(demo, reset=False) == copy
    assert (copy / "panel/clients.json").read_text() == "[]"
    assert served_folder(None, reset=True) == copy
    assert (copy / "panel/clients.json").read_bytes() == (demo / "panel/clients.json").read_bytes()

    shutil.rmtree(copy / "ungating")
    with pytest.raises(CommandError, match=r"has no ungating/statuses.json. Give --reset"):
        served_folder(None, reset=False)
