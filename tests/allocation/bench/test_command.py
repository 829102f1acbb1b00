"""manage.py bench engine, on sizes of seconds."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from allocation.bench.data import Spec
from allocation.bench.report import summary
from allocation.bench.run import Result
from allocation.bench.targets import Mark

TINY = ("--stores", "6", "--asins", "80", "--carts", "2", "--sizes", "60", "--effort", "fast", "--skip-cpsat")


def bench(*arguments: str) -> tuple[str, str, int]:
    """What `manage.py bench engine` prints, its progress, and its exit code."""
    out, progress = StringIO(), StringIO()
    code = 0
    try:
        call_command("bench", "engine", *arguments, stdout=out, stderr=progress)
    except SystemExit as end:
        code = int(str(end.code))
    return out.getvalue(), progress.getvalue(), code


def test_prints_batch_and_carts_and_one_summary_line_last() -> None:
    text, progress, code = bench(*TINY)
    lines = text.splitlines()
    assert lines[0] == "CP-SAT: skipped"
    assert lines[1].startswith("Batch: 6 stores of 4 clients x 80 ASINs, ")
    assert "fairness 0  fairness 0.9" in lines[2]
    assert any(line.startswith("Carts: balances $2,000 to $50,000 (profit, effort fast, seed 1)") for line in lines)
    assert any(line.startswith("  60 ") for line in lines)
    assert lines[-1].startswith("bench engine: ")
    assert sum(line.startswith("bench engine") for line in lines) == 1
    assert code == ("MISS" in lines[-1])
    assert "Cart 2 of 2 with 60 eligible ASINs" in progress


def test_json_holds_the_same_run() -> None:
    text, _, code = bench(*TINY, "--json", "--fairness", "0", "--objective", "oldest")
    data = json.loads(text)
    assert [run["fairness"] for run in data["batch"]["runs"]] == [0.0]
    assert [run["balance"] for run in data["carts"]] == [2_000.0, 50_000.0]
    assert all(run["faults"] == 0 for run in [*data["carts"], *data["batch"]["runs"]])
    assert data["spec"]["objective"] == "oldest"
    assert code == (not all(mark["ok"] for mark in data["marks"]))


def test_parts_can_be_left_out() -> None:
    text, _, _ = bench("--stores", "0", "--carts", "1", "--sizes", "30", "--skip-cpsat")
    assert "Batch:" not in text
    text, _, _ = bench(*TINY, "--carts", "0")
    assert "Carts:" not in text


def test_a_miss_is_named() -> None:
    marks = [Mark("batch gap", 0.0061, 0.006, "%"), Mark("batch seconds", 5.0, 6.0, "s")]
    result = Result(Spec(), None, [], marks, "")
    assert not result.ok
    assert summary(result) == "bench engine: 1 of 2 numbers reached; batch gap 0.61 % [<= 0.6 % MISS]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--eligible", "1.5"), "1.5 is not from 0 to 1"),
        (("--asins", "0"), "0 is not from 1 to 1,000,000"),
        (("--stores", "-1"), "-1 is not from 0 to 100,000"),
        (("--seconds", "nan"), "nan is not from 1 to 86,400"),
        (("--carts", "ten"), "invalid number value: 'ten'"),
        (("--effort", "best"), "invalid choice"),
    ],
)
def test_arguments_are_checked(arguments: tuple[str, str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        bench(*arguments)


def test_an_unknown_bench_is_refused() -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("bench", "nothing")
