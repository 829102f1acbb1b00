"""Every version of what people edit: who saved it, when, why, and each field's old and new value in words.

django-simple-history keeps the versions. Feeds and services write past `save`, so the version before an edit need not
be what was edited: what differs is read from the database before it is written, and kept with the version. Feeds keep
account themselves (sync.FieldChange, movements, ledger); what a service does for a person goes through `note_update`.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import Field, ForeignKey, Model
from django.db.models.signals import pre_save
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history import register
from simple_history.models import HistoricalRecords

from common.fields import KeyField
from common.history_relations import follow_relation
from common.history_words import said
from common.sources import Coded

# An object's field, its old and its new value; no old one where that is not to be told.
Change = list[str | None]
ADDED, CHANGED, REMOVED = "+", "~", "-"
# Follow from other fields, or say when and whence.
UNTOLD = {"created_at", "updated_at", "retired_at", "source", "feed_updated_at"}
MOST_REASON = 200
BATCH = 200


class Version(models.Model):
    """What a version says beside the object's fields. The names outlive the object and the user."""

    object_key = KeyField(max_length=200, blank=True, db_index=True)  # what people look it up by
    object_name = models.CharField(max_length=300)
    actor_name = models.CharField(max_length=150, blank=True)
    changes = models.JSONField(default=list)  # field, old and new value of each that differs

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.object_name


class Trail(HistoricalRecords):
    """The versions of one model. See `tracked`."""

    def __init__(
        self,
        *,
        key: str,
        only: Collection[str] = (),
        exclude: Collection[str] = (),
        also: Collection[str] = (),
        noted: Collection[str] = (),
        relations: Collection[str] = (),
        **options: Any,
    ) -> None:
        self.key, self.only, self.exclude, self.also = key, only, exclude, also
        self.noted, self.relations = noted, relations
        super().__init__(
            bases=(Version,),
            history_id_field=models.BigAutoField(),
            history_change_reason_field=models.CharField(max_length=MOST_REASON, blank=True),
            **options,
        )

    def finalize(self, sender: type[Model], **kwargs: Any) -> None:
        super().finalize(sender, **kwargs)
        if getattr(self, "cls", None) is not sender or sender in TRAILS:
            return
        TRAILS[sender] = self
        self.fields = self.fields_included(sender)
        self.told = {field.name: field for field in self.fields if not field.primary_key}
        pre_save.connect(self.pre_save, sender=sender, weak=False)
        for name in self.relations:
            follow_relation(sender, name, self.related)

    def get_meta_options(self, model: type[Model]) -> dict[str, Any]:
        """Whoever may see the object may see its versions; nobody edits them."""
        return {**super().get_meta_options(model), "default_permissions": ()}

    def fields_included(self, model: Any) -> list[Field]:
        return [field for field in model._meta.fields if field.primary_key or self._is_kept(model, field)]

    def copy_fields(self, model: type[Model]) -> dict[str, Any]:
        """Plain columns: what a form says of them may change without a migration, and nobody looks rows up by them."""
        copied: dict[str, Any] = super().copy_fields(model)
        for name, field in copied.items():
            field.db_index = name == model._meta.pk.name
            field.choices, field.editable = None, True
            field.help_text, field._verbose_name, field._validators = "", None, []
        return copied

    def _is_kept(self, model: Any, field: Field) -> bool:
        if self.only:
            return field.name in self.only
        unkept = {*UNTOLD, *getattr(model, "TOTALS", ()), *self.exclude} - set(self.also)
        return not field.generated and field.name not in unkept

    def pre_save(
        self, instance: Any, raw: bool = False, using: str | None = None, update_fields: Any = None, **_kwargs: Any
    ) -> None:
        """Read what is stored, to tell what will differ."""
        names = self._written(update_fields)
        if raw or instance._state.adding or not names or "_was_unnamed" in instance.__dict__:
            return
        stored = type(instance)._base_manager.using(using).filter(pk=instance.pk)
        instance._stored_values = stored.values(*names).first()

    def _written(self, update_fields: Any) -> list[str]:
        names = [*self.told, *self.noted]
        return names if update_fields is None else [name for name in names if name in update_fields]

    def post_save(
        self, instance: Any, created: bool, using: str | None = None, raw: bool = False, **kwargs: Any
    ) -> None:
        stored = instance.__dict__.pop("_stored_values", None)
        is_new = instance.__dict__.pop("_was_unnamed", created)
        if raw or hasattr(instance, "skip_history_when_saving"):
            return
        if isinstance(instance, Coded) and instance.is_unnamed:
            instance.__dict__["_was_unnamed"] = True  # it is saved again at once, with its code
        elif is_new:
            self._keep(instance, ADDED, self._beginnings(instance))
        elif stored and (changes := self._differences(instance, stored)):
            self._keep(instance, CHANGED, changes)

    def create_historical_record(self, instance: Any, history_type: str, using: str | None = None) -> None:
        """Called where an object was deleted."""
        self._keep(instance, history_type, [])

    def related(self, instance: Any, name: str, old: str, new: str) -> None:
        """Keep a version for objects that `instance` was related to, or is no longer, by the field `name`."""
        self._keep(instance, CHANGED, [[name, old, new]])

    def _beginnings(self, instance: Any) -> list[Change]:
        """What a new object was given: everything that is not blank, no, or as it would be anyway."""
        found: list[Change] = []
        for name, field in self.told.items():
            value = _python(field, getattr(instance, field.attname))
            usual = field.get_default() if field.has_default() else None
            if _is_expression(value) or value in (None, "") or value == usual or (usual is None and not value):
                continue
            words = self._words(field, value, instance)
            if words != str(instance):
                found.append([name, "", words])
        return found

    def _differences(self, instance: Any, stored: Mapping[str, Any]) -> list[Change]:
        found: list[Change] = []
        for name, old in stored.items():
            field = self.told.get(name)
            if field is None:
                if getattr(instance, name) != old:
                    found.append([name, None, _("changed")])
                continue
            new = _python(field, getattr(instance, field.attname))
            if not _is_expression(new) and new != old:
                found.append([name, self._words(field, old), self._words(field, new, instance)])
        return found

    def updated(self, instance: Any, values: Mapping[str, Any], known: dict[Any, str]) -> list[Change]:
        """What `values`, objects or stored values by field, change of an instance that is as it was before."""
        found: list[Change] = []
        for name, value in values.items():
            field = self.told.get(name)
            if field is None or _is_expression(value):
                continue
            old, new = getattr(instance, field.attname), value.pk if isinstance(value, Model) else value
            if old != new:
                found.append([name, self._words(field, old, known=known), self._words(field, new, known=known)])
        return found

    def _words(self, field: Field, value: Any, instance: Any = None, known: dict[Any, str] | None = None) -> str:
        """In words; of a relation, the object's name, asked for where `instance` does not have it."""
        if value is None or not isinstance(field, ForeignKey):
            return said(field, value)
        if instance is not None and field.is_cached(instance):
            return said(field, str(getattr(instance, field.name)))
        known, place = {} if known is None else known, (field.related_model, value)
        if place not in known:
            other = field.related_model._base_manager.filter(pk=value).first()  # type: ignore[union-attr]
            known[place] = said(field, str(other or value))
        return known[place]

    def _keep(self, instance: Any, kind: str, changes: list[Change]) -> None:
        self.version(instance, kind, changes).save(force_insert=True)

    def version(
        self, instance: Any, kind: str, changes: list[Change], *, actor: Any = None, reason: str = "", **values: Any
    ) -> Any:
        """A version of `instance`, not stored yet: with `values` instead of its own, by `actor` or who is signed in."""
        user = actor or self.get_history_user(instance)
        if user is None and kind == ADDED:
            user = getattr(instance, "created_by", None)
        kept = {field.attname: getattr(instance, field.attname) for field in self.fields}
        return instance.history.model(
            history_date=timezone.now(),
            history_type=kind,
            # Who deletes their own account is not there to be pointed at any more.
            history_user=None if kind == REMOVED and user == instance else user,
            history_change_reason=(reason or instance.__dict__.pop("_change_reason", ""))[:MOST_REASON],
            actor_name=user.get_username() if user else "",
            object_key=str(key_of(instance))[:200],
            object_name=str(instance)[:300],
            changes=changes,
            **(kept | values),
        )


TRAILS: dict[type[Model], Trail] = {}


def tracked(
    *, key: str, exclude: Collection[str] = (), also: Collection[str] = (), only: Collection[str] = ()
) -> Trail:
    """Keep versions of a model: `history = tracked(key="code")`.

    `key`: the attribute, dotted through relations, that people look an object up by. Kept are all columns but TOTALS,
    times of writing and those in `exclude`; `also` brings some of them back; `only`, where given, names all that are.
    """
    return Trail(key=key, exclude=exclude, also=also, only=only)


def watch(
    model: type[Model],
    *,
    app: str,
    key: str,
    only: Collection[str],
    noted: Collection[str] = (),
    relations: Collection[str] = (),
) -> None:
    """Keep versions of another's model in `app`: the columns `only`, that those in `noted` changed but not to what, and
    the objects that its many-to-many `relations` get and lose.
    """
    register(model, app=app, records_class=Trail, key=key, only=only, noted=noted, relations=relations)


def key_of(instance: Any) -> Any:
    """What people look a tracked object up by."""
    value = instance
    for name in TRAILS[type(instance)].key.split("."):
        value = getattr(value, name)
    return value


def note_update(
    objects: Iterable[Model], values: Mapping[str, Any], *, actor: AbstractBaseUser | None = None, reason: str = ""
) -> None:
    """Keep a version of each of `objects` that an UPDATE past `save` gives `values`; they are as they were before it.

    Call it in the update's transaction. Fields that are not kept, and objects that do not differ, leave none.
    """
    known: dict[Any, str] = {}
    versions: dict[Any, list[Any]] = {}
    for one in objects:
        trail = TRAILS[type(one)]
        if changes := trail.updated(one, values, known):
            fresh = {
                trail.told[name].attname: value.pk if isinstance(value, Model) else value
                for name, value in values.items()
                if name in trail.told and not _is_expression(value)
            }
            row = trail.version(one, CHANGED, changes, actor=actor, reason=reason, **fresh)
            versions.setdefault(type(row), []).append(row)
    for model, rows in versions.items():
        model.objects.bulk_create(rows, batch_size=BATCH)


def _python(field: Field, value: Any) -> Any:
    """As the database gives it back, whatever it was assigned as."""
    target = field.target_field if isinstance(field, ForeignKey) else field
    return value if _is_expression(value) else target.to_python(value)


def _is_expression(value: Any) -> bool:
    return hasattr(value, "resolve_expression")
