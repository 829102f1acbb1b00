"""The books of versions: what people edited, and states that services moved for them, one book for each model."""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import User
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from access.models import ApiToken
from allocation.models import Cart, TransferSuggestion
from common.history import ADDED, REMOVED, TRAILS
from common.history_words import field_label
from operations.history_books import Book, person
from operations.history_entries import Entry, Kind, What
from operations.history_scope import Term
from pallets.models import Pallet, PalletLine, Shipment

# Tracked models by their label, such as inventory.asin.
MODELS: dict[str, type[Model]] = {model._meta.label_lower: model for model in TRAILS}
HEADS = {ADDED: "Added", REMOVED: "Deleted"}


def may_view(user: User, label: str) -> bool:
    """Whether `user` may see objects of the model called `label`."""
    options = apps.get_model(label)._meta
    return user.has_perm(f"{options.app_label}.{get_permission_codename('view', options)}")


class Versions(Book):
    """Versions of one model."""

    kind: ClassVar[Kind] = Kind.EDIT
    actor, moment, dated = "history_user", "history_date", True

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.label = model._meta.label_lower
        self.code = f"v{model._meta.model_name}"  # type: ignore[misc]
        self.tells_of = (self.label,)  # type: ignore[misc]

    def may_be_read(self, user: User) -> bool:
        return may_view(user, self.label)

    def rows(self) -> QuerySet[Any]:
        """Without the object's own columns."""
        versions: Any = self.model
        rows: QuerySet[Any] = versions.history.model.objects.select_related("history_user").only(
            *("history_id", "history_date", "history_type", "history_change_reason", "id", "object_name"),
            *("actor_name", "changes", "history_user__username", "history_user__first_name"),
            *("history_user__last_name",),
        )
        return rows

    def visible(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        """A token acts as its user: nobody but a superuser sees those of others."""
        return rows.filter(user=user) if self.model is ApiToken and not user.is_superuser else rows

    def of(self, subject: Model) -> Q | None:
        if isinstance(subject, self.model):
            return Q(id=subject.pk)
        return self._around(subject)

    def _around(self, subject: Model) -> Q | None:
        """What belongs to `subject`: a cart's pallets and suggestions, a shipment's pallets."""
        if self.model is Pallet and isinstance(subject, Cart):
            return Q(id__in=list(PalletLine.objects.filter(cart_line__cart=subject).values_list("pallet", flat=True)))
        if self.model is Pallet and isinstance(subject, Shipment):
            return Q(id__in=[pallet.pk for pallet in subject.pallets.only("pk")])
        if self.model is TransferSuggestion and isinstance(subject, Cart):
            return Q(id__in=list(subject.suggestions.values_list("pk", flat=True)))
        return None

    def named(self, term: Term) -> Q | None:
        return Q(object_key__in=term.spellings)

    def entry(self, row: Any) -> Entry:
        is_new = row.history_type == ADDED
        return Entry(
            key=row.pk,
            when=row.history_date,
            kind=self.kind,
            model=self.label,
            object_id=row.id,
            about=row.object_name,
            head=_(HEADS.get(row.history_type, "Changed")),
            who=person(row.history_user, row.actor_name),
            changes=[
                What(field_label(self.model, name), new, None if is_new else old) for name, old, new in row.changes
            ],
            why=row.history_change_reason,
        )
