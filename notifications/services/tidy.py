"""Old e-mails go."""

from datetime import datetime, timedelta

from notifications.models import Email, EmailState

KEPT = timedelta(days=90)
CHUNK = 1_000


def drop_old_emails(*, now: datetime) -> int:
    """Delete what was sent more than 90 days ago, a part at a time; how many. What was not delivered stays."""
    old = Email.objects.filter(state=EmailState.SENT, next_try_at__lt=now - KEPT, sent_at__lt=now - KEPT)
    count = 0
    while keys := list(old.order_by("next_try_at").values_list("pk", flat=True)[:CHUNK]):
        count += Email.objects.filter(pk__in=keys).delete()[0]
    return count
