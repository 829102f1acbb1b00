"""Where an object came from, and the codes of objects made here."""

from typing import Any, ClassVar
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.TextChoices):
    FEED = "feed", _("Feed")
    MANUAL = "manual", _("Made by hand")


class Sourced(models.Model):
    """An object that a feed brings, or that staff made by hand; never deleted by a feed, only deactivated."""

    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.MANUAL, editable=False)
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("Off = kept for its history, no longer offered.")
    )
    retired_at = models.DateTimeField(
        _("taken out of use"), null=True, blank=True, editable=False, help_text=_("By staff: a feed leaves it so.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_index=True)

    class Meta:
        abstract = True

    @property
    def from_feed(self) -> bool:
        return self.source == Source.FEED


class Guarded(models.Model):
    """A row whose totals move by services only: saving a changed form never writes back totals it once read."""

    TOTALS: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding and kwargs.get("update_fields") is None:
            fields = self._meta.concrete_fields
            kwargs["update_fields"] = [
                field.name
                for field in fields
                if not (field.primary_key or field.generated or field.name in self.TOTALS)
            ]
        super().save(*args, **kwargs)


class Coded(models.Model):
    """An object whose public code is its prefix and number (`C-000123`), given when it is first saved."""

    CODE_FIELD: ClassVar[str] = "code"
    CODE_FORMAT: ClassVar[str] = "{:06d}"
    # While it is saved for the first time and its number is not known yet.
    is_unnamed = False

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The number is known only after the insert, so a unique stand-in is stored for that moment."""
        if getattr(self, self.CODE_FIELD):
            return super().save(*args, **kwargs)
        setattr(self, self.CODE_FIELD, f"~{uuid4().hex[:18]}")
        self.is_unnamed = True
        try:
            super().save(*args, **kwargs)
        finally:
            self.is_unnamed = False
        setattr(self, self.CODE_FIELD, self.CODE_FORMAT.format(self.pk))
        return super().save(update_fields=[self.CODE_FIELD], using=kwargs.get("using"))
