"""Alerts that runs raise and take back."""

from collections.abc import Collection

from notifications.models import Alert, AlertKind, AlertState
from notifications.services import close_alert


def close_settled(*, kind: AlertKind, prefix: str, still: Collection[str]) -> None:
    """Close the open alerts of `kind` about objects (`prefix` + key) that are no longer among `still`."""
    start = f"{kind}:{prefix}"
    open_keys = Alert.objects.filter(kind=kind, state=AlertState.OPEN, fold_key__startswith=start)
    for key in list(open_keys.values_list("fold_key", flat=True)):
        if key.removeprefix(start) not in still:
            close_alert(kind=kind, fold_key=key.removeprefix(f"{kind}:"))
