"""Seconds, memory and the few statistics that the reports need."""

from __future__ import annotations

import math
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Took:
    """Seconds on the wall, and of processors in this process and the children that have ended."""

    wall: float
    cpu: float


def timed(work: Callable[[], T]) -> tuple[T, Took]:
    """The result of `work` and how long it took."""
    wall, cpu = time.perf_counter(), _cpu()
    result = work()
    return result, Took(time.perf_counter() - wall, _cpu() - cpu)


def peak_memory() -> float:
    """MB that this process held at most so far, with the largest of its ended children added."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return (own + child) / 1024


def p95(values: Sequence[float]) -> float:
    """The nearest-rank 95th percentile: of up to 20 values it is the largest."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def gini(values: Sequence[float]) -> float:
    """0 where all are equal, near 1 where one has everything; 0 without any."""
    total, count = sum(values), len(values)
    if total <= 0:
        return 0.0
    ranked = sum(place * value for place, value in enumerate(sorted(values), start=1))
    return 2 * ranked / (count * total) - (count + 1) / count


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
