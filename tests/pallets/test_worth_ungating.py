"""manage.py worth_ungating: brands by store and over all stores, no case of stock counted twice."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clients.models import Store
from tests.factories import make_asin, make_client, make_store, ungate
from ungating.models import Scope, Status

pytestmark = pytest.mark.django_db
OLD = date(2024, 1, 1)


@pytest.fixture(autouse=True)
def _stores(store: Store) -> None:
    """Two stores that lack one brand of ten cases; the house lacks it too."""
    other = make_store("2", client=make_client("2", balance="1000.00"))
    house = make_store("9", client=make_client("9", balance="5000.00"), is_mutual=True)
    for one, status in ((store, Status.GATED), (other, Status.INVOICE_NEEDED), (house, Status.GATED)):
        ungate(one, "Beta", Scope.BRAND, status=status)
    make_asin(brand="Beta", category="Books", on_hand=60, date_added=OLD)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("worth_ungating", *arguments, stdout=out)
    return out.getvalue()


def test_each_store_alone_and_all_together() -> None:
    # Ten cases at 168.75 - 3.00, half a cent of rounding granted to each; $1,000.00 pays for them at 63.00 a case.
    assert run() == (
        "Worth ungating, a brand at one store:\n"
        "  up to   $1,657.55  Beta at Store 1: 1 ASIN, ask for approval\n"
        "  up to   $1,657.55  Beta at Store 2: 1 ASIN, ask for approval by invoice\n"
        "Worth ungating, a brand at every store that gains:\n"
        "  up to   $1,657.55  Beta: 2 stores, most at Store 1 (up to $1,657.55)\n"
    )


def test_one_store_and_json() -> None:
    worth = {"storeID": "2", "brand": "Beta", "asks": ["invoice"], "asins": 1, "upTo": "1657.55"}
    assert json.loads(run("--store", "2", "--json")) == {
        "byStore": [worth],
        "overall": [{"brand": "Beta", "upTo": "1657.55", "stores": [worth]}],
    }
    assert run("--store", "2") == (
        "Worth ungating, a brand at one store:\n"
        "  up to   $1,657.55  Beta at Store 2: 1 ASIN, ask for approval by invoice\n"
    )


def test_an_own_no_is_not_worth_asking_for(store: Store) -> None:
    rows = store.ungating_statuses.filter(value="Beta")
    rows.update(override=Status.GATED, override_reason="complaints")
    assert run("--store", "1") == "No brand is worth ungating: nothing that only gating blocks would gain.\n"
    rows.update(override=Status.INVOICE_NEEDED)
    assert "Beta at Store 1: 1 ASIN, ask for approval by invoice" in run("--store", "1")


def test_nothing_is_worth_it_where_nothing_is_gated(store: Store) -> None:
    ungate(store, "Books")
    store.ungating_statuses.filter(value="Beta").delete()
    assert run("--store", "1") == "No brand is worth ungating: nothing that only gating blocks would gain.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--store", "77"), "There is no active store “77”."),
        (("--store", "3"), r"Client 3 \(3\) has no available balance \(\$0.00\)."),
        (("--policy", "best"), "There is no policy “best”. Known: balanced, "),
        (("--first", "0"), "--first must be 1 or more, not 0."),
    ],
)
def test_what_is_wrong_is_said(arguments: tuple[str, ...], message: str) -> None:
    make_store("3", client=make_client("3", balance="0.00"))
    with pytest.raises(CommandError, match=message):
        run(*arguments)


def test_no_store_has_money(store: Store) -> None:
    type(store).objects.exclude(panel_id="9").update(status="suspended")
    with pytest.raises(CommandError, match="No active store has a client with an available balance"):
        run()
