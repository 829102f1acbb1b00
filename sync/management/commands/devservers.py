"""manage.py devservers: the outside systems on this machine, for a demo or a trial."""

import errno
import ipaddress
import shlex
import shutil
import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sync.devservers.control import Logged
from sync.devservers.faults import BadFault, parse_fault
from sync.devservers.server import LIST_FILES, SHEET_FILE, WEBHOOK_SECRETS, Devservers
from sync.devservers.tokens import write_private
from sync.devservers.webhooks import BadWebhook

PORT = 8100


def demo_folder() -> Path:
    """The demo's files as they are shipped."""
    return Path(settings.BASE_DIR) / "operations" / "demo"


def state_folder() -> Path:
    """Where the copy of the demo's files, the service account and the environment are kept."""
    return Path(settings.VAR) / "devservers"


class Command(BaseCommand):
    help = (
        "Development only: serves the buying portal's sheet, the panel and the ungating software from a folder of "
        "files, which may be edited meanwhile, until Ctrl-C. Prints the settings that let the product use them."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, help="the files to serve (a copy of the demo in var/devservers)")
        parser.add_argument("--reset", action="store_true", help="copy the demo's files anew, dropping all edits")
        parser.add_argument("--host", default="127.0.0.1", help="a loopback address (127.0.0.1)")
        parser.add_argument("--port", type=int, default=PORT, help=f"where to listen ({PORT}); 0: any free port")
        parser.add_argument(
            "--fault",
            action="append",
            default=[],
            metavar="PATH=KIND[:TIMES]",
            help="let requests go wrong, as in /panel/v1/clients=429:3 (times 0: always); may be given several times",
        )
        parser.add_argument("--webhooks", default="", metavar="URL", help="tell the product there of every change")
        parser.add_argument("--webhook-secret", metavar="whsec_…", help="signs the webhooks of both sources")

    def handle(self, *, folder: Path | None, reset: bool, host: str, port: int, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The development servers run in development only: DEBUG is off here.")
        refuse_foreign(host, port)
        served = served_folder(folder, reset=reset)
        try:
            servers = self._servers(served, host, port, options)
            with until_signal() as ended, servers:
                self._tell(servers)
                ended.wait()
        except (BadFault, BadWebhook) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise _not_started(error, host, port) from error

    def _servers(self, folder: Path, host: str, port: int, options: dict[str, Any]) -> Devservers:
        secret = options["webhook_secret"]
        servers = Devservers(
            folder,
            port,
            host=host,
            state=state_folder(),
            webhooks=options["webhooks"],
            webhook_secrets=dict.fromkeys(WEBHOOK_SECRETS, (secret,)) if secret else WEBHOOK_SECRETS,
            say=self._say,
            on_request=self._log if options["verbosity"] > 1 else None,
        )
        for text in options["fault"]:
            servers.fault(*parse_fault(text))
        return servers

    def _tell(self, servers: Devservers) -> None:
        """Standard output can be kept in a file and read by a shell: everything but the settings is a comment."""
        lines = [f"export {name}={shlex.quote(value)}" for name, value in servers.environment().items()]
        write_private(state_folder() / "environment", "\n".join(lines) + "\n")
        self.stdout.write("\n".join(lines))
        self.stdout.write(f"# The same lines are in {state_folder() / 'environment'}: . that file, and sync.")
        self.stdout.write(f"# Edit the files in {servers.folder}: the servers say it at once.")
        self.stdout.write(f"# Ready at {servers.url} (Ctrl-C ends it)")
        self.stdout.flush()

    def _say(self, line: str) -> None:
        self.stderr.write(line)

    def _log(self, logged: Logged) -> None:
        query = "&".join(f"{name}={value}" for name, values in logged.query.items() for value in values)
        shown = f"{logged.path}?{query}" if query else logged.path
        self.stderr.write(f"{logged.method} {shown} {logged.status}", lambda line: line)


def refuse_foreign(host: str, port: int) -> None:
    """Raises CommandError for a host that others could reach, or a port that is none."""
    try:
        local = host == "localhost" or ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise CommandError(f"--host takes a loopback address such as 127.0.0.1, not {host!r}: the tokens are public.")
    if not 0 <= port <= 65535:
        raise CommandError("--port takes a whole number from 1 to 65535, or 0 for any free port.")


def served_folder(folder: Path | None, *, reset: bool) -> Path:
    """The folder to serve: of the demo a copy, which may be edited. Raises CommandError where files are missing."""
    demo = demo_folder()
    if folder is None or folder.resolve() == demo.resolve():
        copy = state_folder() / "demo"
        if reset and copy.exists():
            shutil.rmtree(copy)
        if not copy.exists():
            shutil.copytree(demo, copy)
        folder = copy
    elif reset:
        raise CommandError("--reset copies the demo's files anew; it has no meaning for a --folder of your own.")
    missing = [name for name in (SHEET_FILE, *LIST_FILES.values()) if not (folder / name).is_file()]
    if missing:
        again = " Give --reset to copy the demo's files anew." if folder == state_folder() / "demo" else ""
        raise CommandError(f"{folder} has no {', '.join(missing)}.{again}")
    return folder


@contextmanager
def until_signal() -> Iterator[Event]:
    """An event that SIGINT, SIGTERM and SIGHUP set."""
    ended = Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in numbers}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _not_started(error: OSError, host: str, port: int) -> CommandError:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else PORT
        return CommandError(
            f"Port {port} is in use by another program. Stop that one, or choose another port: --port {other}"
        )
    if error.errno == errno.EACCES and port < 1024:
        return CommandError(f"Port {port} needs special rights. Choose one above 1023: --port {PORT}")
    return CommandError(f"The servers cannot start on {host}:{port}: {error.strerror or error}")
