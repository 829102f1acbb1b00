"""manage.py bench packing, on sizes of seconds."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from allocation.bench.targets import Mark
from pallets.bench.judge import Verdict
from pallets.bench.outcome import Outcome, SetRun
from pallets.bench.peer import Rival
from pallets.bench.report import as_text
from pallets.bench.run import ENGINE, Result, Wanted
from pallets.bench.targets import container_marks, order_marks

ORDERS = Path(__file__).parents[2] / "data" / "orders"
TINY = ("--sets", "retail", "--most", "1", "--br", "1", "--effort", "fast", "--br-effort", "fast", "--no-peers")


def bench(*arguments: str) -> tuple[str, str, int]:
    """What `manage.py bench packing` prints, its progress, and its exit code."""
    out, progress = StringIO(), StringIO()
    code = 0
    try:
        call_command("bench", "packing", *arguments, stdout=out, stderr=progress)
    except SystemExit as end:
        code = int(str(end.code))
    return out.getvalue(), progress.getvalue(), code


def test_prints_orders_containers_and_one_summary_line_last() -> None:
    text, progress, code = bench(*TINY)
    lines = text.splitlines()
    assert lines[0] == "Peers: skipped"
    assert lines[1] == f"retail: 1 order, 200 cartons, bound 5 pallets (effort fast, {ENGINE})"
    assert lines[3].split()[:6] == ["retail_00", "200", "25", lines[3].split()[3], "5", lines[3].split()[5]]
    assert lines[5].split()[:2] == ["ours", "1"]
    assert f"Containers BR1 to BR7: 7 of 700 (effort fast, {ENGINE}), volume %" in lines
    assert [line.split()[0] for line in lines[-10:-2]] == [*(f"BR{br}" for br in range(1, 8)), "all"]
    assert lines[-1].startswith("bench packing: ")
    assert code == ("MISS" in lines[-1])
    assert "BR7-001: 1 of 1 in BR7" in progress


def test_json_holds_the_run_of_a_folder() -> None:
    text, _, code = bench("--sets", "--orders", str(ORDERS), "--most", "1", *TINY[4:], "--br", "0", "--json")
    data = json.loads(text)
    assert [run["name"] for run in data["sets"]] == ["orders/big", "orders/few", "orders/heavy", "orders/order"]
    assert [run["sum"]["cartons"] for run in data["sets"]] == [1_000, 200, 200, 200]
    assert [run["sum"]["bound"] for run in data["sets"]] == [22, 4, 5, 5]
    assert all(run["sum"]["faults"] == run["sum"]["unsupported"] == run["sum"]["turned"] == 0 for run in data["sets"])
    assert (data["effort"], data["engine"], data["peers"]) == ("fast", ENGINE, "skipped")
    assert code == (not all(mark["ok"] for mark in data["marks"]))
    assert data["summary"].startswith("bench packing: ")


def verdict(pallets: int, **other: object) -> Verdict:
    plain = {"unplaced": 0, "towers": 1, "heavy_on_light": 2, "skus": 8 * pallets, "lowest_support": 0.8}
    values = plain | {"cartons": 200, "bound": 46, "fills": (0.9,), "volume": 0.93, "cost": 1.0} | other
    return Verdict(pallets=pallets, **values)  # type: ignore[arg-type]


def outcome(pallets: int, seconds: float = 1.0, theirs: int = 54, **other: object) -> Outcome:
    bound = other.get("bound", 46)
    first, rival = verdict(pallets + 2, bound=bound), verdict(theirs, bound=bound, unsupported=40)
    rivals = {"packingsolver": Rival(rival, 5.0), "py3dbp": Rival(None, 0.0, "no plan")}
    return Outcome("order_00", 25, verdict(pallets, **other), seconds, first, 0.1, rivals)


def marks(run: SetRun) -> dict[str, str]:
    return {mark.name.removeprefix(f"{run.name} "): mark.beside for mark in order_marks(run, "numpy")}


def test_the_numbers_to_reach() -> None:
    assert marks(SetRun("x/order", "normal", (outcome(53),))) == {
        "pallets": "[<= 53 ok]",
        "seconds max": "[<= 2 s ok]",
        "first plan seconds max": "[<= 0.3 s ok]",
        "pallets beside PackingSolver's": "[<= 54 ok]",
        "cartons left over": "[<= 0 ok]",
        "invalid plans": "[<= 0 ok]",
        "bounds beaten": "[<= 0 ok]",
    }
    missed = marks(SetRun("retail", "normal", (outcome(55, seconds=2.1, unplaced=1, faults=1, bound=46),)))
    assert {name for name, beside in missed.items() if beside.endswith("MISS]")} == {
        "pallets", "seconds max", "pallets beside PackingSolver's", "cartons left over", "invalid plans",
    }  # fmt: skip
    large = marks(SetRun("big", "normal", (outcome(72, seconds=29, cartons=1_000, bound=63, theirs=90),)))
    assert (large["pallets"], large["seconds max"]) == ("[<= 71 MISS]", "[<= 30 s ok]")
    assert "pallets" not in marks(SetRun("heavy", "normal", (outcome(99),)))
    assert marks(SetRun("few", "normal", (outcome(50, theirs=45),)))["bounds beaten"] == "[<= 0 MISS]"


def test_numba_has_numbers_of_its_own() -> None:
    run = SetRun("retail", "normal", (outcome(51),))
    assert str(order_marks(run, "numba")[0]) == "retail pallets 51 [<= 50 MISS]"
    loads = [SetRun("BR1", "normal", (outcome(1, bound=1, theirs=1),))]
    assert [str(mark) for mark in container_marks(loads, "numpy")] == [
        "containers fill 93 % [>= 92.5 % ok]",
        "containers seconds mean 1 s [<= 1.2 s ok]",
        "containers invalid plans 0 [<= 0 ok]",
        "containers bounds beaten 0 [<= 0 ok]",
    ]
    assert not container_marks(loads, "numba")[0].ok
    assert container_marks([], "numpy") == []


def test_peers_and_misses_are_told() -> None:
    wanted = Wanted(["retail"], None, None, 1, "normal", "normal", 1, 5.0, None, Path("none"))
    run, load = SetRun("retail", "normal", (outcome(50),)), SetRun("BR1", "normal", (outcome(1, bound=1, theirs=1),))
    found = [*container_marks([load], "numpy"), Mark("retail pallets", 54, 53, "")]
    result = Result(wanted, [run], [load], found, "")
    lines = as_text(result)
    assert not result.ok
    assert lines[-1] == "bench packing: 4 of 5 numbers reached; retail pallets 54 [<= 53 MISS]"
    assert lines[2].split()[-3:] == ["54", "no", "plan"]
    assert [line.split()[:3] for line in lines[4:6]] == [["ours", "1", "50"], ["PackingSolver", "1", "54"]]
    assert "  PackingSolver: of 200 boxes placed 40 are not supported as asked, 0 stand on the wrong side" in lines


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--br", "101"), "101 is not from 0 to 100"),
        (("--most", "0"), "0 is not from 1 to 1,000"),
        (("--seconds", "nan"), "nan is not from 0.1 to 3,600"),
        (("--effort", "best"), "invalid choice"),
        (("--sets", "none"), "invalid choice"),
        (("--orders", "/no/such/folder"), r"/no/such/folder holds no order \(\*\.json\)"),
    ],
)
def test_arguments_are_checked(arguments: tuple[str, str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        bench(*arguments, "--no-peers", "--br", "0") if arguments[0] == "--orders" else bench(*arguments)
