"""The history: every book read as one, newest first, page by page, by what is asked for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User

from allocation.models import Cart
from clients.services import adjust_balance
from common.models import Run
from inventory.models import Asin
from inventory.services import adjust_stock, reserve_units
from operations.history import BOOKS, read_history
from operations.history_entries import Entry, Kind, Page, Stretch, one_page, read_place, write_place
from operations.history_scope import Wanted
from pallets.services.cancel import cancel_cart
from pallets.services.carts import generate_pallets
from pallets.services.shipments import make_shipment, remove_pallets
from sync.models import FieldChange
from tests.factories import make_asin, make_client, make_store, ungate
from tests.sync.cases import asin_row, portal, sheet
from ungating.services import set_override

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


@pytest.fixture
def root() -> User:
    with at(-5):
        return User.objects.create_superuser("root", first_name="Ada", last_name="Root")


def role(name: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=name))
    return user


def told(page: Page) -> list[tuple[str, str, str, list[tuple[str, str | None, str]], str, str]]:
    """What, about what, who, changes, why and reference of each entry."""
    return [
        (one.head, one.about, one.who, [(c.label, c.old, c.new) for c in one.changes], one.why, one.reference)
        for one in page.entries
    ]


def heads(page: Page) -> list[tuple[str, str]]:
    return [(one.head, one.about) for one in page.entries]


def all_pages(read: Callable[[dict[str, int]], Page]) -> list[Page]:
    pages = [read({})]
    while pages[-1].older:
        assert len(pages) < 100
        pages.append(read(read_place(pages[-1].older)))
    return pages


def at(minute: int) -> Any:
    return time_machine.travel(NOON + timedelta(minutes=minute), tick=False)


def test_an_asins_page_merges_edits_feeds_and_stock(root: User, tmp_path: Path) -> None:
    with at(0):
        portal(sheet(tmp_path, [asin_row(1)]), now=NOON)
    asin = Asin.objects.get()
    with at(1):
        asin.fragile, asin._history_user, asin._change_reason = True, root, "Glass"
        asin.save()
    with at(2):
        adjust_stock(asin_id=asin.pk, change=-3, reason="Counted", actor=root)
    with at(3):
        run = portal(sheet(tmp_path, [asin_row(1, cost="12.00", title="New")]), now=NOON).run_id
    with at(4):
        reserve_units(units={asin.pk: 6}, reference="C-000007")
    make_asin("B000000002")
    page = read_history(Wanted(user=root, subject=asin))
    assert told(page)[-1][:4] == ("Opening stock", "B000000001", "The feed", [("On hand", None, "+60")])
    assert told(page)[:-1] == [
        ("Reserved", "B000000001", "", [("Reserved", None, "+6")], "", "C-000007"),
        (
            "Changed",
            "B000000001",
            "Buying portal",
            [("Title", "Lamp 1", "New"), ("Unit cost", "$10.00", "$12.00")],
            "",
            f"sync #{run}",
        ),
        ("Adjusted by hand", "B000000001", "Ada Root", [("On hand", None, "−3")], "Counted", ""),
        ("Changed", "B000000001", "Ada Root", [("Fragile", "no", "yes")], "Glass", ""),
    ]
    assert [one.kind for one in page.entries] == [Kind.STOCK, Kind.FEED, Kind.STOCK, Kind.EDIT, Kind.STOCK]
    assert page.older == ""


def cart_for(root: User) -> Cart:
    store = make_store(client=make_client(balance="10000.00", name="Acme Buyers"))
    ungate(store)
    for number in range(1, 4):
        make_asin(f"B{number:09d}", on_hand=600)
    with at(1):
        return generate_pallets(store_id=store.panel_id, actor=root, build_anyway=True)


def test_a_carts_page_tells_its_whole_life(root: User) -> None:
    cart = cart_for(root)
    with at(2):
        cancel_cart(code=cart.code, reason="Changed its mind", actor=root)
    cart.refresh_from_db()
    page = read_history(Wanted(user=root, subject=cart))
    found = heads(page)
    for expected in (
        ("Added", cart.code),
        ("Reserved", "3 ASINs"),
        ("Hold", "Acme Buyers (1)"),
        ("Palletised", cart.code),
        ("Released", "3 ASINs"),
        ("Release", "Acme Buyers (1)"),
        ("Cancelled", cart.code),
    ):
        assert found.count(expected) == 1, expected
    whens = [one.when for one in page.entries]
    assert whens == sorted(whens, reverse=True)
    over = {entry[0]: entry for entry in told(page)}
    assert over["Cancelled"][4] == "Changed its mind"
    assert [line[0] for line in over["Released"][3]] == ["B000000001", "B000000002", "B000000003"]
    reserved = {label: new for label, _, new in over["Reserved"][3]}
    units = {line.asin.code: line.units for line in cart.lines.select_related("asin")}
    assert reserved == {code: f"reserved +{count:,}" for code, count in units.items()}


def test_a_shipments_page_has_its_pallets(root: User) -> None:
    pallets = [line.pallet for line in cart_for(root).lines.first().pallet_lines.all()]
    shipment = make_shipment(pallets=[pallets[0].code], actor=root)
    page = read_history(Wanted(user=root, subject=shipment))
    assert ("Changed", pallets[0].code) in heads(page)
    assert ("Added", shipment.code) in heads(page)
    remove_pallets(code=shipment.code, pallets=[pallets[0].code])
    page = read_history(Wanted(user=root, subject=pallets[0]))
    assert [entry[3] for entry in told(page)][:2] == [
        [("Shipment", shipment.code, "")],
        [("Shipment", "", shipment.code)],
    ]


def test_an_overridden_status_is_told_once(root: User) -> None:
    status = ungate(make_store(), status="gated")
    set_override(statuses=[status], status="ungated", reason="Letter from Amazon", actor=root)
    page = read_history(Wanted(user=root, subject=status))
    assert told(page)[0][2:5] == ("Ada Root", [("Override", "", "Yes")], "Letter from Amazon")
    assert [head for head, _ in heads(page)] == ["Overridden", "Added"]


def test_a_runs_page_lists_what_it_changed(root: User, tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1), asin_row(2)]))
    report = portal(sheet(tmp_path, [asin_row(1, cost="11.00"), asin_row(2, cost="12.00", remaining="59")]))
    page = read_history(Wanted(user=root, subject=Run.objects.get(pk=report.run_id)))
    assert heads(page) == [
        ("Changed", "B000000002"),
        ("Changed", "B000000001"),
        ("Change in the sheet", "B000000002"),
    ]


def test_pages_pass_over_nothing_and_repeat_nothing(root: User) -> None:
    with at(-1):
        client, asin = make_client(balance="0.00"), make_asin(on_hand=0)
    run = Run.objects.create(kind="sync.portal", finished_at=NOON)
    for minute in range(70):
        with at(minute):
            adjust_stock(asin_id=asin.pk, change=1, reason=f"s{minute}", actor=root)
            if minute % 2:
                adjust_balance(client_id=client.pk, change=Decimal(1), reason=f"m{minute}", actor=root)
            asin._history_user, asin.title = root, f"t{minute}"
            asin.save()
    FieldChange.objects.bulk_create(
        FieldChange(
            run=run, model="inventory.asin", object_id=asin.pk + n // 3, object_name=f"A{n // 3}", field="title"
        )
        for n in range(700)
    )
    pages = all_pages(lambda ends: read_history(Wanted(user=root, ends=ends)))
    entries = [entry for page in pages for entry in page.entries]
    whys = [entry.why for entry in entries]
    assert sorted(why for why in whys if why[:1] == "s") == sorted(f"s{n}" for n in range(70))
    assert sorted(why for why in whys if why[:1] == "m") == sorted(f"m{n}" for n in range(1, 70, 2))
    titles = [change.new for entry in entries for change in entry.changes if entry.kind == Kind.EDIT]
    assert {f"t{n}" for n in range(70)} <= set(titles)
    fed = [entry for entry in entries if entry.kind == Kind.FEED]
    assert sum(len(entry.changes) for entry in fed) == 700
    whens = [entry.when for entry in entries]
    assert whens == sorted(whens, reverse=True)
    assert all(len(page.entries) <= 50 for page in pages)


def test_what_comes_while_one_reads_moves_no_page(root: User) -> None:
    asin = make_asin(on_hand=0)
    for number in range(60):
        adjust_stock(asin_id=asin.pk, change=1, reason=str(number), actor=root)
    first = read_history(Wanted(user=root, subject=asin))
    adjust_stock(asin_id=asin.pk, change=1, reason="late", actor=root)
    second = read_history(Wanted(user=root, subject=asin, ends=read_place(first.older)))
    assert [entry.why for entry in second.entries] == [str(number) for number in range(9, -1, -1)] + [""]


def entry(key: int, minute: int) -> Entry:
    when = NOON + timedelta(minutes=minute)
    return Entry(key=key, when=when, kind=Kind.EDIT, model="inventory.asin", object_id=1, about="", head=str(minute))


def test_a_page_ends_where_a_book_that_has_more_runs_dry() -> None:
    whole = Stretch("a", [entry(9, 9), entry(4, 4), entry(1, 1)], 10, False)
    cut = Stretch("b", [entry(50, 8), entry(49, 5)], 51, True)
    page = one_page([whole, cut])
    assert [one.head for one in page.entries] == ["9", "8", "5"]
    assert read_place(page.older) == {"a": 9, "b": 49}
    # A book of which nothing was shown begins where it began.
    page = one_page([Stretch("a", [entry(9, 9)], 10, True), Stretch("b", [entry(7, 2)], 12, False)])
    assert (read_place(page.older), len(page.entries)) == ({"a": 9, "b": 12}, 1)
    assert one_page([]) == Page([])


@pytest.mark.parametrize("text", ["x", "a-", "-1", "a-1.", "a-1..b-2", "a-x", "a1-1", "a-" + "9" * 19, "a-١"])
def test_a_place_that_nobody_wrote_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        read_place(text)
    assert read_place(write_place({"b": 2, "a": 1})) == {"a": 1, "b": 2}


def test_every_book_has_a_code_of_its_own() -> None:
    """A book without a code of its own would hide another's rows on the second page."""
    assert len({book.code for book in BOOKS}) == len(BOOKS)
    assert all(book.code.isalpha() for book in BOOKS)
