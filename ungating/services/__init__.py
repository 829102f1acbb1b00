"""Statuses are overridden and expire, and tasks are settled, each with its history."""

from ungating.services.lapses import note_lapses
from ungating.services.overrides import record_change, record_edit, record_use, reset_override, set_override
from ungating.services.tasks import settle_tasks

__all__ = [
    "note_lapses",
    "record_change",
    "record_edit",
    "record_use",
    "reset_override",
    "set_override",
    "settle_tasks",
]
