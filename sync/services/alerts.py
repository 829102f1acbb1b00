"""Alerts that runs raise and take back."""

from collections.abc import Collection

from notifications.models import Alert, AlertKind, AlertState
from notifications.services import close_alert, raise_alert


def tell_trouble(title: str, body: str, *, link: str, key: str) -> None:
    """Alert that a source is held, failed, stale or parked, or cannot be written; `key` is what repeats fold by."""
    raise_alert(kind=AlertKind.SYNC_TROUBLE, title=title, body=body, link=link, fold_key=key)


def trouble_is_over(key: str) -> None:
    """Close what `tell_trouble` told."""
    close_alert(kind=AlertKind.SYNC_TROUBLE, fold_key=key)


def close_settled(*, kind: AlertKind, prefix: str, still: Collection[str]) -> None:
    """Close the open alerts of `kind` about objects (`prefix` + key) that are no longer among `still`."""
    start = f"{kind}:{prefix}"
    open_keys = Alert.objects.filter(kind=kind, state=AlertState.OPEN, fold_key__startswith=start)
    for key in list(open_keys.values_list("fold_key", flat=True)):
        if key.removeprefix(start) not in still:
            close_alert(kind=kind, fold_key=key.removeprefix(f"{kind}:"))
