"""What the arrival screen shows: claims by ASIN, in the order in which they get units, and what has come for them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.core.paginator import Page, Paginator
from django.db.models import Exists, Min, OuterRef, Q

from allocation.models import Preorder, PreorderArrival
from allocation.services.arrival_proposals import in_turn
from allocation.states import ArrivalState, PreorderState
from inventory.models import Asin

ASINS_PER_PAGE = 20


@dataclass
class Entry:
    """What a person has typed for one claim, and what is wrong with it."""

    ticked: bool
    units: str
    error: str = ""


@dataclass(frozen=True)
class Claim:
    """One preorder that waits for units; `proposed` of them have come, as movements in `came_from` say."""

    preorder: Preorder
    proposed: int
    came_from: tuple[str, ...]
    entry: Entry
    is_overdue: bool

    @property
    def missing(self) -> int:
        """Units to come that are not proposed."""
        return self.preorder.to_come - self.proposed


@dataclass(frozen=True)
class AsinClaims:
    """The claims on one ASIN in turn; `problems` are those of its whole form."""

    asin: Asin
    claims: tuple[Claim, ...]
    problems: tuple[str, ...] = ()

    @property
    def proposed(self) -> int:
        return sum(claim.proposed for claim in self.claims)

    @property
    def to_come(self) -> int:
        return sum(claim.preorder.to_come for claim in self.claims)

    @property
    def shortage(self) -> int:
        """Units that the claims want beyond what has come."""
        return self.to_come - self.proposed


@dataclass(frozen=True)
class Typed:
    """What was sent of one ASIN's form and could not be done: entries by preorder id, and problems of all of it."""

    asin_id: int
    entries: Mapping[int, Entry] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def claims_page(
    *, code: str, number: str, today: date, typed: Typed | None = None
) -> tuple[Page[Asin], list[AsinClaims]]:
    """One page of ASINs with claims, of one ASIN where `code` is given; those with something proposed come first.

    Four queries, however many claims there are.
    """
    waiting = Q(preorders__state=PreorderState.PENDING, preorders__is_active=True)
    proposed = PreorderArrival.objects.filter(
        preorder__asin=OuterRef("pk"), state=ArrivalState.PROPOSED, preorder__is_active=True
    )
    asins = (
        Asin.objects.filter(waiting)
        .annotate(first=Min("preorders__expected_arrival", filter=waiting), has_proposal=Exists(proposed))
        .order_by("-has_proposal", "first", "code")
    )
    if code:
        asins = asins.filter(code=code)
    page = Paginator(asins, ASINS_PER_PAGE).get_page(number)
    shown = {asin.pk: asin for asin in page.object_list}
    claims = _claims(shown, today, typed)
    return page, [
        AsinClaims(asin, tuple(claims[pk]), typed.problems if typed and typed.asin_id == pk else ())
        for pk, asin in shown.items()
    ]


def _claims(asins: Mapping[int, Asin], today: date, typed: Typed | None) -> dict[int, list[Claim]]:
    rows: dict[int, list[PreorderArrival]] = defaultdict(list)
    proposed = PreorderArrival.objects.filter(
        state=ArrivalState.PROPOSED, preorder__asin__in=asins, preorder__is_active=True
    )
    for row in proposed.select_related("movement").order_by("pk"):
        rows[row.preorder_id].append(row)
    found: dict[int, list[Claim]] = defaultdict(list)
    preorders = Preorder.objects.claiming().filter(asin__in=asins).select_related("client", "store")
    for preorder in in_turn(preorders):
        preorder.asin = asins[preorder.asin_id]
        own = rows.get(preorder.pk, [])
        units = sum(row.proposed for row in own)
        entry = (typed.entries.get(preorder.pk) if typed else None) or _entry(preorder, units)
        found[preorder.asin_id].append(
            Claim(preorder, units, tuple(_words(row) for row in own), entry, preorder.is_overdue(today))
        )
    return found


def _entry(preorder: Preorder, units: int) -> Entry:
    """What is typed before anybody types: all that is proposed, in whole cases, and no more than is still to come;
    where nothing is, all that is to come, not ticked.
    """
    pack = preorder.asin.case_pack
    likely = min(units, preorder.to_come) // pack * pack
    return Entry(ticked=bool(likely), units=str(likely or preorder.to_come))


def _words(row: PreorderArrival) -> str:
    """Where proposed units came from."""
    movement = row.movement
    return f"{row.proposed:,}: {movement.reason or movement.get_kind_display()}" if movement else f"{row.proposed:,}"
