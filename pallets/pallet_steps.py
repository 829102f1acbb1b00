"""The build steps of a pallet for people: what to put where in words, a picture and a view from above for each."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pallets.packing.picture import PalletPicture
from pallets.packing.picture_faces import Look
from pallets.packing.plan import Step
from pallets.packing.plan_view import SideWords, inches, plan_view_svg

Row = Mapping[str, Any]

PICTURE = "built"  # what the pictures of the steps are put together from is named so on the page
ALONG = 0.75  # a block at least as long as this share of a side lies along it
# From the rear to the front and over all of it; each from the left to the right and over all of it.
PLACES = (
    (
        gettext_lazy("at the left rear corner"),
        gettext_lazy("in the middle of the rear side"),
        gettext_lazy("at the right rear corner"),
        gettext_lazy("along the rear side"),
    ),
    (
        gettext_lazy("in the middle of the left side"),
        gettext_lazy("in the middle of the deck"),
        gettext_lazy("in the middle of the right side"),
        gettext_lazy("from left to right across the middle"),
    ),
    (
        gettext_lazy("at the left front corner"),
        gettext_lazy("in the middle of the front side"),
        gettext_lazy("at the right front corner"),
        gettext_lazy("along the front side"),
    ),
    (
        gettext_lazy("along the left side"),
        gettext_lazy("from rear to front across the middle"),
        gettext_lazy("along the right side"),
        gettext_lazy("over the whole deck"),
    ),
)


@dataclass(frozen=True)
class StepPage:
    """One step as the page shows it; `number` 0 is the finished pallet, which has no view from above."""

    number: int
    title: str
    where: str
    marks: tuple[str, ...]
    colour: str
    picture: SafeString
    plan: SafeString

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1


def drawing(
    placements: Sequence[Row],
    steps: Sequence[Row],
    looks: Mapping[str, Look],
    deck: tuple[int, int],
    pallet_height: int,
) -> PalletPicture:
    """The pallet as it is drawn; lengths in 0.1 in. A pallet without steps is one step."""
    step_of = {_key(carton): step["step"] for step in steps for carton in cartons(step)}
    numbers = [step_of.get(_key(row), 1) for row in placements]
    words = (
        _("front · %(side)s") % {"side": _side(deck[0])},
        _("right · %(side)s") % {"side": _side(deck[1])},
    )
    return PalletPicture(placements, deck, pallet_height=pallet_height, steps=numbers, looks=looks, words=words)


def step_pages(
    picture: PalletPicture, steps: Sequence[Row], looks: Mapping[str, Look], deck: tuple[int, int]
) -> list[StepPage]:
    """A page for each step. What is drawn escapes all text that it prints."""
    pages, below = [], list[Row]()
    for step in steps:
        number, look = step["step"], looks[step["sku"]]
        label = _("After step %(number)s") % {"number": number}
        above = _("Step %(number)s from above") % {"number": number}
        plan = plan_view_svg(step, below, deck, looks=looks, words=_sides(deck), label=above)
        pages.append(
            StepPage(
                number=number,
                title=title(step, deck),
                where=where(step),
                marks=_marks(look),
                colour=look.colour,
                picture=mark_safe(picture.after(number, PICTURE, label)),  # noqa: S308
                plan=mark_safe(plan),  # noqa: S308
            )
        )
        below += cartons(step)
    return pages


def cartons(step: Row) -> list[dict[str, Any]]:
    """Every carton of a step as a placement."""
    return [asdict(carton) for carton in Step(**step).placements()]


def title(step: Row, deck: tuple[int, int]) -> str:
    """“2 × 1 × 3 of B0… (6 cases), long side along the 48″ side, at the left rear corner”."""
    cases = step["nx"] * step["ny"] * step["nz"]
    return _("%(nx)s × %(ny)s × %(nz)s of %(asin)s (%(cases)s), %(turn)s, %(place)s") % {
        "nx": step["nx"],
        "ny": step["ny"],
        "nz": step["nz"],
        "asin": step["sku"],
        "cases": ngettext("%(n)s case", "%(n)s cases", cases) % {"n": cases},
        "turn": _turn(step, deck),
        "place": place(step, deck),
    }


def where(step: Row) -> str:
    """How a carton stands, and the distances of the block from the edges and the deck, in inches."""
    left, rear = inches(step["x"]), inches(step["y"])
    return _("Each stands on %(sides)s and is %(height)s high. The block: %(left)s, %(rear)s, %(level)s.") % {
        "sides": f"{step['dx'] / 10:.1f} × {inches(step['dy'])}",
        "height": inches(step["dz"]),
        "left": _("%(gap)s from the left edge") % {"gap": left} if step["x"] else _("flush with the left edge"),
        "rear": _("%(gap)s from the rear edge") % {"gap": rear} if step["y"] else _("flush with the rear edge"),
        "level": _("%(gap)s above the deck") % {"gap": inches(step["z"])} if step["z"] else _("on the deck"),
    }


def place(step: Row, deck: tuple[int, int]) -> str:
    """Where on the deck the block goes, in words."""
    across = _third(step["x"], step["nx"] * step["dx"], deck[0])
    along = _third(step["y"], step["ny"] * step["dy"], deck[1])
    return str(PLACES[along][across])


def _third(start: int, length: int, whole: int) -> int:
    """0 near the start of a side, 1 in its middle, 2 near its end, 3 along all of it."""
    before, after = start, whole - start - length
    if length >= ALONG * whole:
        return 3
    if 2 * before < after:
        return 0
    return 2 if 2 * after < before else 1


def _turn(step: Row, deck: tuple[int, int]) -> str:
    if step["dx"] == step["dy"]:
        return _("square base")
    return _("long side along the %(side)s side") % {"side": _side(deck[0] if step["dx"] > step["dy"] else deck[1])}


def _marks(look: Look) -> tuple[str, ...]:
    upright = (_("This side up"),) if look.upright else ()
    return upright + ((_("Fragile: nothing on top"),) if look.fragile else ())


def _sides(deck: tuple[int, int]) -> SideWords:
    return SideWords(
        rear=_("rear · %(side)s") % {"side": _side(deck[0])},
        left=_("left · %(side)s") % {"side": _side(deck[1])},
        front=_("front"),
    )


def _side(length: int) -> str:
    """A side of the deck in inches, without a decimal that is 0."""
    return f"{length / 10:g}″"


def _key(row: Row) -> tuple[Any, ...]:
    return row["sku"], row["x"], row["y"], row["z"]
