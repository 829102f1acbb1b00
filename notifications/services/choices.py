"""Which kinds of e-mail a user wants."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction

from common.errors import DomainError
from notifications.models import MAIL_KINDS, MailChoice


def kinds_of(user: User) -> set[str]:
    """The kinds that `user` has chosen; a new user has none."""
    return set(MailChoice.objects.filter(user=user).values_list("kind", flat=True))


@transaction.atomic
def choose_kinds(*, user: User, kinds: Collection[str]) -> None:
    """Have `user` get e-mails of just these kinds. Raises DomainError for a kind that there is not."""
    if unknown := sorted(set(kinds) - {kind for kind, _label in MAIL_KINDS}):
        raise DomainError(f"There is no such kind of e-mail: {', '.join(unknown)}.", field="kinds")
    MailChoice.objects.filter(user=user).exclude(kind__in=kinds).delete()
    for kind in sorted(kinds):
        MailChoice.objects.get_or_create(user=user, kind=kind)
