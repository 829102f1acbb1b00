"""What came into stock is proposed to the preorders that wait for it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum
from django.db.models.functions import Coalesce

from allocation.models import Preorder, PreorderArrival
from allocation.states import ArrivalState
from clients.models import ClientPriority
from common.transactions import durable
from inventory.models import MovementKind, StockMovement

# Kinds of movements that bring units. Opening stock is no arrival.
COMING_IN = (MovementKind.PORTAL, MovementKind.ADJUSTMENT)


def in_turn(claims: Iterable[Preorder]) -> list[Preorder]:
    """Claims, with their clients, in the order in which they get units: client priority, expected arrival, age."""
    return sorted(
        claims,
        key=lambda one: (
            ClientPriority.values.index(one.client.priority),
            one.expected_arrival,
            one.created_at,
            one.pk,
        ),
    )


@durable
def propose_arrivals(*, now: datetime) -> int:
    """Propose to each preorder, in turn and in whole cases, what has come into stock since it was made; how many units.

    Safe to repeat: no unit of a movement is proposed twice, and none of a movement to a preorder that was asked about
    it before. Run after each reading of the sheet and by hand.
    """
    locked = Preorder.objects.select_for_update().claiming().order_by("pk")
    claims = Preorder.objects.select_related("client", "asin").in_bulk(list(locked.values_list("pk", flat=True)))
    if not claims:
        return 0
    by_asin: dict[int, list[Preorder]] = defaultdict(list)
    for claim in claims.values():
        by_asin[claim.asin_id].append(claim)
    asked = _Asked.read(claims)
    coming = _coming_in(by_asin, since=min(claim.created_at for claim in claims.values()))
    rows = [
        row
        for asin_id, own in sorted(by_asin.items())
        for row in _shared(in_turn(own), coming.get(asin_id, []), asked, now)
    ]
    PreorderArrival.objects.bulk_create(rows, batch_size=500)
    return sum(row.proposed for row in rows)


@dataclass
class _Movement:
    """Units of a movement that nobody has been asked about."""

    pk: int
    at: datetime
    left: int


def _coming_in(asins: Collection[int], *, since: datetime) -> dict[int, list[_Movement]]:
    """By ASIN what has come in since then, the oldest first."""
    found: dict[int, list[_Movement]] = defaultdict(list)
    movements = StockMovement.objects.filter(
        asin__in=asins, kind__in=COMING_IN, on_hand_change__gt=0, created_at__gt=since
    ).annotate(proposed=Coalesce(Sum("arrivals__proposed"), 0))
    rows = movements.order_by("pk").values_list("asin_id", "pk", "created_at", "on_hand_change", "proposed")
    for asin_id, pk, at, units, proposed in rows:
        found[asin_id].append(_Movement(pk, at, units - proposed))
    return found


@dataclass(frozen=True)
class _Asked:
    """What preorders have been asked about: the movements, and units that are still proposed."""

    movements: set[tuple[int, int | None]]
    units: Mapping[int, int]

    @classmethod
    def read(cls, claims: Collection[int]) -> "_Asked":
        rows = PreorderArrival.objects.filter(preorder__in=claims)
        units: dict[int, int] = defaultdict(int)
        movements: set[tuple[int, int | None]] = set()
        for preorder, movement, state, proposed in rows.values_list("preorder", "movement", "state", "proposed"):
            movements.add((preorder, movement))
            units[preorder] += proposed if state == ArrivalState.PROPOSED else 0
        return cls(movements, units)


def _shared(
    claims: Iterable[Preorder], coming: Sequence[_Movement], asked: _Asked, now: datetime
) -> Iterable[PreorderArrival]:
    """What the movements of one ASIN bring to its claims in turn; units short of a case wait for the next movement."""
    for claim in claims:
        new = [one for one in coming if one.at > claim.created_at and (claim.pk, one.pk) not in asked.movements]
        pack = claim.asin.case_pack
        wanted = min(claim.to_come - asked.units.get(claim.pk, 0), sum(one.left for one in new)) // pack * pack
        for one in new:
            units = min(wanted, one.left)
            if units > 0:
                one.left -= units
                wanted -= units
                yield PreorderArrival(preorder=claim, movement_id=one.pk, proposed=units, created_at=now)
