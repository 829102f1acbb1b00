"""Policies and preorders in the admin."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from allocation.limits import Limits
from allocation.models import Policy, Preorder
from allocation.services.preorder_payments import record_payment
from allocation.states import PreorderState
from common.errors import Conflict
from common.sources import Source
from tests.factories import default_policy, make_asin, make_client, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Browser:
    signed_in = Browser()
    signed_in.force_login(User.objects.create_superuser("root"))
    return signed_in


def policy_form(policy: Policy, **fields: Any) -> dict[str, Any]:
    names = ("name", "base", "age", "priority", "profit", "standalone_fill")
    return {name: str(getattr(policy, name)) for name in names} | fields


def defaults() -> list[str]:
    return list(Policy.objects.filter(is_default=True).values_list("slug", flat=True))


def test_another_policy_becomes_the_default_in_one_step(root: Browser) -> None:
    other = Policy.objects.get(slug="balanced")
    url = reverse("admin:allocation_policy_change", args=[other.pk])
    assert root.post(url, policy_form(other, is_default="on")).status_code == 302
    assert defaults() == ["balanced"]
    added = policy_form(other, name="Mine", slug="mine", is_default="on")
    assert root.post(reverse("admin:allocation_policy_add"), added).status_code == 302
    assert defaults() == ["mine"]


def test_there_is_always_a_default_policy(root: Browser) -> None:
    policy = default_policy()
    url = reverse("admin:allocation_policy_change", args=[policy.pk])
    assert "make another one the default instead" in root.post(url, policy_form(policy)).content.decode()
    assert root.post(url.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert defaults() == ["oldest-first"]


def test_a_policy_values_something(root: Browser) -> None:
    policy = Policy.objects.get(slug="balanced")
    url = reverse("admin:allocation_policy_change", args=[policy.pk])
    nothing = policy_form(policy, base="0", age="0", priority="0", profit="0")
    assert "At least one weight must be above 0" in root.post(url, nothing).content.decode()
    assert "greater than or equal to 0" in root.post(url, policy_form(policy, base="-1")).content.decode()
    assert "less than or equal to 1" in root.post(url, policy_form(policy, standalone_fill="1.5")).content.decode()


def test_a_policys_limits_are_kept_and_checked(root: Browser) -> None:
    policy = Policy.objects.get(slug="balanced")
    url = reverse("admin:allocation_policy_change", args=[policy.pk])
    limits = {"max_units_per_asin": "60", "cool_down_days": "14", "max_stores_per_asin": "3", "min_roi_percent": "12.5"}
    assert root.post(url, policy_form(policy, **limits)).status_code == 302
    policy.refresh_from_db()
    assert policy.limits == Limits(60, 14, 3, Decimal("12.50"))
    page = root.get(url).content.decode()
    assert "Days before a store gets the same ASIN again." in page
    wrong = {
        "max_units_per_asin": ("0", "greater than or equal to 1"),
        "cool_down_days": ("3651", "less than or equal to 3650"),
        "max_stores_per_asin": ("100001", "less than or equal to 100000"),
        "min_roi_percent": ("-100.01", "greater than or equal to -100"),
    }
    for name, (value, message) in wrong.items():
        assert message in root.post(url, policy_form(policy, **{name: value})).content.decode()
    assert root.post(url, policy_form(policy)).status_code == 302
    assert Policy.objects.get(slug="balanced").limits == Limits()


def preorder_form(**fields: Any) -> dict[str, Any]:
    store = fields.pop("store", None) or make_store()
    asin = fields.pop("asin", None) or make_asin(unit_cost=Decimal("12.34"))
    values = {"client": store.client_id, "store": store.pk, "asin": asin.pk, "quantity": "12", "paid": "0"}
    return values | {"expected_arrival": "2026-12-01"} | fields


ADD = "admin:allocation_preorder_add"


def test_a_preorders_amount_is_quantity_times_unit_cost_at_creation(root: Browser) -> None:
    root.post(reverse(ADD), preorder_form(paid="48.08"))
    preorder = Preorder.objects.get()
    assert (preorder.unit_cost, preorder.amount, preorder.due) == (
        Decimal("12.34"),
        Decimal("148.08"),
        Decimal("100.00"),
    )
    assert (preorder.source, preorder.state, preorder.flag) == (Source.MANUAL, PreorderState.PENDING, "")
    type(preorder.asin).objects.update(unit_cost=Decimal("99.00"))
    url = reverse("admin:allocation_preorder_change", args=[preorder.pk])
    root.post(url, {"quantity": "18", "expected_arrival": "2026-12-02", "is_active": "on", "paid": "0"})
    preorder.refresh_from_db()
    assert (preorder.quantity, preorder.amount, preorder.paid) == (18, Decimal("222.12"), Decimal("48.08"))


def test_a_preorder_for_a_suspended_store_is_flagged(root: Browser) -> None:
    root.post(reverse(ADD), preorder_form(store=make_store(status="suspended")))
    assert Preorder.objects.get().flag == "Store 1 is suspended."


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"quantity": "13"}, "comes in cases of 6, so order 12 or 18 units"),
        ({"quantity": "3"}, "comes in cases of 6, so order 6 units"),
        ({"quantity": "0"}, "Must be between 1 and 10,000,000 units; this is 0."),
        ({"quantity": str(2**63)}, "Must be between 1 and"),
        ({"unit_cost": "0"}, "Must be between $0.01"),
        ({"paid": "-1"}, "cannot be negative"),
        ({"expected_arrival": "soon"}, "Enter a valid date."),
    ],
)
def test_a_wrong_preorder_is_said_at_its_field(root: Browser, fields: dict[str, str], message: str) -> None:
    answer = root.post(reverse(ADD), preorder_form(**fields))
    assert message in answer.content.decode()
    assert not Preorder.objects.exists()


def test_a_preorders_store_is_its_clients(root: Browser) -> None:
    other = make_client("2")
    answer = root.post(reverse(ADD), preorder_form(client=other.pk))
    assert "is not a store of Client 2 (2)." in answer.content.decode()


def test_a_second_preorder_for_the_same_day_is_refused(root: Browser) -> None:
    values = preorder_form()
    assert root.post(reverse(ADD), values).status_code == 302
    assert "already exists" in root.post(reverse(ADD), values).content.decode()


def saved(**fields: Any) -> Preorder:
    store = make_store()
    values: dict[str, Any] = {"quantity": 12, "unit_cost": Decimal(10), "amount": Decimal(120), "paid": Decimal(20)}
    return Preorder.objects.create(
        client=store.client, store=store, asin=make_asin(), expected_arrival=date(2026, 12, 1), **(values | fields)
    )


def test_payments_are_recorded_up_to_what_is_due(root: Browser) -> None:
    preorder = saved()
    url = reverse("admin:allocation_preorder_change", args=[preorder.pk]).replace("change/", "record-payment/")
    assert "Only $100.00 is due." in root.post(url, {"amount": "100.01"}).content.decode()
    assert "more than $0.00" in root.post(url, {"amount": "0"}).content.decode()
    assert root.post(url, {"amount": "60.00"}).status_code == 302
    with pytest.raises(Conflict):
        record_payment(preorder=preorder, amount=Decimal(40))
    assert Preorder.objects.get().paid == Decimal("80.00")


def test_what_has_arrived_keeps_its_quantity(root: Browser) -> None:
    preorder = saved(arrived=12)
    url = reverse("admin:allocation_preorder_change", args=[preorder.pk])
    values = {"quantity": "6", "expected_arrival": "2026-12-01", "is_active": "on"}
    assert "12 units have arrived already." in root.post(url, values).content.decode()
    Preorder.objects.update(state=PreorderState.ARRIVED)
    assert root.post(url, {"quantity": "60", "expected_arrival": "2026-12-09"}).status_code == 302
    preorder.refresh_from_db()
    assert (preorder.quantity, preorder.expected_arrival, preorder.is_active) == (12, date(2026, 12, 1), False)


def test_preorders_are_imported_by_their_natural_keys(root: Browser) -> None:
    preorder = saved(source=Source.MANUAL)
    make_asin("B000000002", unit_cost=Decimal(5))
    rows = (
        "1,1,b000000001,2026-12-01,18,99,99\n1,1,B000000002,12/5/2026,6,,1\n1,1,B000000002,12/6/2026,7,,\n"
        "1,1,B000000009,12/6/2026,six,,\n"
    )
    header = "Client ID,Store ID,ASIN,Expected arrival,Quantity,Unit cost,Paid\n"
    url = reverse("admin:allocation_preorder_import")

    def upload(text: str) -> Any:
        file = SimpleUploadedFile("p.csv", text.encode())
        return root.post(url, {"import_file": file, "format": "0", "resource": "0"})

    said = [(row["row"], row["column"], row["text"]) for row in upload(header + rows).context["problems"]]
    assert said == [
        (4, "Quantity", "Whole cases only: B000000002 comes in cases of 6, so order 6 or 12 units."),
        (5, "ASIN", "There is no ASIN “B000000009”."),
        (5, "Quantity", "“six” is not a number."),
    ]
    form = upload(header + "\n".join(rows.splitlines()[:2])).context["confirm_form"]
    root.post(reverse("admin:allocation_preorder_process_import"), form.initial)
    preorder.refresh_from_db()
    assert (preorder.quantity, preorder.amount, preorder.paid) == (18, Decimal("180.00"), Decimal("20.00"))
    added = Preorder.objects.exclude(pk=preorder.pk).get()
    assert (added.amount, added.paid, added.expected_arrival) == (Decimal("30.00"), Decimal("1.00"), date(2026, 12, 5))
