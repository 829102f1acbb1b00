"""Units have come for preorders: a person confirms or refuses what was proposed, or says it without a proposal."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.urls import reverse

from allocation.models import Preorder, PreorderArrival
from allocation.services.preorders import flag_of
from allocation.states import ArrivalState
from common.errors import Conflict, DomainError, NotFound, Problem
from common.money import usd
from common.transactions import durable
from inventory.models import Asin
from inventory.services import reserve_units
from notifications.models import AlertKind
from notifications.services import raise_alert


@dataclass(frozen=True)
class Coming:
    """What a person says came for a preorder: `units`; `arrived` and `proposed` as they stood on the screen."""

    preorder_id: int
    units: int
    arrived: int
    proposed: int


@durable
def confirm_arrivals(
    *, asin_id: int, coming: Sequence[Coming], key: str, now: datetime, actor: User | None = None
) -> dict[int, int]:
    """Units that have come for preorders of one ASIN are kept for them, all or none; units by preorder.

    They are taken of what is available in stock: an arrival makes no stock. The same `key`, that of the form, again
    does nothing and answers the same. A proposal that is confirmed in part is settled with that.
    Raises NotFound, DomainError with everything that does not fit, Conflict where someone else was faster.
    """
    asin = _lock_asin(asin_id)
    if done := _done_before(asin, key, {one.preorder_id: one.units for one in coming}):
        return done
    claims = _lock_claims(asin, [one.preorder_id for one in coming])
    open_rows = _open_rows(claims)
    _check(asin, claims, coming, open_rows)
    for one in sorted(coming, key=lambda one: one.preorder_id):
        preorder = claims[one.preorder_id]
        settle_rows(preorder, open_rows.get(preorder.pk, []), one.units, key=key, now=now, actor=actor)
        receive(preorder=preorder, units=one.units, key=key, actor=actor)
    return {one.preorder_id: one.units for one in coming}


@durable
def refuse_arrivals(
    *, asin_id: int, preorder_ids: Sequence[int], key: str, now: datetime, actor: User | None = None
) -> int:
    """Say that what was proposed to these preorders of one ASIN did not come for them; how many units.

    It stays free, and is not proposed again. The same `key` again does nothing. Raises NotFound, Conflict where nothing
    is proposed any more.
    """
    asin = _lock_asin(asin_id)
    claims = _lock_claims(asin, preorder_ids)
    if _done_before(asin, key, dict.fromkeys(preorder_ids, 0)):
        return 0
    rows = [row for rows in _open_rows(claims).values() for row in rows]
    if not rows:
        raise Conflict("Nothing is proposed here any more: someone else has settled it meanwhile.")
    for row in rows:
        row.state, row.key, row.actor, row.decided_at = ArrivalState.REFUSED, key, actor, now
    PreorderArrival.objects.bulk_update(rows, ["state", "key", "actor", "decided_at"])
    return sum(row.proposed for row in rows)


def _done_before(asin: Asin, key: str, asked: dict[int, int]) -> dict[int, int]:
    """What the form did when it was sent before; empty where it was not. Raises Conflict where it said otherwise."""
    done: dict[int, int] = defaultdict(int)
    rows = PreorderArrival.objects.filter(key=key, preorder__asin=asin)
    for preorder_id, units in rows.values_list("preorder", "units"):
        done[preorder_id] += units
    if done and done != asked:
        raise Conflict("This form was sent before, and said something else. Look at the page again.")
    return dict(done)


def _lock_asin(asin_id: int) -> Asin:
    asin = Asin.objects.select_for_update().filter(pk=asin_id).first()
    if asin is None:
        raise NotFound("There is no such ASIN.")
    return asin


def _lock_claims(asin: Asin, ids: Sequence[int]) -> dict[int, Preorder]:
    """The preorders by id, locked after their ASIN. Raises NotFound."""
    locked = Preorder.objects.select_for_update().filter(pk__in=ids, asin=asin).order_by("pk")
    list(locked.values_list("pk"))
    claims = Preorder.objects.select_related("client", "store").filter(asin=asin).in_bulk(ids)
    if len(claims) < len(set(ids)) or not claims:
        raise NotFound(f"There is no such preorder of {asin.code}." if ids else "Choose a preorder.")
    for claim in claims.values():
        claim.asin = asin
    return claims


def _open_rows(claims: Collection[int]) -> dict[int, list[PreorderArrival]]:
    found: dict[int, list[PreorderArrival]] = defaultdict(list)
    for row in PreorderArrival.objects.filter(preorder__in=claims, state=ArrivalState.PROPOSED).order_by("pk"):
        found[row.preorder_id].append(row)
    return found


def _check(
    asin: Asin,
    claims: Mapping[int, Preorder],
    coming: Sequence[Coming],
    open_rows: Mapping[int, Sequence[PreorderArrival]],
) -> None:
    """Raises Conflict where someone else was faster, else DomainError with every problem."""
    if twice := [pk for pk, times in Counter(one.preorder_id for one in coming).items() if times > 1]:
        raise DomainError(f"{claims[twice[0]]} is named twice: say once how many units came for it.")
    for one in coming:
        preorder = claims[one.preorder_id]
        proposed = sum(row.proposed for row in open_rows.get(preorder.pk, ()))
        if preorder.is_cancelled or preorder.arrived != one.arrived or proposed < one.proposed:
            state = "it is cancelled" if preorder.is_cancelled else f"{preorder.arrived:,} units have arrived by now"
            raise Conflict(f"{preorder}: someone else has changed this meanwhile; {state}. Look at it again.")
    problems = [
        Problem(f"units-{one.preorder_id}", text)
        for one in coming
        for text in _problems(claims[one.preorder_id], one.units)
    ]
    total = sum(one.units for one in coming)
    if not problems and total > asin.available:
        problems = [
            Problem(
                "",
                f"{asin.code}: {total:,} units are said to have come, but only {asin.available:,} are available "
                f"({asin.on_hand:,} on hand, {asin.reserved:,} reserved). Bring the stock up to date first.",
            )
        ]
    if problems:
        raise DomainError(problems)


def _problems(preorder: Preorder, units: int) -> Iterable[str]:
    pack = preorder.asin.case_pack
    if units < 1:
        yield f"{preorder}: enter at least one case of {pack:,} units, or leave it out."
    elif units > preorder.to_come:
        yield (
            f"{preorder}: {units:,} units are more than the {preorder.to_come:,} still to come "
            f"({preorder.arrived:,} of {preorder.quantity:,} have arrived)."
        )
    elif units % pack:
        yield f"{preorder}: whole cases only, {preorder.asin.code} comes in cases of {pack:,}."


def settle_rows(
    preorder: Preorder,
    rows: Sequence[PreorderArrival],
    units: int,
    *,
    key: str,
    now: datetime,
    note: str = "",
    actor: User | None = None,
) -> None:
    """Settle what was proposed to a locked preorder with `units` confirmed; others become a row without a movement."""
    left = units
    for row in rows:
        row.units = min(left, row.proposed)
        row.state = ArrivalState.CONFIRMED if row.units else ArrivalState.REFUSED
        row.key, row.actor, row.decided_at = key, actor, now
        left -= row.units
    PreorderArrival.objects.bulk_update(rows, ["units", "state", "key", "actor", "decided_at"])
    if left:
        PreorderArrival.objects.create(
            preorder=preorder,
            units=left,
            state=ArrivalState.CONFIRMED,
            key=key,
            note=note[:200],
            actor=actor,
            decided_at=now,
        )


def receive(*, preorder: Preorder, units: int, key: str, actor: User | None = None) -> None:
    """`units` are kept for a locked preorder from now on, and everyone is told. Must run in a transaction.

    Raises InsufficientUnits where fewer are available.
    """
    reserve_units(units={preorder.asin_id: units}, reference=preorder.reference, actor=actor)
    preorder.arrived += units
    preorder.state = preorder.state_by_units
    preorder.flag = flag_of(preorder.store)  # its store may have been suspended, or taken up again, meanwhile
    changes = {"arrived": preorder.arrived, "state": preorder.state, "flag": preorder.flag}
    Preorder.objects.filter(pk=preorder.pk).update(**changes)
    rest = f"{preorder.to_come:,} are still to come" if preorder.to_come else "that is all of it"
    attention = f" {preorder.flag}" if preorder.flag else ""
    raise_alert(
        kind=AlertKind.PREORDER_ARRIVED,
        title=f"{preorder.client.name}: {units:,} units of {preorder.asin.code} have arrived",
        body=f"For {preorder.store.name}; {preorder.arrived:,} of {preorder.quantity:,} are here, {rest}. "
        f"Still due: {usd(preorder.due)}.{attention}",
        link=reverse("admin:allocation_preorder_change", args=[preorder.pk]),
        fold_key=f"{preorder.pk}:{key}",
    )
