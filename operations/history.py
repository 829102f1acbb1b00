"""The history: every book that keeps account of objects, read as one."""

from django.contrib.auth.models import User

from notifications.models import Alert, Email
from operations.history_books import Book
from operations.history_decisions import Decisions
from operations.history_entries import Page, one_page
from operations.history_feeds import FeedChanges
from operations.history_ledgers import Arrivals, Carts, Cord, Money, Payments, Ungating
from operations.history_scope import Wanted
from operations.history_stock import Movements
from operations.history_versions import MODELS, Versions

BOOKS: tuple[Book, ...] = (
    Movements(),
    Money(),
    Ungating(),
    FeedChanges(),
    Carts(),
    Payments(),
    Arrivals(),
    Cord(),
    Decisions(Alert),
    Decisions(Email),
    # Last: of what happened at one moment, that an object was added came first.
    *(Versions(model) for model in MODELS.values()),
)


def read_history(wanted: Wanted) -> Page:
    """At most 50 entries that are wanted and that its user may see, newest first."""
    books = [book for book in BOOKS if not wanted.ends or book.code in wanted.ends]
    stretches = [book.stretch(wanted) for book in books]
    return one_page([one for one in stretches if one is not None])


def kinds_of_objects(user: User) -> list[str]:
    """The models, by their label, whose history `user` may see."""
    labels = {label for book in BOOKS if book.may_be_read(user) for label in book.tells_of}
    return sorted(labels)
