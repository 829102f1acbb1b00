"""ASINs in the admin: what may be edited, deleted, adjusted, imported and exported."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from common.sources import Source
from inventory.models import Asin, MovementKind, StockMovement
from tests.factories import make_asin

pytestmark = pytest.mark.django_db
HEADER = "ASIN,Title,Date added,Unit cost,Min shipping,Max shipping,Case pack\n"
GOOD = "B000000007,Lamp,2026-11-07,$1\u00a0,0.10,0.50,6\n"


@pytest.fixture
def root() -> Browser:
    signed_in = Browser()
    signed_in.force_login(User.objects.create_superuser("root"))
    return signed_in


def page(asin: Asin, kind: str = "change") -> str:
    return reverse(f"admin:inventory_asin_{kind}", args=[asin.pk])


def form(**fields: Any) -> dict[str, Any]:
    values = {
        "code": "B000000001", "title": "Lamp", "brand": "Acme", "category": "Home", "supplier": "",
        "date_added": "2026-11-01", "priority": "", "quantity_purchased": "10", "unit_cost": "10.00",
        "min_shipping": "0.50", "max_shipping": "1.50", "case_pack": "6", "is_active": "on",
    }  # fmt: skip
    return values | fields


def test_an_asin_made_by_hand_is_manual_and_empty(root: Browser) -> None:
    root.post(reverse("admin:inventory_asin_add"), form(code="b000000005", on_hand="99", reserved="5"))
    asin = Asin.objects.get()
    assert (asin.code, asin.source, asin.on_hand, asin.reserved) == ("B000000005", Source.MANUAL, 0, 0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"code": "X1"}, "is not an ASIN"),
        ({"unit_cost": "0"}, "Must be between $0.01 and $1,000,000; this is $0."),
        ({"min_shipping": "2"}, "Min shipping $2 is above max shipping $1.50."),
        ({"quantity_purchased": str(2**63)}, "Must be between 0 and 10,000,000 units"),
        ({"date_added": "1999-12-31"}, "is before 2000 or more than a year ahead"),
        ({"unit_cost": "NaN"}, "Enter a number."),
        ({"case_pack": "0"}, "greater than or equal to 1"),
    ],
)
def test_bad_numbers_are_said_at_their_field(root: Browser, fields: dict[str, str], message: str) -> None:
    answer = root.post(reverse("admin:inventory_asin_add"), form(**fields))
    assert answer.status_code == 200
    assert message in answer.content.decode().replace("&#x27;", "'")
    assert not Asin.objects.exists()


def test_of_a_feeds_asin_only_our_own_fields_change(root: Browser) -> None:
    asin = make_asin(source=Source.FEED)
    assert "comes from the buying portal" in root.get(page(asin)).content.decode()
    root.post(page(asin), form(title="Changed", unit_cost="99", fragile="on", upright_only="on", group="food"))
    asin.refresh_from_db()
    assert (asin.title, asin.unit_cost, asin.is_active) == ("Product B000000001", Decimal("10.00"), True)
    assert (asin.fragile, asin.upright_only, asin.group) == (True, True, "food")


def test_only_a_manual_asin_without_history_can_be_deleted(root: Browser) -> None:
    kept = [make_asin("B000000001"), make_asin("B000000002", on_hand=0, source=Source.FEED)]
    free = make_asin("B000000003", on_hand=0)
    for asin in kept:
        assert root.post(page(asin, "delete"), {"post": "yes"}).status_code == 403
    assert root.post(page(free, "delete"), {"post": "yes"}).status_code == 302
    assert list(Asin.objects.values_list("code", flat=True)) == ["B000000001", "B000000002"]


def test_bulk_actions_take_out_of_use_and_back(root: Browser) -> None:
    asins = [make_asin(f"B00000000{number}", source=Source.FEED) for number in range(3)]
    chosen = [asin.pk for asin in asins[:2]]
    url = reverse("admin:inventory_asin_changelist")
    for action, in_use in (("deactivate", {False}), ("reactivate", {True})):
        root.post(url, {"action": action, "_selected_action": chosen})
        assert set(Asin.objects.filter(pk__in=chosen).values_list("is_active", flat=True)) == in_use
    assert Asin.objects.get(pk=asins[2].pk).is_active
    root.post(url, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert Asin.objects.count() == 3


def test_stock_is_adjusted_with_a_reason(root: Browser) -> None:
    asin = make_asin(on_hand=10)
    url = page(asin).replace("change/", "adjust-stock/")
    for change, reason, message in (("-11", "lost", "does not fit"), ("5", "", "required"), ("x", "lost", "whole")):
        assert message in root.post(url, {"change": change, "reason": reason}).content.decode()
    assert root.post(url, {"change": "-3", "reason": "three broken"}).status_code == 302
    asin.refresh_from_db()
    movement = StockMovement.objects.get(kind=MovementKind.ADJUSTMENT)
    assert (asin.on_hand, movement.on_hand_change, movement.reason) == (7, -3, "three broken")
    assert movement.actor is not None


def test_adjusting_needs_the_permission() -> None:
    asin = make_asin(on_hand=10)
    viewer = Browser()
    user = User.objects.create_user("viewer", is_staff=True)
    viewer.force_login(user)
    url = page(asin).replace("change/", "adjust-stock/")
    assert viewer.get(url).status_code == 403
    assert viewer.post(url, {"change": "1", "reason": "x"}).status_code == 403
    assert Asin.objects.get().on_hand == 10


def upload(root: Browser, text: str | bytes, name: str = "asins.csv", confirm: bool = True) -> Any:
    data = text.encode() if isinstance(text, str) else text
    url = reverse("admin:inventory_asin_import")
    kind = "1" if name.endswith("xlsx") else "0"
    answer = root.post(url, {"import_file": SimpleUploadedFile(name, data), "format": kind, "resource": "0"})
    form = answer.context.get("confirm_form")
    if form is None or not confirm:
        return answer
    return root.post(reverse("admin:inventory_asin_process_import"), form.initial, follow=True)


def problems(answer: Any) -> list[tuple[int, str, str, str]]:
    return [(row["row"], row["column"], row["value"], row["text"]) for row in answer.context["problems"]]


def test_an_import_is_previewed_then_done(root: Browser) -> None:
    assert "Lamp" in upload(root, HEADER + GOOD, confirm=False).content.decode()
    assert not Asin.objects.exists()
    answer = upload(root, HEADER.upper() + GOOD)
    assert "Imported: 1 new, 0 changed, 0 as they were." in answer.content.decode()
    asin = Asin.objects.get()
    assert (asin.code, asin.source, asin.unit_cost, asin.date_added) == (
        "B000000007", Source.MANUAL, Decimal(1), date(2026, 11, 7),
    )  # fmt: skip
    assert "0 new, 0 changed, 1 as they were" in upload(root, HEADER + GOOD).content.decode()


def test_an_import_names_every_problem_and_writes_nothing(root: Browser) -> None:
    rows = (
        GOOD + "B000000007,Again,2026-11-07,1,0.1,0.5,6\n"
        "X,Bad,2026-11-07,1,0.1,0.5,6\n"
        "B000000008,Bad,soon,abc,2,1,1.5\n"
    )
    answer = upload(root, HEADER + rows)
    assert problems(answer) == [
        (3, "ASIN", "B000000007", "This is in row 2 already."),
        (4, "ASIN", "X", "“X” is not an ASIN: B and nine letters or digits, or an ISBN-10."),
        (5, "Date added", "soon", "“soon” is not a date; write 2026-11-07 or 11/7/2026 (month first)."),
        (5, "Unit cost", "abc", "“abc” is not an amount in USD."),
        (5, "Case pack", "1.5", "“1.5” is not a whole number."),
        (5, "Min shipping", "2", "Min shipping $2 is above max shipping $1."),
    ]
    assert not Asin.objects.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ASIN,Colour\nB000000001,red\n", "Column “Colour” is not known."),
        ("ASIN,Title,title\nB000000001,a,b\n", "Column “Title” is there twice."),
        ("Title\nLamp\n", "Column “ASIN” is missing."),
        ("", "The submitted file is empty."),
        (HEADER.encode() + "B000000001,Caf\xe9,2026-11-07,1,0,1,6\n".encode("cp1252"), "Save it as “CSV UTF-8”"),
        ("ASIN,Title\nB000000001,a,b,c\n", "not a table in the chosen format"),
    ],
)
def test_an_unusable_file_is_refused_in_words(root: Browser, text: str | bytes, message: str) -> None:
    answer = upload(root, text)
    assert message in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
    assert not Asin.objects.exists()


def test_an_import_keeps_stock_and_what_the_feed_says(root: Browser) -> None:
    make_asin("B000000001", on_hand=10, source=Source.FEED)
    make_asin("B000000002", on_hand=10)
    answer = upload(root, "ASIN,Title,Fragile,On hand\nB000000001,Mine,yes,99\nB000000002,Mine,yes,99\n")
    assert problems(answer) == [(2, "Title", "Mine", "This comes from the feed and cannot be changed by an import.")]
    upload(root, "ASIN,Fragile,On hand\nB000000001,yes,99\nB000000002,yes,99\n")
    assert list(Asin.objects.values_list("on_hand", "fragile", "source")) == [(10, True, "feed"), (10, True, "manual")]


def export(root: Browser, kind: str) -> bytes:
    answer = root.post(reverse("admin:inventory_asin_export"), {"format": kind, "resource": "0"})
    return bytes(answer.content)


def test_an_export_is_safe_and_can_be_imported_again(root: Browser) -> None:
    make_asin("B000000001", on_hand=10, title="=HYPERLINK(1)", brand="@home", source=Source.FEED)
    text = export(root, "0").decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert ",'@home," in text
    assert "0 new, 0 changed, 1 as they were" in upload(root, text).content.decode()
    sheet = openpyxl.load_workbook(BytesIO(export(root, "1"))).active
    assert sheet is not None
    row = dict(zip((cell.value for cell in sheet[1]), (cell.value for cell in sheet[2]), strict=True))
    assert (row["Title"], row["Unit cost"], row["On hand"]) == ("'=HYPERLINK(1)", 10, 10)
    again = upload(root, export(root, "1"), "asins.xlsx")
    assert "0 new, 0 changed, 1 as they were" in again.content.decode()


def test_a_confirmation_whose_file_is_gone_says_so(root: Browser) -> None:
    confirm = {"import_file_name": "gone", "original_file_name": "a.csv", "format": "0", "resource": "0"}
    answer = root.post(reverse("admin:inventory_asin_process_import"), confirm, follow=True)
    assert "Nothing was imported: upload it again." in answer.content.decode()
