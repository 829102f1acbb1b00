"""Several alerts of one kind at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from notifications.models import Alert, AlertKind, AlertState
from notifications.services import raise_alert

# So many are told one by one, the rest by their number: each is an e-mail too, and nobody reads hundreds.
AT_ONCE = 20


@dataclass(frozen=True)
class News:
    """What one alert says, and what its repeats fold by."""

    title: str
    body: str
    link: str
    fold_key: str


def raise_alerts(*, kind: AlertKind, news: Iterable[News]) -> None:
    """Raise an alert for each. Must run in a transaction."""
    for one in news:
        raise_alert(kind=kind, title=one.title, body=one.body, link=one.link, fold_key=one.fold_key)


def open_folds(kind: AlertKind, prefix: str) -> set[str]:
    """What the open alerts of `kind` fold by that begin with `prefix`, without it."""
    start = f"{kind}:{prefix}"
    found = Alert.objects.filter(kind=kind, state=AlertState.OPEN, fold_key__startswith=start)
    return {key.removeprefix(start) for key in found.values_list("fold_key", flat=True)}
