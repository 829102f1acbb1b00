"""The books of the history: each table that keeps account of something, and how its rows read.

Every book is read by its own key, newest first, so that a page costs the same whatever the table holds. Moments follow
the keys but for the time that a transaction takes.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from common.money import usd
from operations.history_entries import PER_PAGE, Entry, Kind, Stretch, What
from operations.history_scope import Term, Wanted

# Keys and moments may disagree by what a transaction may last.
SLACK = timedelta(hours=1)
# ASINs of one act that are named.
MOST_LINES = 20


def person(user: Any, name: str = "") -> str:
    """Who it was: the full name, else the user name, else the `name` that was noted; nothing where nobody was."""
    return (user.get_full_name() or user.get_username()) if user else name


def signed(number: int | Decimal) -> str:
    """A change with its sign: +12, −$3.00."""
    size = usd(abs(number)) if isinstance(number, Decimal) else f"{abs(number):,}"
    return f"{'−' if number < 0 else '+'}{size}"


def amounts(*pairs: tuple[str, int | Decimal]) -> list[What]:
    """What of labelled changes is not zero."""
    return [What(label, signed(number)) for label, number in pairs if number]


def shortened(changes: list[What]) -> list[What]:
    """The first changes, and how many more there are."""
    more = len(changes) - MOST_LINES
    if more <= 0:
        return changes
    return [*changes[:MOST_LINES], What(_("and"), _("%(count)s more") % {"count": f"{more:,}"})]


class Book(ABC):
    """One table that keeps account. `code` stands for it in addresses; `tells_of` are the kinds of objects it is about;
    `actor` and `moment` are the paths of who and when; `dated`: there is an index on the moment.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind]
    tells_of: ClassVar[tuple[str, ...]]
    permission: ClassVar[str]
    actor: ClassVar[str] = "actor"
    moment: ClassVar[str] = "created_at"
    dated: ClassVar[bool] = False
    limit: ClassVar[int] = PER_PAGE + 1

    @abstractmethod
    def rows(self) -> QuerySet[Any]:
        """All rows with what `entry` needs of them."""

    @abstractmethod
    def entry(self, row: Any) -> Entry:
        """How a row reads."""

    @abstractmethod
    def of(self, subject: Model) -> Q | None:
        """The rows on the page of `subject`; None where it has none here."""

    @abstractmethod
    def named(self, term: Term) -> Q | None:
        """The rows that `term` finds; None where it finds none here."""

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        """The rows that `user`, who may see the book, may see."""
        return rows

    def may_be_read(self, user: User) -> bool:
        return user.has_perm(self.permission)

    def stretch(self, wanted: Wanted) -> Stretch | None:
        """The newest rows that are wanted; None where the book has none.

        Their keys first: asked for rows and what they refer to at once, MariaDB begins with the smaller table, and
        sorts the whole book.
        """
        rows = self.asked(wanted)
        if rows is None:
            return None
        if self.code in wanted.ends:
            rows = rows.filter(pk__lt=wanted.ends[self.code])
        keys = list(rows.order_by("-pk").values_list("pk", flat=True)[: self.limit])
        if not keys:
            return None
        found = list(self.rows().filter(pk__in=keys).order_by("-pk"))
        return Stretch(self.code, self.entries(found), keys[0] + 1, len(keys) == self.limit)

    def entries(self, rows: Sequence[Any]) -> list[Entry]:
        return [self.entry(row) for row in rows]

    def asked(self, wanted: Wanted) -> QuerySet[Any] | None:
        """The rows that are wanted, in no order; None where the book can have none."""
        if (wanted.kind and wanted.kind != self.kind) or not self.may_be_read(wanted.user):
            return None
        if wanted.model and wanted.model not in self.tells_of:
            return None
        conditions = []
        if wanted.subject is not None:
            conditions.append(self.of(wanted.subject))
        if wanted.term is not None:
            conditions.append(self.named(wanted.term))
        if any(condition is None for condition in conditions):
            return None
        rows = self.visible(self.rows(), wanted.user).filter(*[one for one in conditions if one is not None])
        return self._dated(self._by(self.only(rows, wanted), wanted), wanted)

    def only(self, rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
        """Of a book about several kinds of objects, the rows about the wanted one."""
        return rows

    def _by(self, rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
        if wanted.who is not None:
            return rows.filter(**{self.actor: wanted.who})
        return rows.filter(**{f"{self.actor}__isnull": True}) if wanted.system else rows

    def _dated(self, rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
        """Between moments, and between the keys of those moments, which is what the database goes by."""
        if wanted.since is not None:
            rows = rows.filter(**{f"{self.moment}__gte": wanted.since})
            if self.dated:
                first = self._key_at(f"{self.moment}__gte", wanted.since - SLACK, self.moment)
                rows = rows.filter(pk__gte=first) if first is not None else rows.none()
        if wanted.until is not None:
            rows = rows.filter(**{f"{self.moment}__lt": wanted.until})
            if self.dated:
                last = self._key_at(f"{self.moment}__lt", wanted.until + SLACK, f"-{self.moment}")
                rows = rows.filter(pk__lte=last) if last is not None else rows.none()
        return rows

    def _key_at(self, lookup: str, moment: Any, order: str) -> int | None:
        rows = self.rows().model._default_manager.filter(**{lookup: moment})
        key: int | None = rows.order_by(order).values_list("pk", flat=True).first()
        return key
