"""What the bench makes of what arrived."""

from notifications.bench.smtp_server import Arrival
from notifications.bench.verdict import Verdict, judge


def came(event: int, *, message_id: str = "", at: float = 10.0) -> Arrival:
    return Arrival(f"Allocation succeeded: Event {event}", message_id or f"<{event}>", at)


WRITTEN = {1: 9.0, 2: 9.5, 3: 8.0}


def test_all_is_well() -> None:
    verdict = judge([1, 2], [came(1), came(2)], WRITTEN)
    assert verdict == Verdict(lost=0, ghosts=0, repeats=0, odd_ids=0, median=1.0, p99=1.0)
    assert verdict.is_good(0)


def test_what_is_missing_or_too_much_is_counted() -> None:
    verdict = judge([1, 2, 3], [came(1), came(4)], WRITTEN)
    assert (verdict.lost, verdict.ghosts, verdict.is_good(9)) == (2, 1, False)


def test_a_repeat_needs_a_kill() -> None:
    verdict = judge([1], [came(1, at=11.0), came(1, at=16.0)], WRITTEN)
    assert (verdict.repeats, verdict.median) == (1, 2.0)
    assert (verdict.is_good(0), verdict.is_good(1)) == (False, True)


def test_a_repeat_has_the_same_message_id_and_nobody_else_has_it() -> None:
    assert judge([1], [came(1), came(1, message_id="<other>")], WRITTEN).odd_ids == 1
    assert judge([1, 2], [came(1), came(2, message_id="<1>")], WRITTEN).odd_ids == 2
