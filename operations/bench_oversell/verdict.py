"""What the rows say after the run: whether at any moment more was promised than there was."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from clients.models import EntryKind, LedgerEntry
from common.money import ZERO
from inventory.models import MovementKind, StockMovement
from operations.audit import audit


@dataclass(frozen=True)
class Verdict:
    """`oversold` units and `overdrawn` cents: the most that was promised too much of each ASIN and client, summed;
    `drift`: what the audit finds, in words.
    """

    oversold: int
    overdrawn: int
    drift: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return not (self.oversold or self.overdrawn or self.drift)


def judge() -> Verdict:
    """Read every movement and entry of the database, and run the audit."""
    return Verdict(oversold_units(), overdrawn_cents(), tuple(map(str, audit())))


def oversold_units() -> int:
    """Units promised beyond what was there, at the worst moment of each ASIN.

    Movements of one ASIN are written under its row's lock, so their ids are the order in which they happened. Units
    of an open shortage are not there.
    """
    free: dict[int, int] = defaultdict(int)
    worst: dict[int, int] = defaultdict(int)
    rows = StockMovement.objects.order_by("pk").values_list(
        "asin_id", "kind", "on_hand_change", "reserved_change", "shortage_change"
    )
    for asin, kind, on_hand, reserved, shortage in rows.iterator():
        free[asin] += on_hand - reserved - shortage
        if kind == MovementKind.RESERVE:
            worst[asin] = max(worst[asin], -free[asin])
    return sum(worst.values())


def overdrawn_cents() -> int:
    """Cents held beyond the balance, at the worst hold of each client. A charge lowers both, one after the other."""
    free: dict[int, Decimal] = defaultdict(lambda: ZERO)
    worst: dict[int, Decimal] = defaultdict(lambda: ZERO)
    rows = LedgerEntry.objects.order_by("pk").values_list("client_id", "kind", "balance_change", "held_change")
    for client, kind, balance, held in rows.iterator():
        free[client] += balance - held
        if kind == EntryKind.HOLD:
            worst[client] = max(worst[client], -free[client])
    return int(100 * sum(worst.values(), ZERO))
