"""The house rules that a machine can check: short files, short functions, imports that point down."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "common",
    "access",
    "notifications",
    "inventory",
    "clients",
    "ungating",
    "allocation",
    "pallets",
    "sync",
    "operations",
)
LONGEST_FILE = 299
LONGEST_FUNCTION = 39
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "misc.py"}


def sources(*folders: str) -> list[Path]:
    """Every Python file of these folders but migrations."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and length in lines of every function, decorators not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources(*APPS, "settings", "tests")
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    long = {
        f"{path.relative_to(ROOT)}: {name}": lines
        for path in sources(*APPS, "settings")
        for name, lines in functions(path)
        if lines > LONGEST_FUNCTION
    }
    assert long == {}


def test_no_file_is_a_drawer_for_anything() -> None:
    assert [path for path in sources(*APPS, "settings", "tests") if path.name in FORBIDDEN_NAMES] == []


@pytest.mark.parametrize("app", APPS)
def test_every_app_is_a_package_that_says_its_name(app: str) -> None:
    assert (ROOT / app / "__init__.py").is_file()
    assert f'name = "{app}"' in (ROOT / app / "apps.py").read_text()


def test_apps_import_downwards_only() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run([str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
