"""Alerts are raised and settled here, and told by e-mail."""

from notifications.mail_text import Section
from notifications.services.alerts import close_alert, mark_done, raise_alert, reopen, snooze
from notifications.services.choices import choose_kinds, kinds_of
from notifications.services.digest import send_digest
from notifications.services.queueing import queue_due_emails, send_what_is_due, try_again
from notifications.services.sending import SendReport, send_due_emails
from notifications.services.tidy import drop_old_emails

__all__ = [
    "Section",
    "SendReport",
    "choose_kinds",
    "close_alert",
    "drop_old_emails",
    "kinds_of",
    "mark_done",
    "queue_due_emails",
    "raise_alert",
    "reopen",
    "send_digest",
    "send_due_emails",
    "send_what_is_due",
    "snooze",
    "try_again",
]
