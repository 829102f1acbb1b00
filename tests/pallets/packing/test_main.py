import io
import json
import sys
from pathlib import Path

import pytest

from pallets.packing.__main__ import main

ORDERS = Path(__file__).parents[2] / "data" / "orders"


def test_the_plan_is_printed_with_the_same_bytes_twice(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for _ in range(2):
        assert main([str(ORDERS / "few_02.json")]) == 0
        printed.append(capsys.readouterr())
    assert printed[0] == printed[1]
    plan = json.loads(printed[0].out)
    assert list(plan) == ["pallets", "unplaced", "bound"]
    assert list(plan["pallets"][0]) == ["placements", "steps", "weight", "height", "fill", "cube"]
    assert list(plan["pallets"][0]["placements"][0]) == ["sku", "x", "y", "z", "dx", "dy", "dz"]


def refused(raw: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert main(["-"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return list(json.loads(err)["errors"])


@pytest.mark.parametrize(
    ("raw", "path", "message"),
    [
        (b"", "", "is not JSON in UTF-8: "),
        (b"\xff\xfe", "", "is not JSON in UTF-8: "),
        (b"[" * 200_000, "", "is nested too deeply"),
        (b'{"cartons": [], "cartons": []}', "", "is not JSON in UTF-8: key 'cartons' is given twice"),
        (b'{"deck": [NaN, 400], "cartons": 3}', "cartons", "must be a list of at least one carton, not 3"),
        (b"1" * 5000, "", "is not JSON in UTF-8: Exceeds the limit"),
    ],
    ids=["empty", "bytes", "deep", "doubled key", "two faults", "digits"],
)
def test_bad_input_is_refused(
    raw: bytes, path: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = refused(raw, monkeypatch, capsys)
    assert any(error["path"] == path and error["message"].startswith(message) for error in errors)


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    raw = (ORDERS / "few_02.json").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert main(["-"]) == 0
    assert json.loads(capsys.readouterr().out)["bound"] == 5


def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no such order.json"]) == 2
    message = "no such order.json cannot be read: No such file or directory"
    assert json.loads(capsys.readouterr().err) == {"errors": [{"path": "", "message": message}]}
