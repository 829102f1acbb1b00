"""The cases that goods already promised are packed in."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from allocation.snapshot_shelf import read_shelf
from inventory.models import Asin
from inventory.packaging import CaseBox, Typical, case_box
from pallets.loading import Load


def boxes_of(asins: Iterable[Asin]) -> dict[str, tuple[Asin, CaseBox]]:
    """Each ASIN by its code with the size and weight of its case, estimated where it is not known."""
    asins = list(asins)
    typical = typical_of([asin for asin in asins if asin.needs_estimate])
    return {asin.code: (asin, case_box(asin, typical.get(asin.code))) for asin in asins}


def loads_of_lines(goods: Mapping[int, int], asins: Mapping[int, Asin]) -> dict[str, Load]:
    """What the packer is given of `goods`, cases by cart line id, each the ASIN that `asins` says. Cartons of one ASIN
    are alike, whoever pays for them.
    """
    boxes = boxes_of({asins[line].pk: asins[line] for line in goods}.values())
    cases = Counter[str]()
    for line, count in goods.items():
        cases[asins[line].code] += count
    return {code: Load(*boxes[code], count) for code, count in cases.items()}


def typical_of(asins: Sequence[Asin]) -> dict[str, Typical]:
    """The typical case of the category of each of `asins`, by code."""
    if not asins:
        return {}
    shelf = read_shelf(Asin.objects.in_use().filter(category_key__in={asin.category_key for asin in asins}))
    return {asin.code: shelf.typical(shelf.places[asin.code]) for asin in asins if asin.code in shelf.places}
