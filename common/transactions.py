"""The outermost write: one durable transaction, tried again where the database asks for it."""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction

P = ParamSpec("P")
R = TypeVar("R")

# Deadlock, lock wait timeout, snapshot changed, server gone, connection lost. A lock wait timeout undoes one
# statement only, so it is caught here, outside the block, and never inside, where half a posting could commit.
RETRYABLE = {1213, 1205, 1020, 2006, 2013}
ATTEMPTS = 6


def is_retryable(error: OperationalError) -> bool:
    code = error.args[0] if error.args else None
    return code in RETRYABLE or "database is locked" in str(error)


def durable(write: Callable[P, R]) -> Callable[P, R]:
    """Run `write` in one outermost transaction; start it afresh after a deadlock or a lock wait, at most 6 times.

    Raises RuntimeError where it is called inside another transaction.
    """

    @functools.wraps(write)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic(durable=True):
                    return write(*args, **kwargs)
            except OperationalError as error:
                if attempt == ATTEMPTS or not is_retryable(error):
                    raise
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        raise AssertionError("unreachable")

    return run
