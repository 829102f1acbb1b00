"""When a source wants to change so much at once that a person should look first."""

from common.errors import DomainError, Problem

# More than this many and more than this share, or more than half, may not vanish unseen.
MOST_VANISHING = 25
MOST_SHARE = 10  # one in ten


class HeldRun(DomainError):
    """The run was held: nothing is written until a person releases it."""

    code = "held"
    title = "Held for a person"
    status = 409


def is_mass_change(*, vanishing: int, active: int) -> bool:
    """More than 10 % and more than 25, or more than half, of the `active` objects would be deactivated."""
    return 2 * vanishing > active or (vanishing > MOST_VANISHING and MOST_SHARE * vanishing > active)


def vanishing_problem(*, words: str, vanishing: int, active: int) -> str:
    """Why a run should be held, or "" where it need not; `words` names the objects."""
    if not is_mass_change(vanishing=vanishing, active=active):
        return ""
    return f"{vanishing} of {active} {words} in use are no longer in the source and would be deactivated."


def hold_where(problems: list[str], *, accepted: bool) -> None:
    """Raises HeldRun with all `problems` that are not empty, unless a person has accepted them."""
    found = [problem for problem in problems if problem]
    if found and not accepted:
        raise HeldRun([Problem("", problem) for problem in found])
