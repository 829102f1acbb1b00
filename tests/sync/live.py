"""The three outside systems on loopback, as the settings of a test name them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync.devservers.server import Devservers
from tests.sync.cases import Row, panel, panel_client, panel_store, sheet, status

SOURCES = ("PORTAL_URL", "PORTAL_TAB", "PANEL_URL", "PANEL_TOKEN", "UNGATING_URL", "UNGATING_TOKEN")


class Files:
    """What the three systems hold, a list a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sheet(self, rows: list[Row], **options: Any) -> None:
        made = sheet(self.folder, rows, **options)
        made.rename(self.folder / "buying_portal.csv")

    def panel(self, *lists: list[dict[str, Any]] | None) -> None:
        panel(self.folder / "panel", *lists)

    def statuses(self, objects: list[dict[str, Any]]) -> None:
        (self.folder / "ungating" / "statuses.json").write_text(json.dumps(objects), encoding="utf-8")


class Upstream(Files):
    """A folder of files, served; each list is written as it is changed."""

    def __init__(self, servers: Devservers, folder: Path) -> None:
        super().__init__(folder)
        self.servers = servers
        self.fault = servers.fault
        self._seen = 0

    def asked(self) -> list[str]:
        """What was asked for since the last time, without pages and the token, with what was changed since."""
        calls = self.servers.requests[self._seen :]
        self._seen += len(calls)
        return [
            f"{call.path}{' since' if 'updated_since' in call.query else ''}{' 304' if call.status == 304 else ''}"
            for call in calls
        ]


@contextmanager
def upstream(folder: Path, state: Path, settings: Any, rows: list[Row]) -> Iterator[Upstream]:
    """Served: the sheet's `rows`, client 1 with store 1, one status."""
    for name in ("panel", "ungating"):
        (folder / name).mkdir(parents=True)
    files = Files(folder)
    files.sheet(rows)
    files.panel([panel_client()], [panel_store()], [])
    files.statuses([status("1")])
    with Devservers(folder, state=state) as servers:
        variables = servers.environment()
        for name in (*SOURCES, "GOOGLE_SHEETS_API", "GOOGLE_SERVICE_ACCOUNT_FILE"):
            setattr(settings, name, variables[name])
        settings.WEBHOOK_SECRETS = json.loads(variables["WEBHOOK_SECRETS"])
        yield Upstream(servers, folder)
