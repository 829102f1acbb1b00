"""`python -m allocation.engine PROBLEM.json`: prints the plan as JSON; `-` reads standard input."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from allocation.engine.check import check
from allocation.engine.problem import Problem, ProblemError, read_problem
from allocation.engine.solve import solve

USAGE = "usage: python -m allocation.engine PROBLEM.json (or - for standard input)"


def main(arguments: list[str]) -> int:
    """0: the plan on stdout; 2: {"errors": [{"path", "message"}]} on stderr; 1: a plan fails its check."""
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
    sys.stdout.write(json.dumps(plan.as_json(), sort_keys=True, indent=1) + "\n")
    return 0


def read_file(name: str) -> Problem:
    """The problem in a JSON file; raises ProblemError for a file that cannot be read or is not JSON."""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        data = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_no_doubles)
    except OSError as error:
        raise ProblemError([{"path": "$", "message": f"cannot read {name}: {error.strerror}"}]) from error
    except RecursionError as error:
        raise ProblemError([{"path": "$", "message": "is nested too deeply"}]) from error
    except ValueError as error:
        raise ProblemError([{"path": "$", "message": f"is not JSON: {error}"}]) from error
    return read_problem(data)


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A key that is there twice would silently lose one of its values."""
    row = dict(pairs)
    if len(row) < len(pairs):
        doubled = sorted({key for key, _ in pairs if [name for name, _ in pairs].count(key) > 1})
        raise ValueError(f"the key {doubled[0]!r} is there twice in one object")
    return row


def _refuse(errors: list[dict[str, str]]) -> int:
    sys.stderr.write(json.dumps({"errors": errors}, indent=1) + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
