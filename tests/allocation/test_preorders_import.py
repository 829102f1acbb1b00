"""What a file says of preorders becomes payments, arrivals and allocations."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from allocation.models import Preorder, PreorderAllocation, PreorderArrival, PreorderPayment
from allocation.services.arrival_proposals import propose_arrivals
from allocation.services.preorder_payments import record_payment
from allocation.states import PreorderNeed
from clients.models import Store
from common.errors import DomainError
from inventory.models import Asin
from notifications.models import Alert
from sync.models import SourceName
from sync.services import SyncReport
from tests.allocation.preorders import all_is_well, arrive, comes_in, preordered, proposals, shelf, standing
from tests.factories import make_asin, make_client, make_store
from tests.sync.cases import digest, reasons, take

pytestmark = pytest.mark.django_db
HEADER = "Client ID,Store ID,ASIN,Quantity,Amount Paid,Expected Arrival,Status\n"


@pytest.fixture
def asin() -> Asin:
    make_store("1", client=make_client("1"))
    return make_asin("B000000001", unit_cost=Decimal("3.35"), on_hand=30)


def run(folder: Path, *rows: str) -> SyncReport:
    path = folder / "preorders.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n")
    return take(SourceName.PREORDERS, path)


def row(paid: str = "0", status: str = "pending", quantity: int = 12) -> str:
    return f"1,1,B000000001,{quantity},{paid},2026-12-01,{status}"


def paid() -> list[Decimal]:
    return list(PreorderPayment.objects.order_by("pk").values_list("amount", flat=True))


def test_what_a_file_says_was_paid_becomes_payments(tmp_path: Path, asin: Asin) -> None:
    run(tmp_path, row("10.05"))
    run(tmp_path, row("10.05"))
    run(tmp_path, row("40.20"))
    run(tmp_path, row("40.00"))
    assert paid() == [Decimal("10.05"), Decimal("30.15"), Decimal("-0.20")]
    made = Preorder.objects.get()
    assert made.paid == Decimal("40.00")
    assert all_is_well()
    with pytest.raises(DomainError, match="comes from a file"):
        record_payment(preorder=made, amount=Decimal("0.20"))


def test_more_than_the_amount_cannot_be_paid(tmp_path: Path, asin: Asin) -> None:
    report = run(tmp_path, row("40.21"))
    assert reasons(report) == [(2, "invalid_amount")]
    assert report.refused[0].issue.message == "The preorder amounts to $40.20; no more than that can be paid."
    run(tmp_path, row("40.20"))
    before = digest()
    assert reasons(run(tmp_path, row("40.20", quantity=6))) == [(2, "invalid_amount")]
    assert digest() == before
    assert all_is_well()


@pytest.mark.parametrize("is_new", [True, False])
def test_what_a_file_says_has_arrived_is_taken_of_stock(tmp_path: Path, asin: Asin, is_new: bool) -> None:
    if not is_new:
        run(tmp_path, row())
    report = run(tmp_path, row(status="arrived"))
    assert report.changed == 1
    assert (standing(Preorder.objects.get()), shelf(asin)) == (("arrived", 12, 0), (30, 12))
    arrival = PreorderArrival.objects.get()
    assert (arrival.state, arrival.units, arrival.note) == ("confirmed", 12, "As the file says")
    assert Alert.objects.get(kind="preorder_arrived").count == 1
    before = digest()
    assert run(tmp_path, row(status="arrived")).changed == 0
    assert digest() == before
    assert all_is_well()


def test_what_is_not_in_stock_has_not_arrived(tmp_path: Path, asin: Asin) -> None:
    for changed in (1, 0):
        report = run(tmp_path, row(status="arrived", quantity=36))
        assert (report.changed, [one.issue.reason for one in report.warnings]) == (changed, ["not_followed"])
    assert report.warnings[0].issue.message == (
        "The file says that 36 units have come, but only 30 of B000000001 are available; "
        "it stays pending until a person confirms the arrival."
    )
    assert (standing(Preorder.objects.get()), shelf(asin)) == (("pending", 0, 0), (30, 0))
    assert all_is_well()


def test_the_rest_of_a_part_arrival_comes_by_the_file(tmp_path: Path, asin: Asin) -> None:
    run(tmp_path, row())
    arrive(Preorder.objects.get(), 6)
    report = run(tmp_path, row(status="arrived"))
    assert report.outcome.changes == (
        "~ client 1, store 1, B000000001, 2026-12-01: status pending → arrived, arrived 6 → 12",
    )
    assert (standing(Preorder.objects.get()), shelf(asin)) == (("arrived", 12, 0), (30, 12))
    assert all_is_well()


@pytest.mark.parametrize("is_new", [True, False])
def test_what_a_file_says_was_allocated_went_out_elsewhere(tmp_path: Path, asin: Asin, is_new: bool) -> None:
    if not is_new:
        run(tmp_path, row())
        arrive(Preorder.objects.get(), 6)
    run(tmp_path, row("40.20", status="allocated"))
    assert (standing(Preorder.objects.get()), shelf(asin)) == (("allocated", 12, 12), (30, 0))
    allocation = PreorderAllocation.objects.get()
    assert (allocation.units, allocation.cart_line) == (12, None)
    assert all_is_well()


def test_what_a_file_cancels_is_free_again(tmp_path: Path, asin: Asin) -> None:
    run(tmp_path, row("5.00"))
    arrive(Preorder.objects.get(), 6)
    run(tmp_path, row("5.00", status="cancelled"))
    made = Preorder.objects.get()
    assert (made.state, made.credit_due, shelf(asin)) == ("cancelled", Decimal("5.00"), (30, 0))
    assert all_is_well()


def test_a_quantity_that_becomes_what_has_come_makes_it_arrived(tmp_path: Path, asin: Asin) -> None:
    run(tmp_path, row())
    arrive(Preorder.objects.get(), 6)
    run(tmp_path, row(quantity=6))
    assert standing(Preorder.objects.get()) == ("arrived", 6, 0)
    assert all_is_well()


@pytest.mark.parametrize(("status", "arrived"), [("arrived", ("arrived", 24, 0)), ("allocated", ("allocated", 24, 24))])
def test_a_quantity_that_grows_with_the_status_is_followed(
    tmp_path: Path, asin: Asin, status: str, arrived: tuple[str, int, int]
) -> None:
    run(tmp_path, row())
    report = run(tmp_path, row(status=status, quantity=24))
    assert (report.changed, report.warnings, standing(Preorder.objects.get())) == (1, (), arrived)
    assert all_is_well()


@pytest.mark.parametrize(
    ("quantity", "status"), [(24, "cancelled"), (6, "pending"), (6, "arrived"), (6, "allocated"), (24, "allocated")]
)
def test_what_a_file_settles_is_asked_of_nobody_any_more(
    tmp_path: Path, asin: Asin, quantity: int, status: str
) -> None:
    run(tmp_path, row(quantity=24))
    arrive(Preorder.objects.get(), 6)
    comes_in(asin, 18)
    assert propose_arrivals(now=timezone.now()) == 18
    run(tmp_path, row(quantity=quantity, status=status))
    assert proposals() == []
    found: Any = Preorder.objects.needing_a_person(date(2026, 11, 1))
    assert PreorderNeed.CONFIRM not in [one.need for one in found]
    assert all_is_well()


@pytest.mark.parametrize("claims", [2, 9])
def test_a_file_that_says_nothing_new_asks_as_much_for_many(
    tmp_path: Path, asin: Asin, claims: int, django_assert_max_num_queries: Any
) -> None:
    rows = [f"1,1,B000000001,12,0,2026-12-0{day},pending" for day in range(1, claims + 1)]
    run(tmp_path, *rows)
    with django_assert_max_num_queries(28):
        assert run(tmp_path, *rows).unchanged == claims


def test_a_preorder_by_hand_keeps_its_payments(tmp_path: Path, asin: Asin) -> None:
    made = preordered(Store.objects.get(), asin, 12, paid=Decimal("1.00"))
    comes_in(asin, 12)
    assert reasons(run(tmp_path, row("9.00"))) == [(2, "manual_object")]
    assert (paid(), standing(made)) == ([Decimal("1.00")], ("pending", 0, 0))
