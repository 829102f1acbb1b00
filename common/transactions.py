"""The outermost write: one durable transaction, tried again where the database asks for it."""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction

from common.errors import Conflict

P = ParamSpec("P")
R = TypeVar("R")

# Deadlock, lock wait timeout, snapshot changed, server gone, connection lost. A lock wait timeout undoes one
# statement only, so it is caught here, outside the block, and never inside, where half a posting could commit.
BUSY = {1213, 1205, 1020}
LOST = {2006, 2013}
ATTEMPTS = 6


class Busy(Conflict):
    """Other writers kept the rows locked through every attempt; nothing was changed."""

    code = "busy"
    title = "Busy with other changes"
    status = 503


class OutcomeUnknown(Conflict):
    """The connection broke while the database was asked to commit; it may have done so."""

    code = "outcome_unknown"
    title = "It is not known whether this was saved"
    status = 503


def is_busy(error: OperationalError) -> bool:
    return _code(error) in BUSY or "database is locked" in str(error)


def is_lost(error: OperationalError) -> bool:
    return _code(error) in LOST


def _code(error: OperationalError) -> object:
    return error.args[0] if error.args else None


def durable(write: Callable[P, R]) -> Callable[P, R]:
    """Run `write` in one outermost transaction; start it afresh after a deadlock, a lock wait or a lost connection,
    at most 6 times.

    A connection lost at the COMMIT is not tried again: a second run could promise the same units twice.
    Raises Busy where rows stay locked, OutcomeUnknown, or RuntimeError where it is called inside another transaction.
    """

    @functools.wraps(write)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            written = False
            try:
                with transaction.atomic(durable=True):
                    result = write(*args, **kwargs)
                    written = True
                return result
            except OperationalError as error:
                _judge(error, written=written, last=attempt == ATTEMPTS)
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        raise AssertionError("unreachable")

    return run


def _judge(error: OperationalError, *, written: bool, last: bool) -> None:
    """Return where another attempt may follow; else raise what it means, or `error` itself."""
    if written and is_lost(error):
        raise OutcomeUnknown(
            "The connection to the database broke while this was saved. Look whether it was, before you try again."
        ) from error
    if last and is_busy(error):
        raise Busy("The database is busy with other changes. Nothing was changed; try again.") from error
    if last or not (is_busy(error) or is_lost(error)):
        raise error
