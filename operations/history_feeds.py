"""The book of what feeds changed, an object's fields of one run together."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from common.history_words import field_label
from common.models import Run
from operations.history_books import SLACK, Book, person
from operations.history_entries import Entry, Kind, What
from operations.history_scope import Term, Wanted
from operations.history_versions import MODELS, may_view
from sync.models import FieldChange, SourceName

FED = ("inventory.asin", "clients.client", "clients.store", "ungating.ungatingstatus", "allocation.preorder")
SOURCES = {f"sync.{source.value}": source.label for source in SourceName}
# Runs that people started which are looked through: uploads and readings asked for by hand.
MOST_RUNS = 1_000


class FeedChanges(Book):
    code, kind, tells_of, permission = "feed", Kind.FEED, FED, ""
    actor, moment = "run__started_by", "run__finished_at"
    limit = 200

    def rows(self) -> QuerySet[Any]:
        return FieldChange.objects.select_related("run__started_by").only(
            *("model", "object_id", "object_name", "field", "old", "new", "run__kind", "run__finished_at"),
            *("run__started_at", "run__started_by__username", "run__started_by__first_name"),
            *("run__started_by__last_name",),
        )

    def may_be_read(self, user: User) -> bool:
        return any(may_view(user, label) for label in FED)

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        seen = [label for label in FED if may_view(user, label)]
        return rows if len(seen) == len(FED) else rows.filter(model__in=seen)

    def of(self, subject: Model) -> Q | None:
        if isinstance(subject, Run):
            return Q(run=subject)
        label = subject._meta.label_lower
        return Q(object_id=subject.pk, model=label) if label in FED else None

    def named(self, term: Term) -> Q | None:
        keys = {"inventory.asin": term.asin_id, "clients.client": term.client_id, "clients.store": term.store_id}
        found = Q()
        for label, key in keys.items():
            if key is not None:
                found |= Q(object_id=key, model=label)
        return found or None

    def only(self, rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
        return rows.filter(model=wanted.model) if wanted.model else rows

    def _by(self, rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
        """By the runs, named one by one: a join would have the database begin with them, and sort all their changes."""
        if wanted.who is None and not wanted.system:
            return rows
        runs = Run.objects.filter(kind__in=SOURCES, started_by__isnull=False)
        if wanted.who is not None:
            runs = runs.filter(started_by=wanted.who)
        keys = list(runs.order_by("-pk").values_list("pk", flat=True)[:MOST_RUNS])
        return rows.filter(run__in=keys) if wanted.who is not None else rows.exclude(run__in=keys)

    def _dated(self, rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
        """By the runs between the moments, whose changes lie together."""
        if wanted.since is None and wanted.until is None:
            return rows
        runs = Run.objects.filter(kind__in=SOURCES)
        if wanted.since is not None:
            rows, runs = rows.filter(run__finished_at__gte=wanted.since), runs.filter(finished_at__gte=wanted.since)
        if wanted.until is not None:
            rows = rows.filter(run__finished_at__lt=wanted.until)
            runs = runs.filter(started_at__lt=wanted.until + SLACK)
        first, last = runs.order_by("pk").first(), runs.order_by("-pk").first()
        if first is None or last is None:
            return rows.none()
        changes = FieldChange.objects.filter(run__gte=first.pk, run__lte=last.pk)
        low = changes.order_by("run", "pk").values_list("pk", flat=True).first()
        high = changes.order_by("-run", "-pk").values_list("pk", flat=True).first()
        return rows.filter(pk__gte=low, pk__lte=high) if low is not None else rows.none()

    def entries(self, rows: Sequence[Any]) -> list[Entry]:
        """The fields of one object, in the order they were written."""
        groups = groupby(rows, lambda row: (row.run_id, row.model, row.object_id))
        return [self._together(list(group)) for _key, group in groups]

    def entry(self, row: FieldChange) -> Entry:
        return self._together([row])

    def _together(self, rows: Sequence[FieldChange]) -> Entry:
        first, model = rows[-1], MODELS[rows[-1].model]
        head, why = _what_became([row.new for row in rows if row.field == "is_active"])
        source = SOURCES.get(first.run.kind, first.run.kind)
        by = person(first.run.started_by)
        return Entry(
            key=first.pk,
            when=first.run.finished_at or first.run.started_at,
            kind=self.kind,
            model=first.model,
            object_id=first.object_id,
            about=first.object_name,
            head=head,
            who=f"{source}, {by}" if by else str(source),
            changes=[What(field_label(model, row.field), row.new, row.old) for row in reversed(rows)],
            why=why,
            reference=f"sync #{first.run_id}",
            run_id=first.run_id,
        )


def _what_became(in_use: list[str]) -> tuple[str, str]:
    """Whether the object went or came back, and why."""
    if not in_use:
        return _("Changed"), ""
    if in_use[0] == _("yes"):
        return _("Back in use"), _("Back in the source")
    return _("Taken out of use"), _("No longer in the source")
