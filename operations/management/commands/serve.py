import os
import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operations.programs import manage, worker_programs
from operations.supervisor import Program, Supervisor

HOST = "127.0.0.1"


def port_number(value: str) -> int:
    """The port that `value` names. Raises CommandError where it is none."""
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        raise CommandError(f"PORT must be a whole number from 1 to 65535, not {value!r}.")
    return int(value)


def refuse_busy_port(port: int) -> None:
    """Raises CommandError where this machine does not let us listen on `port`."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except PermissionError:
            raise CommandError(f"Port {port} needs special rights. Choose one above 1023: make run PORT=8001")
        except OSError as error:
            raise CommandError(
                f"Port {port} is in use by another program. Stop that one, or choose another port: "
                f"make run PORT={port + 1 if port < 65535 else 8001}"
            ) from error


def answers(port: int) -> bool:
    with socket.socket() as caller:
        caller.settimeout(0.5)
        return caller.connect_ex((HOST, port)) == 0


class Command(BaseCommand):
    help = "Serves the web pages and the background worker until Ctrl-C ends both."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        default = os.environ.get("PORT") or "8000"
        parser.add_argument("--port", default=default, help="Where to listen: PORT, else 8000.")

    def handle(self, *args: Any, port: str, **options: Any) -> None:
        number = port_number(port)
        refuse_busy_port(number)
        address = f"{HOST}:{number}"
        os.environ["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"
        supervisor = Supervisor(
            [
                Program("web", manage("runserver", "--noreload", address)),
                *worker_programs(),
            ],
            ready=lambda: answers(number),
            on_ready=lambda: self._say(f"Ready at http://{address} (Ctrl-C ends it)"),
            say=self._say,
        )
        code = supervisor.run()
        self._say("Ended." if code == 0 else "Ended because of the trouble above.")
        if code:
            raise SystemExit(code)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
