"""What of the history is asked for: one object's, or what a search says."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.contrib.auth.models import User
from django.db.models import Model

from clients.models import Client, Store
from common.text import text_key
from inventory.models import Asin
from inventory.validators import is_asin
from operations.history_entries import Kind


class Term:
    """What somebody looks for: an ASIN, a client or store ID, a cart's, pallet's or shipment's code, a brand, a user.

    The objects that it names are looked up once.
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.upper = self.text.upper()

    @property
    def spellings(self) -> list[str]:
        """As it was typed, as codes are and as text keys are."""
        return list(dict.fromkeys((self.text, self.upper, text_key(self.text))))

    @cached_property
    def asin_id(self) -> int | None:
        return self._key(Asin, "code", self.upper) if is_asin(self.upper) else None

    @cached_property
    def client_id(self) -> int | None:
        return self._key(Client, "panel_id", self.text)

    @cached_property
    def store_id(self) -> int | None:
        return self._key(Store, "panel_id", self.text)

    def _key(self, model: type[Model], name: str, value: str) -> int | None:
        found: int | None = model._default_manager.filter(**{name: value}).values_list("pk", flat=True).first()
        return found


@dataclass(frozen=True)
class Wanted:
    """What entries must have in common; nothing said means all.

    `subject`: the object whose page it is. `system`: what no person did. `since` and `until` (which is not included)
    are moments. `model`: the kind of object, such as inventory.asin.
    """

    user: User
    subject: Model | None = None
    term: Term | None = None
    who: User | None = None
    system: bool = False
    since: datetime | None = None
    until: datetime | None = None
    model: str = ""
    kind: Kind | None = None
    ends: dict[str, int] = field(default_factory=dict)
