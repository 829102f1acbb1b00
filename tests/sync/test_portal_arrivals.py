"""What comes into stock by the sheet is proposed to preorders after the reading."""

from pathlib import Path

import pytest

from inventory.models import Asin
from tests.allocation.preorders import preordered, proposals
from tests.factories import make_store
from tests.sync.cases import asin_row, portal, sheet

pytestmark = pytest.mark.django_db


def test_a_reading_proposes_what_came_in_once(tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1, remaining="60")]))
    asin = Asin.objects.get()
    made = preordered(make_store(), asin, 2 * asin.case_pack)
    more = [asin_row(1, remaining=str(60 + 2 * asin.case_pack))]
    for _ in range(2):
        assert portal(sheet(tmp_path, more)).ok
        assert proposals() == [(made.pk, 2 * asin.case_pack)]
