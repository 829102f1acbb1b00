"""The file of a backup: a zip of the data, its manifest, and a note of when it was proved equal."""

import hashlib
import json
import os
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from operations.backups.errors import BackupRefused
from operations.backups.state import State

DATA, MANIFEST, VERIFIED = "data", "manifest.json", "verified.json"
CHUNK = 1 << 20
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)


@dataclass(frozen=True)
class Manifest:
    """What the data is and must hold once loaded. `size` in bytes; `run`: the id of the run that made it."""

    vendor: str
    application: str
    created_at: datetime
    state: State
    sha256: str
    size: int
    run: int | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"created_at": self.created_at.isoformat()}, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Manifest":
        """Raises ValueError where a field is missing or has the wrong form."""
        values = json.loads(text)
        try:
            state = State(**{key: dict(values["state"][key]) for key in ("rows", "sums", "schema")})
            if not all(type(number) is int for number in (*state.rows.values(), *state.sums.values())):
                raise ValueError("a count is no whole number")
            return cls(
                vendor=str(values["vendor"]),
                application=str(values["application"]),
                created_at=datetime.fromisoformat(values["created_at"]),
                state=state,
                sha256=str(values["sha256"]),
                size=int(values["size"]),
                run=values["run"],
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"the manifest is incomplete ({error})") from error


def application_version() -> str:
    """The version in pyproject.toml."""
    project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())
    return str(project["project"]["version"])


def write_container(
    path: Path, dump: Callable[[Callable[[bytes], Any]], State], *, vendor: str, at: datetime, run: int | None
) -> Manifest:
    """Create `path` (it must not exist) with what `dump` sends to its sink; only the owner may read it."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w+b") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(DATA, "w", force_zip64=True) as member:

            def sink(block: bytes) -> None:
                nonlocal size
                size += len(block)
                digest.update(block)
                member.write(block)

            state = dump(sink)
        manifest = Manifest(vendor, application_version(), at, state, digest.hexdigest(), size, run)
        archive.writestr(MANIFEST, manifest.to_json())
    return manifest


def mark_verified(path: Path, *, at: datetime, seconds: float) -> None:
    """Note in the file itself that it was loaded and proved equal, and bring it to the disk."""
    with path.open("r+b") as file:
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr(VERIFIED, json.dumps({"at": at.isoformat(), "seconds": round(seconds, 1)}))
        file.flush()
        os.fsync(file.fileno())


def read_notes(path: Path) -> tuple[Manifest, datetime | None]:
    """The manifest of `path` and when it was verified, without reading its data. Raises BackupRefused."""
    with _understood(path), zipfile.ZipFile(path) as archive:
        manifest = Manifest.from_json(archive.read(MANIFEST))
        if VERIFIED not in archive.namelist():
            return manifest, None
        return manifest, datetime.fromisoformat(json.loads(archive.read(VERIFIED))["at"])


def check_data(path: Path, manifest: Manifest) -> None:
    """Read all data of `path` and compare its length and SHA-256 with the manifest. Raises BackupRefused."""
    digest, size = hashlib.sha256(), 0
    with _understood(path), open_data(path) as data:
        while size <= manifest.size and (block := data.read(CHUNK)):
            digest.update(block)
            size += len(block)
    if (size, digest.hexdigest()) != (manifest.size, manifest.sha256):
        raise BackupRefused(f"{path.name} is damaged: its data is not what its manifest says (SHA-256 or length).")


@contextmanager
def open_data(path: Path) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(path) as archive, archive.open(DATA) as data:
        yield data


@contextmanager
def _understood(path: Path) -> Iterator[None]:
    """Every way in which a file can be broken, as one error."""
    if not path.is_file():
        raise BackupRefused(f"There is no backup {path}.")
    try:
        yield
    except BROKEN as error:
        raise BackupRefused(f"{path.name} is damaged or no backup: {error}.") from error
