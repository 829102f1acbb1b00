"""The folder's files, read again as soon as they have changed."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from sync.devservers.calls import CallRefused

# Seconds. A file changed twice within one tick of the file system's clock shows the same mtime and perhaps the same
# size: a file as young as this is read again the next time.
TOO_YOUNG = 0.1

ContentT = TypeVar("ContentT")


class BrokenFile(CallRefused):
    """A file that cannot be served as it is: the call is answered by a 500 that says why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(500, f"The file {name} of the development servers {reason}.")


class WatchedFile(Generic[ContentT]):
    """A file's content by `parse` (its bytes and name in, the content out, or BrokenFile)."""

    def __init__(self, path: Path, name: str, parse: Callable[[bytes, str], ContentT]) -> None:
        self.path = path
        self.name = name
        self._parse = parse
        self._seen: tuple[int, int, int] | None = None
        self._content: ContentT | None = None

    def read(self) -> ContentT:
        """The content now; the very same object while the file has not changed. Raises BrokenFile."""
        try:
            before = self.path.stat()
            seen = (before.st_mtime_ns, before.st_size, before.st_ino)
            if self._content is not None and seen == self._seen:
                return self._content
            data = self.path.read_bytes()
        except OSError as error:
            raise BrokenFile(self.name, f"cannot be read: {error.strerror}") from error
        self._content = self._parse(data, self.name)
        self._seen = seen if time.time() - before.st_mtime > TOO_YOUNG else None
        return self._content


def parse_objects(data: bytes, name: str) -> list[Any]:
    """The JSON list in `data`, or the list under `data` of a saved reply. Raises BrokenFile."""
    try:
        value = json.loads(data)
    except json.JSONDecodeError as error:
        raise BrokenFile(name, f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise BrokenFile(name, "is not JSON in UTF-8") from error
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        value = value["data"]
    if not isinstance(value, list):
        raise BrokenFile(name, "is not a list of objects")
    return value
