"""The command prints plans, refuses bad input with exit 2, and needs no Django."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.allocation.engine.cases import item, offer, problem

ROOT = Path(__file__).parents[3]


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "allocation.engine", *arguments]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, check=False)


def test_prints_the_plan_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(problem([item(stock=4)], [offer()])))
    first, second = run(str(path)), run("-", stdin=path.read_text())
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == second.stdout
    plan = json.loads(first.stdout)
    assert (plan["value"], plan["status"]) == ("304.80", "optimal")
    assert list(plan) == sorted(plan)


def test_explains_the_plan_of_a_file() -> None:
    goods = [item("A", stock=4), item("B", stock=0)]
    text = json.dumps(problem(goods, [offer("A"), offer("B")]))
    plain, first, second = run("-", stdin=text), run("--explain", "-", stdin=text), run("--explain", "-", stdin=text)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == second.stdout
    data = json.loads(first.stdout)
    assert data["plan"] == json.loads(plain.stdout)
    why = data["explanations"]
    assert [(row["item"], row["limit"], row["value"]) for row in why["in"]] == [("A", "stock", "304.80")]
    assert [(row["item"], row["code"], row["words"]) for row in why["out"]] == [
        ("B", "no_stock", "It is not in stock.")
    ]
    # Full pallets (7.20) and a line's rounding, half a cent a case, are all that is left to gain.
    assert {"extra": "100.00", "about": "0.00", "most": "7.22"}.items() <= why["curve"]["c1"][0].items()


@pytest.mark.parametrize("arguments", [(), ("--explain",), ("a", "b"), ("a", "--explain")])
def test_says_how_it_is_used(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    usage = "usage: python -m allocation.engine [--explain] PROBLEM.json (or - for standard input)"
    assert json.loads(done.stderr) == {"errors": [{"path": "$", "message": usage}]}


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("{", "$", "is not JSON"),
        ("", "$", "is not JSON"),
        ('{"offers": [], "offers": []}', "$", "the key 'offers' is there twice"),
        ("[" * 100000, "$", "is nested too deeply"),
        ('{"fairness": NaN}', "fairness", "must be a finite number, not nan"),
        ('{"fairness": ' + "9" * 5000 + "}", "$", "is not JSON"),
    ],
)
def test_refuses_bad_input(text: str, path: str, message: str) -> None:
    done = run("-", stdin=text)
    assert (done.returncode, done.stdout) == (2, "")
    error = json.loads(done.stderr)["errors"][0]
    assert error["path"] == path
    assert message in error["message"]


def test_refuses_a_missing_file() -> None:
    done = run("/nonexistent/problem.json")
    assert done.returncode == 2
    message = "cannot read /nonexistent/problem.json: No such file or directory"
    assert json.loads(done.stderr) == {"errors": [{"path": "$", "message": message}]}


def test_imports_no_django() -> None:
    code = "import sys, allocation.engine.__main__; print('django' in sys.modules, 'highspy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_closed_files_are_said_and_are_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(problem([item()], [offer()])))
    python = f"{sys.executable} -m allocation.engine"
    for command, code, words in (
        (f"{python} - <&-", 2, "standard input is closed"),
        (f"{python} {path} >/dev/full", 1, "cannot write the plan"),
        (f"{python} {path} >&-", 1, "cannot write the plan"),
    ):
        done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (code, True, False)


def test_a_flood_of_errors_is_cut_and_counted() -> None:
    wrong = problem([item()], [offer(value="?") for _ in range(1_200)])
    done = run("-", stdin=json.dumps(wrong))
    errors = json.loads(done.stderr)["errors"]
    assert (done.returncode, len(errors)) == (2, 1_001)
    assert errors[-1] == {"path": "$", "message": "and 1399 more errors"}
