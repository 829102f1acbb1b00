"""What is read of ASINs: every load, size and value is that of the plain rules, on the sample data and on odd rows."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocation.models import Policy
from allocation.snapshot_shelf import NO_MARGIN, read_shelf
from allocation.snapshot_values import CLASSES, case_values, unit_values
from inventory.models import Asin, Priority
from inventory.packaging import case_box
from inventory.packaging_arrays import as_typical
from inventory.pallet_spec import GMA
from sync.models import SourceName
from sync.services import sync_source
from tests import plain
from tests.factories import TODAY, make_asin

SAMPLE = Path(__file__).parent.parent / "data" / "buying_portal.csv"
pytestmark = pytest.mark.django_db


def assert_as_plain(policies: list[Policy]) -> None:
    """Each entry of the shelf is what the model object says."""
    asins = list(Asin.objects.in_use().order_by("code"))
    shelf, typical = read_shelf(Asin.objects.in_use()), plain.typical_cases(asins)
    values = {policy.slug: unit_values(policy, shelf, today=TODAY).tolist() for policy in policies}
    assert list(shelf.codes) == [asin.code for asin in asins]
    for place, asin in enumerate(asins):
        box = case_box(asin, typical.get(asin.category_key))
        found = as_typical(shelf.boxes, place)
        assert (found.size, found.weight, shelf.load[place]) == (box.size, box.weight, plain.billionths(box))
        assert shelf.fits[place] == (not GMA.misfit(box, upright_only=asin.upright_only))
        assert case_box(asin, shelf.typical(place)) == box
        assert shelf.brand.of[place] == list(shelf.brand.places).index(asin.brand_key)
        prices = (asin.unit_cost, asin.min_shipping, asin.max_shipping)
        assert (shelf.cost[place], shelf.min_shipping[place], shelf.max_shipping[place]) == tuple(
            price * 10_000 for price in prices
        )
        assert (shelf.cases[place], shelf.units[place]) == (asin.available_cases, asin.case_pack)
        for policy in policies:
            for row, priority in enumerate(CLASSES):
                value = plain.value_of(policy, asin, priority, TODAY)
                assert Decimal(values[policy.slug][row][place]).scaleb(-8) == value


def test_the_sample_data_is_read_as_its_model_objects_say() -> None:
    assert sync_source(source=SourceName.PORTAL, file=SAMPLE).ok
    assert_as_plain(list(Policy.objects.all()))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        read_shelf(Asin.objects.in_use())
    assert len(queries) == 1


def test_what_a_row_may_hold_is_read_exactly() -> None:
    odd = {"case_length": None, "case_weight": None, "unit_length": Decimal("1.13")}
    weights = {"unit_width": Decimal("2.67"), "unit_height": Decimal("0.29"), "unit_weight": Decimal("0.0001")}
    make_asin("B000000001", **odd, **weights, case_pack=7, priority=Priority.HIGH, date_added=TODAY + timedelta(days=9))
    make_asin("B000000002", **odd, brand="", category="", date_added=date(2020, 1, 1), priority=Priority.LOW)
    make_asin("B000000003", case_length=Decimal("999999.99"), case_weight=Decimal("999999.9999"), upright_only=True)
    make_asin("B000000004", on_hand=0, sale_price=Decimal("19.99"), amazon_fees=Decimal("0.00"), priority="")
    make_asin("B000000005", unit_cost=Decimal("1000000.00"), max_shipping=Decimal("9999.9999"), sale_price=Decimal(1))
    make_asin("B000000006", sale_price=Decimal("0.01"), amazon_fees=Decimal("1000000.00"), case_pack=10_000)
    make_asin("B000000007", is_active=False)
    mine = Policy(
        slug="mine", base=Decimal("0.333"), age=Decimal("0.007"), priority=Decimal(100), profit=Decimal("99.999")
    )
    assert_as_plain([mine, *Policy.objects.all()])
    shelf = read_shelf(Asin.objects.in_use())
    assert shelf.margin.tolist() == [NO_MARGIN, NO_MARGIN, NO_MARGIN, 999, NO_MARGIN, -100_000_999]
    assert shelf.brands == ("Acme", "")
    assert [(places["toys & games"], places[""]) for places in [shelf.category.places]] == [(0, 1)]


def test_an_empty_shelf_is_read_too() -> None:
    shelf = read_shelf(Asin.objects.in_use())
    assert (shelf.codes, shelf.load.tolist(), unit_values(Policy(), shelf, today=TODAY).shape) == ((), [], (3, 0))


def test_no_case_counts_for_more_than_the_engine_can_count() -> None:
    make_asin(unit_cost=Decimal(1_000_000), case_pack=10_000, on_hand=10_000)
    policy = Policy(base=Decimal(100), age=Decimal(100), priority=Decimal(100))
    shelf = read_shelf(Asin.objects.in_use())
    assert case_values(policy, shelf, today=TODAY).tolist() == [[10**17]] * 3
