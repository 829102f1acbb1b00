"""When a source wants to change so much at once that a person should look first."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from common.errors import DomainError, Problem

# More than this many and more than this share, or more than half, may not vanish unseen.
MOST_VANISHING = 25
MOST_SHARE = 10  # one in ten
# What a person accepts who says yes to whatever the source says.
ANY_CHANGE = "any"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a run should be held, in words, and what exactly is doubtful: the same evidence is the same doubt."""

    words: str
    evidence: tuple[str, ...] = ()


class HeldRun(DomainError):
    """The run was held: nothing is written until a person releases it. `digest` names what it would do."""

    code = "held"
    title = "Held for a person"
    status = 409

    def __init__(self, doubts: Sequence[Doubt]) -> None:
        self.digest = digest_of(doubts)
        super().__init__([Problem("", doubt.words) for doubt in doubts])


def digest_of(doubts: Iterable[Doubt]) -> str:
    """A fingerprint of the doubts' evidence: a person's yes is to that and to nothing else."""
    lines = sorted(line for doubt in doubts for line in (doubt.words, *doubt.evidence))
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()


def is_mass_change(*, vanishing: int, active: int) -> bool:
    """More than 10 % and more than 25, or more than half, of the `active` objects would be deactivated."""
    return 2 * vanishing > active or (vanishing > MOST_VANISHING and MOST_SHARE * vanishing > active)


def vanishing_doubt(*, words: str, vanishing: Iterable[str], active: int) -> Doubt | None:
    """The doubt where too many would vanish, by their keys; `words` names the objects."""
    keys = tuple(sorted(vanishing))
    if not is_mass_change(vanishing=len(keys), active=active):
        return None
    return Doubt(f"{len(keys)} of {active} {words} in use are no longer in the source and would be deactivated.", keys)


def hold_where(doubts: Iterable[Doubt | None], *, accepted: str) -> None:
    """Raises HeldRun with all `doubts`, unless a person has accepted just these (their digest) or any."""
    found = [doubt for doubt in doubts if doubt is not None]
    if not found or accepted == ANY_CHANGE:
        return
    held = HeldRun(found)
    if accepted != held.digest:
        raise held
