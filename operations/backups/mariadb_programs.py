"""The client programs of MariaDB and MySQL: passwords by a private file, every end checked."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from operations.backups.container import CHUNK
from operations.backups.errors import BackupFailed, BackupRefused

SHOWN = 3
TRAILER = b"-- Dump completed"
FIRST_TABLE = b"-- Table structure for table"
# A trigger, view or routine made by another user can be loaded only by a privileged one: drop the owner.
DEFINER = re.compile(rb"DEFINER\s*=\s*(?:`(?:[^`]|``)*`|[^\s@`]+)@(?:`(?:[^`]|``)*`|[^\s*`]+)\s*")
ELSEWHERE = re.compile(
    rb"\s*(?:/\*!\d*\s*)?(?:USE\s|CREATE\s+(?:DATABASE|SCHEMA)\b|DROP\s+(?:DATABASE|SCHEMA)\b)", re.I
)


def program(*names: str) -> str:
    """The path of the first of `names` that is installed."""
    for name in names:
        if path := shutil.which(name):
            return path
    raise BackupFailed(f"The program {names[0]} is not installed here: install the MariaDB client (mariadb-client).")


@contextmanager
def option_file(parameters: dict[str, Any]) -> Iterator[str]:
    """A file only we can read with the connection's parameters: a command line is public to the machine."""
    names = {"user": "user", "password": "password", "host": "host", "port": "port", "unix_socket": "socket"}
    lines = ["[client]"]
    lines += [f"{name}={_quoted(parameters[key])}" for key, name in names.items() if parameters.get(key)]
    lines += [f"ssl-{key}={_quoted(value)}" for key, value in (parameters.get("ssl") or {}).items()]
    with tempfile.NamedTemporaryFile("w", prefix="allocation-", suffix=".cnf", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        yield file.name


def _quoted(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def run_dump(options: str, schema: str, *, sink: Callable[[bytes], Any], on_start: Callable[[], None]) -> None:
    """Dump `schema` in one snapshot to `sink`; `on_start` is called once the snapshot is surely open.

    Raises BackupFailed on any exit code but 0 and where the last line is not the trailer.
    """
    command = [program("mariadb-dump", "mysqldump"), f"--defaults-extra-file={options}"]
    command += [
        "--single-transaction",
        "--quick",
        "--routines",
        "--triggers",
        "--hex-blob",
        "--no-tablespaces",
    ]
    command += ["--default-character-set=utf8mb4", schema]
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints) as process:  # noqa: S603
            try:
                assert process.stdout is not None
                tail = _forward(process.stdout, sink, on_start)
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            raise BackupFailed(f"The dump failed (exit code {process.returncode}): {_said(complaints)}")
    if not ends_well(tail):
        raise BackupFailed("The dump was cut off: its last line is missing.")


def _forward(stream: IO[bytes], sink: Callable[[bytes], Any], on_start: Callable[[], None]) -> bytes:
    """Send all on and return the last bytes. The first table is described after the snapshot is open."""
    head, tail, started = b"", b"", False
    while block := stream.read1(CHUNK):  # type: ignore[attr-defined]
        if not started:
            head += block
            if FIRST_TABLE in head:
                on_start()
                started, head = True, b""
        sink(block)
        tail = (tail + block)[-4096:]
    return tail


def ends_well(tail: bytes) -> bool:
    """Whether the last line that is not blank is the trailer of a complete dump."""
    return tail.rstrip().rpartition(b"\n")[2].startswith(TRAILER)


def load_dump(options: str, schema: str, data: IO[bytes]) -> None:
    """Load `data` into `schema`. Raises BackupRefused where it is cut off, leaves the schema, or fails."""
    command = [program("mariadb", "mysql"), f"--defaults-extra-file={options}", "--binary-mode"]
    command += ["--default-character-set=utf8mb4", "--max-allowed-packet=1G", schema]
    tail = b""
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=complaints) as process:  # noqa: S603
            try:
                assert process.stdin is not None
                tail = _feed(process.stdin, data)
            except BrokenPipeError:
                pass
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            raise BackupRefused(f"The dump could not be loaded: {_said(complaints)}")
    if not ends_well(tail):
        raise BackupRefused("The dump was cut off: its last line is missing.")


def _feed(stdin: IO[bytes], data: IO[bytes]) -> bytes:
    """Send the dump line by line, without owners and with no way out of the schema; rows hold no newline."""
    tail = b""
    with stdin:
        for line in data:
            if not line.startswith((b"INSERT ", b"(")):
                if ELSEWHERE.match(line):
                    raise BackupRefused(
                        f"The dump reaches beyond its own database: {line[:80].decode(errors='replace')!r}"
                    )
                line = DEFINER.sub(b"", line) if b"DEFINER" in line else line
            stdin.write(line)
            tail = (tail + line)[-4096:]
    return tail


def _said(complaints: IO[bytes]) -> str:
    """What a program complained of; the statement that it may repeat holds data and is left out."""
    complaints.seek(0)
    lines = [line[:500].decode(errors="replace").strip() for line in complaints]
    told = [line for line in lines if line.startswith(("ERROR", "mysql", "mariadb", "/")) or "rror" in line[:40]]
    return " ".join(told[:SHOWN] or lines[-1:])
