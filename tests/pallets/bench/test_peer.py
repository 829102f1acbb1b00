"""The peers in the environment that the bench makes, and what is said where there is none."""

from pathlib import Path

import pytest
from django.conf import settings

from pallets.bench.containers import problem
from pallets.bench.peer import PEERS, Peers, environment
from pallets.packing.order import Carton, Limits, Order

REQUIREMENTS = Path(settings.BASE_DIR) / "requirements" / "bench-packing.txt"
HOME = Path(settings.BASE_DIR) / "var" / "bench" / "packing"
there = HOME / "installed.txt"
needs_peers = pytest.mark.skipif(
    not there.is_file() or there.read_text() != REQUIREMENTS.read_text(),
    reason="The peers' environment is not there: `manage.py bench packing` makes it in var/bench/packing",
)
TILES = Order((Carton("A", (160, 100, 110), (False, False, True), 73, 19.0),))


@needs_peers
@pytest.mark.parametrize("solver", PEERS)
def test_a_peer_packs_and_is_judged(solver: str) -> None:
    with Peers(lambda: environment(HOME, REQUIREMENTS, print)) as peers:
        rival = peers.solve(solver, TILES, 2.0)
        load = peers.solve(solver, problem(1, 1, "fast"), 2.0)
    assert rival is not None
    assert rival.verdict is not None
    assert (rival.verdict.cartons, rival.verdict.unplaced, rival.verdict.bound) == (73, 0, 2)
    assert rival.verdict.pallets >= 2
    assert rival.verdict.faults == 0
    assert load is not None
    assert load.verdict is not None
    assert load.verdict.pallets == 1
    assert 0.7 < load.verdict.volume < 1
    assert load.verdict.faults == 0


@needs_peers
def test_packingsolver_keeps_this_side_up_and_weight() -> None:
    upright = Order((Carton("A", (300, 200, 100), (False, True, False), 9, 400.0),), Limits())
    with Peers(lambda: environment(HOME, REQUIREMENTS, print)) as peers:
        rival = peers.solve("packingsolver", upright, 1.0)
    assert rival is not None
    assert rival.verdict is not None
    assert (rival.verdict.turned, rival.verdict.faults, rival.verdict.pallets) == (0, 0, 3)


def test_py3dbp_is_not_asked_for_large_orders() -> None:
    many = Order((Carton("A", (160, 100, 110), (False, False, True), 301, 1.0),))
    with Peers(lambda: Path("/bin/false")) as peers:
        rival = peers.solve("py3dbp", many, 1.0)
        assert rival is not None
        assert (rival.verdict, rival.silence, peers.silence) == (None, "not asked above 300 cartons", "")


def test_a_program_that_dies_is_told_and_asked_no_more() -> None:
    with Peers(lambda: Path("/bin/false")) as peers:
        assert [peers.solve(solver, TILES, 1.0) for solver in PEERS] == [None, None]
    assert peers.silence == "its program ended with exit code 1"


@pytest.mark.full
def test_without_an_index_there_is_a_reason(tmp_path: Path) -> None:
    requirements = tmp_path / "bench.txt"
    requirements.write_text("--no-index\nnothing-of-this-name==1\n")
    told: list[str] = []
    with Peers(lambda: environment(tmp_path / "home", requirements, told.append)) as peers:
        assert peers.solve("py3dbp", TILES, 1.0) is None
    assert peers.silence.startswith("left out, pip failed: ERROR: No matching distribution")
    assert len(told) == 1
