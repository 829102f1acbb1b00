"""Whether everything arrived that should, and nothing else. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from notifications.bench.smtp_server import Arrival


@dataclass(frozen=True)
class Verdict:
    """`lost` events were committed and never told; `ghosts` were told and never committed; `repeats` are arrivals
    beyond the first; `odd_ids` are events that came with several Message-IDs, or share one with another.
    Delays in seconds, from when it was written to when it came first.
    """

    lost: int
    ghosts: int
    repeats: int
    odd_ids: int
    median: float
    p99: float

    def is_good(self, kills: int) -> bool:
        return not (self.lost or self.ghosts or self.odd_ids) and self.repeats <= kills


def judge(committed: Collection[int], arrivals: Sequence[Arrival], written_at: Mapping[int, float]) -> Verdict:
    """`committed` and `written_at` (seconds since the epoch) by the event's number, which ends the subject."""
    ids: defaultdict[int, set[str]] = defaultdict(set)
    first: dict[int, float] = {}
    for arrival in arrivals:
        event = event_of(arrival.subject)
        ids[event].add(arrival.message_id)
        first.setdefault(event, arrival.at)
    owners = Counter(message_id for several in ids.values() for message_id in several)
    delays = sorted(first[event] - written_at[event] for event in first if event in written_at)
    return Verdict(
        lost=len(set(committed) - set(ids)),
        ghosts=len(set(ids) - set(committed)),
        repeats=len(arrivals) - len(ids),
        odd_ids=sum(len(several) > 1 or owners[next(iter(several))] > 1 for several in ids.values()),
        median=_share(delays, 0.5),
        p99=_share(delays, 0.99),
    )


def event_of(subject: str) -> int:
    return int(subject.rsplit(" ", 1)[-1])


def _share(delays: Sequence[float], share: float) -> float:
    """The delay that this share of them does not exceed."""
    return delays[min(int(len(delays) * share), len(delays) - 1)] if delays else 0.0
