"""The books of what people decided about alerts and e-mails, as the admin's log keeps it, one book for each model."""

from typing import Any, ClassVar

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db.models import Model, Q, QuerySet

from operations.history_books import Book, person
from operations.history_entries import Entry, Kind
from operations.history_scope import Term
from operations.history_versions import may_view


class Decisions(Book):
    """Alerts marked as done, put off and opened again; e-mails tried again."""

    kind: ClassVar[Kind] = Kind.EDIT
    actor, moment = "user", "action_time"

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.label = model._meta.label_lower
        self.code = f"d{model._meta.model_name}"  # type: ignore[misc]
        self.tells_of = (self.label,)  # type: ignore[misc]

    def may_be_read(self, user: User) -> bool:
        return may_view(user, self.label)

    def rows(self) -> QuerySet[Any]:
        app, _point, name = self.label.partition(".")
        rows = LogEntry.objects.filter(content_type__app_label=app, content_type__model=name)
        return rows.select_related("user")

    def of(self, subject: Model) -> Q | None:
        return Q(object_id=str(subject.pk)) if isinstance(subject, self.model) else None

    def named(self, term: Term) -> Q | None:
        return None

    def entry(self, row: LogEntry) -> Entry:
        return Entry(
            key=row.pk,
            when=row.action_time,
            kind=self.kind,
            model=self.label,
            object_id=int(row.object_id or 0),
            about=row.object_repr,
            head=row.get_change_message(),
            who=person(row.user),
        )
