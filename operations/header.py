"""What every page of the admin shows at its top: whether the Andon cord is pulled, and how many alerts are open."""

from dataclasses import dataclass
from typing import Any

import structlog
from django.db import Error as AnyDatabaseError
from django.db.models import Count, Subquery, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from common.models import AndonCord
from notifications.models import Alert

log = structlog.get_logger(__name__)

MOST = 99
KEPT = "_header_status"


@dataclass(frozen=True)
class Status:
    """`cord` is None where it is not pulled; `alerts` are open and not snoozed, None where they cannot be counted."""

    cord: AndonCord | None
    alerts: int | None


def status_of(request: HttpRequest) -> Status:
    """One query for a request, however often it is asked; a page opens even where the database cannot answer it."""
    found: Status | None = getattr(request, KEPT, None)
    if found is None:
        found = _read()
        setattr(request, KEPT, found)
    return found


def _read() -> Status:
    alerts = Alert.objects.awake(timezone.now()).order_by().values(one=Value(1)).annotate(number=Count("pk"))
    try:
        cord = AndonCord.objects.select_related("pulled_by").annotate(alerts=Subquery(alerts.values("number"))).first()
    except AnyDatabaseError as error:
        log.warning("the header's status could not be read", error=type(error).__name__)
        return Status(None, None)
    if cord is None:
        return Status(None, 0)
    return Status(cord if cord.is_pulled else None, cord.alerts or 0)  # type: ignore[attr-defined]


def open_alerts(request: HttpRequest) -> str:
    """The number beside “Alerts” in the menu, for who may see them; at most “99+”."""
    user = getattr(request, "user", None)
    if user is None or not user.has_perm("notifications.view_alert"):
        return "0"
    alerts = status_of(request).alerts
    if alerts is None:
        return "?"
    return f"{MOST}+" if alerts > MOST else str(alerts)


def andon(request: HttpRequest) -> dict[str, Any]:
    """For templates: `andon_cord`, read only where a page shows it."""
    return {"andon_cord": SimpleLazyObject(lambda: status_of(request).cord)}
