"""The system beside the books: what is done in both, and what must be the same after each step."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from common.errors import DomainError
from operations.audit import audit
from sync.services import SyncReport
from tests.state_machine.books import Books
from tests.state_machine.things import ZERO
from tests.state_machine.world import (
    World,
    figures_of_carts,
    figures_of_clients,
    figures_of_goods,
    opening_books,
    stands,
)
from tests.sync.cases import digest

Move = Callable[[Books], str]


class EveryRule:
    """In place of Hypothesis's flags, which switch most rules off in most examples: good for many, not for a few."""

    @staticmethod
    def is_enabled(name: object) -> bool:
        return True


class CheckedMachine(RuleBasedStateMachine):
    """One example is one transaction that is rolled back. `folder` is where the feeds are written; where it `swarms`
    only some of the rules are used in each example.
    """

    folder: Path
    swarms = True

    def __init__(self) -> None:
        super().__init__()
        if not self.swarms:
            self._rules_strategy.enabled_rules_strategy = st.just(EveryRule)
        self.world, self.books = World(self.folder), opening_books()
        self.calm, self.changed = True, False
        self._note_balances()
        self.atomic = transaction.atomic()
        self.atomic._from_testcase = True  # type: ignore[attr-defined]  # as the test's own: durable ones may begin
        self.atomic.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @invariant()
    def the_books_are_right(self) -> None:
        books = self.books
        assert figures_of_goods() == {
            code: (one.on_hand, one.reserved, one.shortage, one.remaining) for code, one in books.goods.items()
        }
        assert figures_of_clients() == {
            client: (one.balance, one.held, one.allocated) for client, one in books.purses.items()
        }
        assert figures_of_carts() == {code: (one.state, one.total, one.hold) for code, one in books.carts.items()}
        assert stands() == books.stands
        assert all(one.available >= 0 for one in books.goods.values())
        assert all(one.available >= self.least[client] for client, one in books.purses.items())
        self._note_balances()
        if self.changed:
            assert audit() == []

    def _both(self, move: Move, act: Callable[[], object]) -> str:
        """Do it in the system and in the books: both do it, or both refuse it for the same reason. The words of it."""
        got = words = ""
        try:
            act()
        except DomainError as error:
            got, words = error.code, str(error)
        self.calm, self.changed = True, not got
        trial = deepcopy(self.books)
        wanted = move(trial)
        assert got == wanted, f"the books say {wanted or 'yes'}, the system says {words or 'yes'}"
        if not got:
            self.books = trial
            self.books.see_fills({code: one.fill for code, one in stands().items()})
        return words

    def _read(self, move: Move, read: Callable[[], SyncReport], again: bool) -> None:
        """Readings may lower a balance below what is held for it; nothing else may. `again` they change nothing."""
        report = read()
        assert report.ok, report.error
        self._both(move, lambda: None)
        self._note_balances()
        if again:
            before = digest()
            assert read().ok
            assert digest() == before

    def _note_balances(self) -> None:
        """From here on no act of ours may make less of what is available, where it is too little already."""
        self.least = {client: min(one.available, ZERO) for client, one in self.books.purses.items()}

    def _ready(self) -> list[str]:
        """Pallets that may leave."""
        return [code for code, one in self.books.stands.items() if one.is_priced and one.state != "shipped"]

    def _has(self, kind: str, *states: str) -> bool:
        return any(one.state in states for one in getattr(self.books, kind).values())

    def _cart(self, place: int, *states: str) -> str:
        carts = self.books.carts
        return pick([code for code, one in carts.items() if one.state in states], list(carts), place)

    def _stand(self, place: int, *states: str) -> str:
        found = self.books.stands
        return pick([code for code, one in found.items() if one.state in states], list(found), place)


def pick(likely: list[str], any_: list[str], place: int) -> str:
    """One of the likely ones where there is any; at the last places one of all."""
    candidates = likely if likely and place < 8 else any_
    return candidates[place % len(candidates)]
