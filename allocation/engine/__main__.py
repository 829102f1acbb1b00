"""`python -m allocation.engine PROBLEM.json`: prints the plan as JSON; `-` reads standard input.

`--explain` before the file prints {"plan": ..., "explanations": ...}: why each offer is in or out, and what more money
would bring.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from allocation.engine.check import check
from allocation.engine.explain import StoreReasons
from allocation.engine.plan import Plan
from allocation.engine.position import Position
from allocation.engine.problem import Problem, ProblemError, read_problem
from allocation.engine.reasons import WhyIn, WhyOut
from allocation.engine.setup import market_of
from allocation.engine.solve import solve
from allocation.engine.worth import More, balance_curve

USAGE = "usage: python -m allocation.engine [--explain] PROBLEM.json (or - for standard input)"
EXPLAIN = "--explain"
MOST_ERRORS = 1_000


def main(arguments: list[str]) -> int:
    """0: the plan on stdout; 2: {"errors": [{"path", "message"}]} on stderr; 1: a plan fails its check."""
    explained = arguments[:1] == [EXPLAIN]
    arguments = arguments[explained:]
    if len(arguments) != 1:
        return _refuse([{"path": "$", "message": USAGE}])
    try:
        problem = read_file(arguments[0])
    except ProblemError as error:
        return _refuse(error.errors)
    plan = solve(problem)
    faults = check(problem, plan)
    if faults:
        sys.stderr.write(json.dumps({"errors": [{"path": "plan", "message": text} for text in faults]}) + "\n")
        return 1
    data = plan.as_json()
    if explained:
        data = {"plan": data, "explanations": explanations(problem, plan)}
    return _print(json.dumps(data, sort_keys=True, indent=1, default=_money))


def _print(text: str) -> int:
    """0, or 1 where nobody takes the text: a closed output, a full disk."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except (OSError, AttributeError) as error:
        if sys.stderr:
            sys.stderr.write(f"cannot write the plan: {error}\n")
        # What Python still holds back would fail again when it ends.
        sys.stdout = None
        return 1
    return 0


def explanations(problem: Problem, plan: Plan) -> dict[str, Any]:
    """By store and item why each offer is "in" or "out", and by client the "curve" of more money, as plain dicts.

    Each holds its numbers and the sentence that says them in "words"; money is `Decimal`.
    """
    position = Position(market_of(problem), plan)
    stores = [StoreReasons(position, store) for store in sorted(position.owner)]
    buyers = enumerate(position.market.buyers)
    return {
        "in": [_row(row) for store in stores for row in store.lines()],
        "out": [_row(row) for store in stores for row in store.left_out()],
        "curve": {buyer.id: [_row(row) for row in balance_curve(position, place)] for place, buyer in buyers},
    }


def _row(row: WhyIn | WhyOut | More) -> dict[str, Any]:
    return {**asdict(row), "words": row.words()}


def _money(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, ".2f")
    raise TypeError(f"{value!r} has no JSON form")


def read_file(name: str) -> Problem:
    """The problem in a JSON file; raises ProblemError for a file that cannot be read or is not JSON."""
    try:
        raw = _standard_input() if name == "-" else Path(name).read_bytes()
        data = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_no_doubles)
    except ProblemError:
        raise
    except OSError as error:
        raise ProblemError([{"path": "$", "message": f"cannot read {name}: {error.strerror}"}]) from error
    except RecursionError as error:
        raise ProblemError([{"path": "$", "message": "is nested too deeply"}]) from error
    except ValueError as error:
        raise ProblemError([{"path": "$", "message": f"is not JSON: {error}"}]) from error
    return read_problem(data)


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise ProblemError([{"path": "$", "message": "standard input is closed"}])
    return sys.stdin.buffer.read()


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A key that is there twice would silently lose one of its values."""
    row = dict(pairs)
    if len(row) < len(pairs):
        doubled = min(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise ValueError(f"the key {doubled!r} is there twice in one object")
    return row


def _refuse(errors: list[dict[str, str]]) -> int:
    shown = errors[:MOST_ERRORS]
    if len(errors) > MOST_ERRORS:
        shown = [*shown, {"path": "$", "message": f"and {len(errors) - MOST_ERRORS} more errors"}]
    if sys.stderr:
        sys.stderr.write(json.dumps({"errors": shown}, indent=1) + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
