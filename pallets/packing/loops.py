"""Compiles plain loops with numba where that is installed; without it they run as they are, slowly."""

import hashlib
import importlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

HAS_NUMBA = importlib.util.find_spec("numba") is not None
_FOLDER = Path(__file__).parent
_numba: Any = importlib.import_module("numba") if HAS_NUMBA else None
_is_kept = os.access(_FOLDER, os.W_OK)

if HAS_NUMBA and _is_kept:
    # numba looks at a function's own file only: one that it calls may have changed in another.
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(_FOLDER.glob("loops*.py")))).hexdigest()
    _numba.config.CACHE_DIR = str(_FOLDER / "__pycache__" / f"loops-{digest[:16]}")


def compiled(function: F) -> F:
    """The same function, quicker. No fast-math: the numbers are the same to the last bit."""
    quick: F = _numba.njit(cache=_is_kept)(function) if HAS_NUMBA else function
    return quick
