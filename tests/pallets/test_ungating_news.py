"""What changed statuses unlock and lock is told once: through overrides, edits, expiry and the real sync."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from clients.models import Store
from notifications.models import Alert
from pallets.services.cancel import cancel_cart
from pallets.services.carts import generate_pallets
from pallets.services.news import AT_ONCE
from pallets.services.pooling import pool_goods
from pallets.services.ungating_news import ToldMeanwhile, ToldReport, close_mended_carts, tell_changes, tell_untold
from sync.models import SourceName
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.pooled import mutual_store, waiting_cart
from tests.sync.cases import status, statuses, take
from ungating.models import Scope, Status, UngatingChange, UngatingStatus
from ungating.services import note_lapses, record_change, record_use, reset_override, set_override

pytestmark = pytest.mark.django_db
NOTHING, UNLOCKED, LOCKED = ToldReport(), ToldReport(unlocked=1), ToldReport(locked=1)
LONG_AGO = datetime(2026, 1, 2, tzinfo=UTC)


def tell() -> ToldReport:
    return tell_untold(now=timezone.now())


def told() -> list[tuple[str, str]]:
    return list(Alert.objects.filter(kind="ungating_changed").order_by("pk").values_list("title", "state"))


def override(row: UngatingStatus, to: str, **fields: Any) -> None:
    set_override(statuses=[row], status=to, reason="letter on file", **fields)


def become(row: UngatingStatus, to: str) -> None:
    """Take the status itself to `to`, as its feed does."""
    old = row.status
    UngatingStatus.objects.filter(pk=row.pk).update(status=to)
    row.refresh_from_db()
    record_change(status=row, old=old)


def gated(store: Store | None = None, value: str = "Acme", scope: str = Scope.BRAND, **fields: Any) -> UngatingStatus:
    return ungate(store or make_store(), value, scope, **({"status": Status.GATED} | fields))


def test_an_override_that_unlocks_enough_is_told_once() -> None:
    row = gated(make_store(name="Acme US"))
    make_asin(on_hand=51, unit_cost=Decimal("12.50"))
    make_asin("B000000002", on_hand=6, unit_cost=Decimal("0.01"))
    override(row, Status.UNGATED, actor=User.objects.create_user("anna"))
    assert tell() == UNLOCKED
    alert = Alert.objects.get()
    assert alert.kind == "ungating_changed"
    assert alert.title == "Acme US: Brand Acme No → Yes unlocks $600.06 of stock"
    assert alert.body == ("54 units of 2 ASINs may go to Acme US of Client 1 now (letter on file). Changed by anna.")
    assert alert.link == f"{reverse('admin:cart_generator')}?client={row.store.client_id}&store={row.store_id}"
    assert UngatingChange.objects.get().told_at is not None
    assert tell() == NOTHING
    assert Alert.objects.get().count == 1


@pytest.mark.parametrize(("units", "expected"), [(49, NOTHING), (50, UNLOCKED)])
def test_it_takes_500_dollars(units: int, expected: ToldReport) -> None:
    row = gated()
    make_asin(on_hand=units, case_pack=1)
    override(row, Status.UNGATED)
    assert tell() == expected
    assert not UngatingChange.objects.filter(told_at=None).exists()


@pytest.mark.parametrize("change", [{"status": "suspended"}, {"is_active": False}])
def test_a_store_that_receives_nothing_gets_no_news(change: dict[str, Any]) -> None:
    row = gated(make_store(**change))
    make_asin()
    override(row, Status.UNGATED)
    assert tell() == NOTHING


def test_what_another_status_still_blocks_is_not_unlocked() -> None:
    row = gated()
    make_asin(on_hand=60)
    make_asin("B000000002", on_hand=600)
    gated(row.store, "B000000002", Scope.ASIN)
    become(row, Status.UNGATED)
    assert tell() == UNLOCKED
    assert told() == [("Store 1: Brand Acme No → Yes unlocks $600.00 of stock", "open")]


def test_what_another_status_had_allowed_already_is_not_unlocked() -> None:
    row = gated(status=Status.UNKNOWN)
    ungate(row.store)
    make_asin()
    override(row, Status.UNGATED)
    assert tell() == NOTHING


def test_each_of_two_that_had_to_change_unlocks() -> None:
    row = gated(status=Status.NOT_ELIGIBLE)
    other = gated(row.store, "Toys & Games", Scope.CATEGORY, status=Status.NOT_ELIGIBLE)
    make_asin()
    become(row, Status.UNGATED)
    become(other, Status.UNGATED)
    assert tell() == ToldReport(unlocked=2)
    assert [title for title, _ in told()] == [
        "Store 1: Brand Acme Not eligible → Yes unlocks $1,200.00 of stock",
        "Store 1: Category Toys & Games Not eligible → Yes unlocks $1,200.00 of stock",
    ]


def test_what_ends_where_it_began_is_no_news() -> None:
    row = gated()
    make_asin()
    override(row, Status.UNGATED)
    reset_override(statuses=[row])
    assert tell() == NOTHING
    override(row, Status.UNGATED)
    assert tell() == UNLOCKED
    reset_override(statuses=[row])
    assert tell() == NOTHING
    assert told() == [("Store 1: Brand Acme No → Yes unlocks $1,200.00 of stock", "done")]


def test_a_status_of_an_override_is_told_by_the_override() -> None:
    row = gated(override=Status.UNGATED, override_reason="seen")
    make_asin()
    become(row, Status.UNGATED)
    assert tell() == NOTHING


@pytest.mark.parametrize("fields", [{"is_active": False}, {"expires_at": LONG_AGO, "is_lapsed": True}])
def test_a_change_of_a_status_that_does_not_count_is_no_news(fields: dict[str, Any]) -> None:
    row = gated(value="B000000001", scope=Scope.ASIN, **fields)
    ungate(row.store)
    make_asin()
    become(row, Status.INVOICE_NEEDED)
    become(row, Status.UNGATED)
    assert tell() == NOTHING
    assert (told(), UngatingChange.objects.filter(told_at=None).count()) == ([], 0)


def test_a_new_status_and_one_back_in_use_unlock() -> None:
    row = gated(status=Status.UNGATED)
    make_asin()
    record_change(status=row, old="", reason="Made by hand")
    assert tell() == UNLOCKED
    UngatingStatus.objects.update(is_active=False)
    record_use(statuses=[row], in_use=False)
    assert tell() == NOTHING
    UngatingStatus.objects.update(is_active=True)
    record_use(statuses=[row], in_use=True)
    assert tell() == UNLOCKED
    assert told() == [
        ("Store 1: Brand Acme Unknown → Yes unlocks $1,200.00 of stock", "done"),
        ("Store 1: Brand Acme Unknown → Yes unlocks $1,200.00 of stock", "open"),
    ]


def test_many_at_once_raise_few_alerts() -> None:
    store = make_store()
    rows = [gated(store, f"Brand {number}") for number in range(AT_ONCE + 2)]
    for number in range(AT_ONCE + 2):
        make_asin(f"B{number:09d}", brand=f"Brand {number}", on_hand=60 + 6 * number)
    set_override(statuses=rows, status=Status.UNGATED, reason="all approved")
    assert tell() == ToldReport(unlocked=AT_ONCE + 2)
    titles = [title for title, _ in told()]
    assert len(titles) == AT_ONCE + 1
    assert titles[0] == "Store 1: Brand Brand 21 No → Yes unlocks $1,860.00 of stock"
    assert titles[-1] == "2 more status changes unlock stock"


def test_a_change_that_another_one_tells_now_is_left_to_it() -> None:
    row = gated()
    make_asin()
    override(row, Status.UNGATED)
    override(row, Status.GATED)
    changes = list(UngatingChange.objects.all())
    UngatingChange.objects.filter(pk=changes[0].pk).update(told_at=timezone.now())
    with pytest.raises(ToldMeanwhile):
        tell_changes(changes=changes, now=timezone.now())
    assert UngatingChange.objects.filter(told_at=None).count() == 1


def promised(store: Store) -> str:
    """A confirmed cart of the store with a pallet of its own."""
    return generate_pallets(store_id=store.panel_id, build_anyway=True).code


def test_goods_of_a_confirmed_cart_that_are_locked_are_told_until_they_are_not(store: Store) -> None:
    row = ungate(store, "Acme", Scope.BRAND)
    make_asin()
    code = promised(store)
    override(row, Status.GATED)
    assert tell() == LOCKED
    assert told() == [(f"{code}: 1 ASIN may no longer go to Store 1", "open")]
    alert = Alert.objects.get(kind="ungating_changed")
    assert alert.body == (
        "Brand Acme Yes → No.\nB000000001, 120 units: Brand Acme: gated by manual override (letter on file)."
    )
    assert close_mended_carts(now=timezone.now()) == 0
    reset_override(statuses=[row])
    assert close_mended_carts(now=timezone.now()) == 1
    assert told() == [(f"{code}: 1 ASIN may no longer go to Store 1", "done")]


def test_a_cart_that_was_cancelled_is_no_news_any_more(store: Store) -> None:
    row = ungate(store, "Acme", Scope.BRAND)
    make_asin()
    code = promised(store)
    override(row, Status.GATED)
    tell()
    cancel_cart(code=code, reason="gated")
    assert close_mended_carts(now=timezone.now()) == 1


def test_a_draft_is_not_told_of(store: Store) -> None:
    row = ungate(store, "Acme", Scope.BRAND)
    make_asin()
    generate_pallets(store_id="1", confirm=False)
    override(row, Status.GATED)
    assert tell() == NOTHING


def test_pooled_goods_are_judged_by_the_store_that_they_go_to() -> None:
    mutual = mutual_store()
    cart = waiting_cart()
    pool_goods(cart_code=cart.code)
    own = UngatingStatus.objects.get(store__panel_id="1")
    override(own, Status.GATED)
    assert tell() == NOTHING
    override(UngatingStatus.objects.get(store=mutual), Status.GATED)
    assert tell() == LOCKED
    assert told() == [(f"{cart.code}: 1 ASIN may no longer go to Mutual M", "open")]


def test_expiry_locks_and_renewal_unlocks(store: Store) -> None:
    row = ungate(store, "Acme", Scope.BRAND, expires_at=timezone.now() + timedelta(minutes=5))
    UngatingStatus.objects.exclude(pk=row.pk).delete()
    make_asin(on_hand=240)
    generate_pallets(store_id="1", build_anyway=True, amount=Decimal(1500))
    later = timezone.now() + timedelta(hours=1)
    assert note_lapses(now=later) == 1
    assert tell_untold(now=later) == LOCKED
    UngatingStatus.objects.update(expires_at=later + timedelta(days=30))
    assert note_lapses(now=later) == 1
    assert tell_untold(now=later) == UNLOCKED
    assert [title for title, _ in told()][1].startswith("Store 1: Brand Acme Unknown → Yes unlocks $")


def test_the_feeds_change_is_told(tmp_path: Path) -> None:
    make_store()
    make_asin()
    take(SourceName.UNGATING, statuses(tmp_path, [status("1")]))
    assert tell() == NOTHING
    newer = statuses(tmp_path, [status("1", status="Yes", reason="", updated_at="2026-11-01T08:00:00Z")])
    take(SourceName.UNGATING, newer)
    assert tell() == UNLOCKED
    assert told() == [("Store 1: Category Toys & Games No → Yes unlocks $1,200.00 of stock", "open")]
    assert Alert.objects.get(kind="ungating_changed").body.endswith("Changed by the feed.")


@pytest.mark.parametrize("stores", [2, 8])
def test_it_asks_as_often_for_many_stores(stores: int, django_assert_num_queries: Any) -> None:
    make_asin(on_hand=30)
    rows = [gated(make_store(str(number), client=make_client(str(number)))) for number in range(stores)]
    set_override(statuses=rows, status=Status.UNGATED, reason="all")
    # changes; statuses, ASINs, rules; begin, mark, commit; changes again
    with django_assert_num_queries(8):
        assert tell() == NOTHING
