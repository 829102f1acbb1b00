"""CP-SAT beside the engine, in the environment that the bench makes."""

from pathlib import Path

import pytest
from django.conf import settings

from allocation.bench.data import Spec, batch_market, cart_market
from allocation.bench.peer import Peer, environment
from allocation.engine.solve import solve

REQUIREMENTS = Path(settings.BASE_DIR) / "requirements" / "bench.txt"
HOME = Path(settings.BASE_DIR) / "var" / "bench" / "cpsat"
there = HOME / "installed.txt"
needs_cpsat = pytest.mark.skipif(
    not there.is_file() or there.read_text() != REQUIREMENTS.read_text(),
    reason="CP-SAT's environment is not there: `manage.py bench engine` makes it in var/bench/cpsat",
)


@needs_cpsat
def test_cpsat_reaches_the_engine_on_a_small_cart() -> None:
    market = cart_market(Spec(asins=25), 200_000)
    plan = solve(market)
    with Peer(lambda: environment(HOME, REQUIREMENTS, print)) as peer:
        rival = peer.solve(market, pallets=2, seconds=5)
    assert rival is not None
    assert rival.over == 0.0
    assert 0.98 * float(plan.value) <= rival.value <= float(plan.bound)


@needs_cpsat
def test_cpsat_solves_one_job_after_another_and_its_batch_is_within_the_bound() -> None:
    market = batch_market(Spec(stores=5, asins=60, effort="fast"))
    plan = solve(market)
    with Peer(lambda: environment(HOME, REQUIREMENTS, print)) as peer:
        rivals = [peer.solve(market, pallets=None, seconds=1) for _ in range(2)]
    for rival in rivals:
        assert rival is not None
        assert rival.over == 0.0
        assert 0.8 * float(plan.value) <= rival.value <= float(plan.bound)


def test_a_program_that_dies_is_told_and_asked_no_more() -> None:
    with Peer(lambda: Path("/bin/false")) as peer:
        assert [peer.solve(cart_market(Spec(asins=5), 200_000), pallets=1, seconds=1) for _ in range(2)] == [None, None]
    assert peer.silence == "its program ended with exit code 1"


@pytest.mark.full
def test_without_an_index_there_is_a_reason(tmp_path: Path) -> None:
    requirements = tmp_path / "bench.txt"
    requirements.write_text("--no-index\nnothing-of-this-name==1\n")
    told: list[str] = []
    with Peer(lambda: environment(tmp_path / "home", requirements, told.append)) as peer:
        assert peer.solve(cart_market(Spec(asins=5), 200_000), pallets=1, seconds=1) is None
    assert peer.silence.startswith("left out, pip failed: ERROR: No matching distribution")
    assert len(told) == 1
    assert not (tmp_path / "home" / "installed.txt").exists()
