"""What the worker runs: by schedule, and when e-mails are due."""

from django.utils import timezone

from notifications.services import queue_due_emails, send_what_is_due


def tick() -> bool:
    """Queue a sending where e-mails are due and none is under way. Safe to start twice at once."""
    return queue_due_emails(now=timezone.now())


def send_due() -> str:
    """Send what is due; what came of it becomes the task's result. Safe to start twice at once."""
    return str(send_what_is_due())
