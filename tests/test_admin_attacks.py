"""What staff, or somebody in their name, may send to the admin: never an error page, always words."""

import io
import zipfile
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from allocation.models import Cart
from inventory.models import Asin
from notifications.models import Alert
from pallets.models import Pallet
from tests.factories import make_asin, make_client
from tests.test_admin_pages import browser, one_of_each

pytestmark = pytest.mark.django_db

TOO_LARGE = str(2**63)
NO_KEYS = ("x", TOO_LARGE, "9" * 5000, "-1", "1.5", "\x00", "١", "<script>alert(1)</script>")
HEADER = "ASIN,Title,Date added,Quantity purchased,Unit cost,Min shipping,Max shipping,Case pack\n"


@pytest.fixture
def root() -> Browser:
    return browser()


def told(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize(
    "address",
    [
        "inventory_asin?priority__range=x",
        "inventory_asin?date_added__range=1",
        f"clients_ledgerentry?client__id__exact={TOO_LARGE}",
        "clients_ledgerentry?client__id__exact=x",
        "allocation_cart?store__in=%00",
        "allocation_cart?nothing=x",
        "auth_user?groups__id__exact=x",
    ],
)
def test_a_filter_that_does_not_exist_shows_the_whole_list_and_says_so(root: Browser, address: str) -> None:
    one_of_each()
    name, _, query = address.partition("?")
    answer = root.get(f"{reverse(f'admin:{name}_changelist')}?{query}", follow=True)
    assert answer.status_code == 200
    assert told(answer) == ["There is no such filter or page: this is the whole list."]
    assert answer.context["cl"].result_list


def test_a_key_that_no_row_can_have_is_no_error(root: Browser) -> None:
    """SQLite cannot even ask for it; MariaDB finds nothing."""
    one_of_each()
    answer = root.get(reverse("admin:inventory_asin_changelist"), {"pk__in": TOO_LARGE}, follow=True)
    assert answer.status_code == 200
    assert told(answer) in ([], ["There is no such filter or page: this is the whole list."])


def test_a_filter_through_relations_is_refused(root: Browser) -> None:
    url = reverse("admin:access_apitoken_changelist")
    assert root.get(url, {"user__password__startswith": "a"}).status_code == 400
    assert root.get(reverse("admin:auth_user_changelist"), {"password__startswith": "a"}).status_code == 400


@pytest.mark.parametrize("key", NO_KEYS)
def test_an_action_on_what_does_not_exist_changes_nothing(root: Browser, key: str) -> None:
    one_of_each()
    answer = root.post(
        reverse("admin:notifications_alert_changelist"), {"action": "mark_done", ACTION_CHECKBOX_NAME: [key]}
    )
    assert told(answer) == ["What was chosen does not exist. Nothing has changed."]
    assert Alert.objects.get().state == "open"


@pytest.mark.parametrize("key", NO_KEYS)
def test_a_picker_is_given_what_is_no_key(root: Browser, key: str) -> None:
    url = reverse("admin:cart_generator")
    assert root.get(url, {"client": key, "store": key}).status_code == 200
    answer = root.post(url, {"client": key, "policy": "oldest-first"})
    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"client"}
    answer = root.post(reverse("admin:allocation_preorder_add"), {"client": key, "store": key, "asin": key})
    assert answer.status_code == 200
    assert {"client", "store", "asin"} <= answer.context["adminform"].form.errors.keys()


@pytest.mark.parametrize("page", ["allocation_cart", "allocation_batch", "pallets_pallet", "pallets_shipment"])
@pytest.mark.parametrize("key", NO_KEYS)
def test_the_page_of_what_does_not_exist_is_a_404(root: Browser, page: str, key: str) -> None:
    url = reverse(f"admin:{page}_change", args=["KEY"]).replace("KEY", quote(key, safe=""))
    assert root.get(url).status_code == 404


def test_a_picker_says_what_to_type(root: Browser) -> None:
    assert 'data-placeholder="Type a name or an ID"' in root.get(reverse("admin:cart_generator")).content.decode()


def upload(root: Browser, body: bytes, format_number: str = "0") -> Any:
    file = SimpleUploadedFile("asins.csv", body)
    return root.post(reverse("admin:inventory_asin_import"), {"import_file": file, "format": format_number})


@pytest.mark.parametrize(
    ("row", "column", "text"),
    [
        ("B000000001,a\x00b,2026-01-01,1,1,0,1,1", "Title", "This holds a character that is not text; type it again."),
        (
            f"B000000001,t,2026-01-01,{'9' * 400},1,0,1,1",
            "Quantity purchased",
            "“999999999999999999999999…” has too many digits.",
        ),
        ("B000000001,t,2026-01-01,1,NaN,0,1,1", "Unit cost", "“NaN” is not an amount in USD."),
    ],
)
def test_a_cell_that_fits_nowhere_is_named(root: Browser, row: str, column: str, text: str) -> None:
    problems = upload(root, (HEADER + row).encode()).context["problems"]
    assert (problems[0]["row"], problems[0]["column"], problems[0]["text"]) == (2, column, text)
    assert not Asin.objects.exists()


def test_a_workbook_that_unpacks_to_too_much_is_refused(root: Browser) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", bytes(101 * 1024 * 1024))
    errors = upload(root, packed.getvalue(), "1").context["form"].errors
    assert errors["import_file"] == ["The file unpacks to more than 100 MB."]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "nothing"])
def test_the_second_step_of_an_import_reads_no_other_file(root: Browser, name: str) -> None:
    answer = root.post(
        reverse("admin:inventory_asin_process_import"),
        {"import_file_name": name, "original_file_name": "asins.csv", "format": "0"},
    )
    assert answer.status_code == 302
    assert told(answer) == ["The uploaded file is no longer there. Nothing was imported: upload it again."]


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_this_site_only(address: str, client: Browser) -> None:
    user = browser().get("/admin/").wsgi_request.user
    user.set_password("a long password 1")
    user.save()
    sent = {"username": "root", "password": "a long password 1", "next": address}
    assert client.post(f"{reverse('admin:login')}?next={address}", sent)["Location"] == "/admin/"


def test_what_is_beyond_the_last_page_is_not_called_empty(root: Browser) -> None:
    make_client()
    text = root.get(reverse("admin:clients_ledgerentry_changelist"), {"p": 2}).content.decode()
    assert "No more ledger entries" in text
    assert "No ledger entries yet" not in text


@pytest.mark.parametrize(("day", "said"), [("0001-01-01", "planned on"), ("9999-12-31", "day ahead")])
def test_a_pallet_leaves_neither_before_it_was_planned_nor_in_days_to_come(root: Browser, day: str, said: str) -> None:
    one_of_each()
    pallet = Pallet.objects.get()
    answer = root.post(reverse("admin:pallet_ship", args=[pallet.code]), {"shipped_on": day})
    (problem,) = answer.context["form"].errors["shipped_on"]
    assert said in problem
    assert Pallet.objects.get().state == "planned"


def test_a_cart_that_none_beats_says_so(root: Browser) -> None:
    one_of_each()
    cart = Cart.objects.get()
    url = reverse("admin:allocation_cart_change", args=[cart.pk])
    for bound, words in (("100.00", "no cart is worth more"), ("101.00", "≤ 1.00%")):
        Cart.objects.filter(pk=cart.pk).update(value=Decimal(100), bound=Decimal(bound))
        assert words in root.get(url).content.decode()


def test_a_javascript_address_is_refused(root: Browser) -> None:
    one_of_each()
    answer = root.post(reverse("admin:ungating_ungatingstatus_add"), {"approval_url": "javascript:alert(1)"})
    assert answer.context["adminform"].form.errors["approval_url"] == ["Enter a valid URL."]


def test_a_manual_asin_takes_no_stock_from_its_form(root: Browser) -> None:
    asin = make_asin(on_hand=6)
    url = reverse("admin:inventory_asin_change", args=[asin.pk])
    root.post(url, {"on_hand": 999, "reserved": 5, "shortage": 3, "source": "feed", "portal_remaining": 1})
    asin.refresh_from_db()
    assert (asin.on_hand, asin.reserved, asin.shortage) == (6, 0, 0)
