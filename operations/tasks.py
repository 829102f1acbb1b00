"""What the worker runs by schedule."""

from django.urls import reverse
from django.utils import timezone

from notifications.models import Alert, AlertKind, AlertState
from notifications.services import close_alert, raise_alert
from operations.backups.services import make_backup
from operations.digest import send_daily_digest
from operations.health import Level, check_backups

STALE = "stale"


def run_backup() -> str:
    """The daily backup; the name of its file. Its failure is an alert and a failed task."""
    return make_backup().path.name


def digest() -> str:
    """The morning's e-mail about yesterday; started again, it is not sent twice."""
    return f"{send_daily_digest(now=timezone.now())} e-mails"


def watch_backups() -> str:
    """Tell once where the newest good backup is too old, until there is a new one."""
    check = check_backups(timezone.now())
    if check.level is Level.OK:
        close_alert(kind=AlertKind.BACKUP_TROUBLE, fold_key=STALE)
    elif not Alert.objects.filter(kind=AlertKind.BACKUP_TROUBLE, state=AlertState.OPEN).exists():
        raise_alert(
            kind=AlertKind.BACKUP_TROUBLE,
            title="There is no fresh backup",
            body=f"{check.message} One is made every night; manage.py backup makes one now.",
            link=reverse("admin:common_run_changelist"),
            fold_key=STALE,
        )
    return check.message
