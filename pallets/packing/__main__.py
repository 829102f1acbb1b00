"""`python -m pallets.packing ORDER.json` prints the plan as JSON; `-` reads standard input."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pallets.packing.order import OrderError, read_order
from pallets.packing.pack import pack


def main(argv: list[str] | None = None) -> int:
    """0 and the plan on stdout, or 2 and {"errors": [{"path", "message"}]} on stderr."""
    parser = argparse.ArgumentParser(prog="python -m pallets.packing", description="Pack an order.")
    parser.add_argument("order", help="a JSON file, or - for standard input")
    source = parser.parse_args(argv).order
    try:
        plan = pack(read_order(_load(source)))
    except OrderError as refusal:
        sys.stderr.write(json.dumps({"errors": refusal.errors}, indent=1) + "\n")
        return 2
    sys.stdout.write(json.dumps(plan.as_json(), indent=1) + "\n")
    return 0


def _load(source: str) -> object:
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
    except OSError as error:
        raise _refused(f"{source} cannot be read: {error.strerror or error}") from error
    except RecursionError as error:
        raise _refused("is nested too deeply") from error
    except ValueError as error:
        raise _refused(f"is not JSON in UTF-8: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key {next(key for key in keys if keys.count(key) > 1)!r} is given twice")
    return found


def _refused(message: str) -> OrderError:
    return OrderError([{"path": "", "message": message}])


if __name__ == "__main__":
    sys.exit(main())
