"""The demo's files, as the project ships them."""

import json
from pathlib import Path

DEMO = Path(__file__).resolve().parent / "demo"


def demo_clients() -> set[str]:
    """The panel ids of the demo's clients."""
    return {row["id"] for row in json.loads((DEMO / "panel" / "clients.json").read_text(encoding="utf-8"))}
