"""The staff's pages of suggestions: the list, accepting in whole and in part, dismissing; an exact count of queries."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from allocation.models import Cart, TransferSuggestion
from clients.models import Client, LedgerEntry
from common.admin_columns import admin_url
from operations.audit import audit
from pallets.models import Pallet
from pallets.services.carts import generate_pallets
from pallets.services.suggestions import accept_suggestion
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.pooled import code_of, mutual_store, on_it, waiting_cart
from tests.pallets.suggested import answer, for_house, held, short_cart, transfer
from tests.pallets.test_admin_pages import signed_in_as
from tests.pallets.test_flow_pages import told

pytestmark = pytest.mark.django_db
LIST = "/admin/allocation/transfersuggestion/"


@pytest.fixture
def staff() -> Browser:
    browser = Browser()
    browser.force_login(User.objects.create_superuser("anna"))
    return browser


def url(name: str, suggestion: TransferSuggestion) -> str:
    return reverse(f"admin:suggestion_{name}", args=[suggestion.pk])


def fields(browser: Browser, suggestion: TransferSuggestion) -> dict[str, object]:
    """What the form of the page would send as it is."""
    form = browser.get(admin_url(suggestion)).context["form"]
    return {name: field.initial for name, field in form.fields.items()}


def test_from_the_cart_to_the_pallet(staff: Browser) -> None:
    mutual_store()
    cart = waiting_cart()
    suggestion = transfer(cart)
    assert admin_url(suggestion) in staff.get(admin_url(cart)).content.decode()
    sent = fields(staff, suggestion)
    line = f"cases_{cart.lines.get().pk}"
    assert sent == {"store": "M", "waiting": 60, line: 10}
    page = staff.post(url("accept", suggestion), {**sent, line: 4}, follow=True)
    pallet = Pallet.objects.get()
    assert told(page) == [
        f"Goods of {cart.code} stand on {pallet.code} (3.4% full) of Mutual M now; $690.00 is held until it is packed. "
        "36 units wait still."
    ]
    page = staff.post(url("accept", suggestion), {**sent, line: 4})
    assert "Someone was faster: 36 units" in page.content.decode()
    page = staff.post(url("accept", suggestion), fields(staff, suggestion), follow=True)
    assert on_it(pallet) == [("1", code_of("1"), 10)]
    assert "Accepted by anna" in page.content.decode()
    (again,) = told(staff.post(url("accept", suggestion), sent, follow=True))
    assert again.startswith(f"The suggestion for {cart.code} was accepted already by anna on ")
    assert audit() == []


def test_what_cannot_be_accepted_is_said_on_the_page(staff: Browser) -> None:
    mutual_store()
    cart = waiting_cart()
    suggestion, line = transfer(cart), f"cases_{cart.lines.get().pk}"
    for sent, words in (
        ({"store": "1", line: 1}, "This store may not receive these goods (any more)."),
        ({"store": "M", line: ""}, "Choose at least one case."),
        ({"store": "M", line: 11}, "less than or equal to 10"),
        ({"store": "M", line: "x"}, "Enter a whole number."),
        ({"store": "M", "cases_999": 1}, "Some of these goods do not wait any more."),
    ):
        assert words in staff.post(url("accept", suggestion), sent).content.decode()
    assert (Pallet.objects.count(), staff.get(url("accept", suggestion)).status_code) == (0, 405)
    for key in ("0", "x", "9" * 30):
        assert staff.post(f"{LIST}{key}/accept/").status_code == 404
        assert staff.get(f"{LIST}{key}/change/").status_code == 404


def test_dismissing_releases_unless_the_cart_is_to_be_kept(staff: Browser) -> None:
    first, second = waiting_cart("1"), waiting_cart("2")
    form = staff.get(url("dismiss", transfer(first)))
    assert form.context["form"].fields["cart"].initial == "release"
    assert "This field is required" in staff.post(url("dismiss", transfer(first)), {"cart": "release"}).content.decode()
    for cart, what in ((first, "release"), (second, "keep")):
        staff.post(url("dismiss", transfer(cart)), {"reason": "No", "cart": what})
    assert [answer(transfer(cart)) for cart in (first, second)] == [
        ("dismissed", "anna", "No", False),
        ("dismissed", "anna", "No", True),
    ]
    assert (held("1"), held("2"), audit()) == (0, Decimal("690.00"), [])
    *_, message = told(staff.get(url("dismiss", transfer(first)), follow=True))
    assert message.startswith(f"The suggestion for {first.code} was dismissed already by anna")


def test_the_house_buys_on_its_page(staff: Browser) -> None:
    cart = short_cart()
    suggestion = for_house(cart)
    page = staff.get(admin_url(suggestion)).content.decode()
    assert "What House could buy for Mutual M" in page
    assert "$3,243.00" in page
    assert list(staff.get(url("dismiss", suggestion)).context["form"].fields) == ["reason"]  # there is no cart to keep
    sent = fields(staff, suggestion)
    assert {value for name, value in sent.items() if name.startswith("cases_")} == {47}
    (message,) = told(staff.post(url("accept", suggestion), sent, follow=True))
    bought, pallet = Cart.objects.latest("pk"), Pallet.objects.get()
    assert message == (
        f"The house bought {bought.code}: its goods stand on {pallet.code} (39.6% full) of Mutual M, $3,243.00 is held."
    )
    assert bought.code in staff.get(admin_url(suggestion)).content.decode()
    *_, again = told(staff.get(url("dismiss", for_house(cart)), follow=True))
    assert again.startswith(f"The suggestion for {cart.code} was accepted already by anna")


def test_a_topped_up_client_gets_a_new_cart(staff: Browser) -> None:
    cart = short_cart(house="0")
    suggestion = transfer(cart)
    page = staff.get(admin_url(suggestion)).content.decode()
    assert "With $3,269.00 more Client 1's cart would fill a pallet of its own." in page
    assert "Balance suffices" not in staff.get(LIST).content.decode()
    LedgerEntry.objects.create(client_id=cart.client_id, kind="panel", balance_change=Decimal(3269), key="more")
    Client.objects.filter(panel_id="1").update(balance=Decimal("3959.00"))
    page = staff.get(admin_url(suggestion)).content.decode()
    assert "The balance now suffices for a pallet of its own." in page
    assert "It takes $3,959.00 in all" in page
    assert "Balance suffices" in staff.get(LIST).content.decode()
    onwards = staff.post(url("renew", suggestion))
    assert onwards["Location"] == f"/admin/allocation/cart/generate/?client={cart.client_id}&store={cart.store_id}"
    assert answer(suggestion) == ("dismissed", "anna", "The balance suffices for a pallet of its own", False)
    assert staff.post(url("renew", suggestion))["Location"] == admin_url(suggestion)
    assert audit() == []


def test_its_own_pallet_is_built_by_a_button(staff: Browser) -> None:
    cart = waiting_cart()
    (message,) = told(staff.post(url("build", transfer(cart)), follow=True))
    assert message == f"{cart.code} has pallets of its own now: {Pallet.objects.get().code} (8.4% full)."
    (message,) = told(staff.post(url("build", transfer(cart)), follow=True))
    assert "was dismissed already by anna" in message


def test_a_viewer_looks_and_does_nothing() -> None:
    mutual_store()
    suggestion = transfer(waiting_cart())
    viewer = signed_in_as("viewer")
    page = viewer.get(admin_url(suggestion))
    assert page.status_code == 200
    assert "Dismiss" not in page.content.decode()
    assert "Cases to take" not in page.content.decode()
    for name in ("accept", "dismiss", "build", "renew"):
        assert viewer.post(url(name, suggestion), {"reason": "x"}).status_code == 403
    assert viewer.post(admin_url(suggestion), {"store": "M"}).status_code == 200
    assert (answer(suggestion)[0], Pallet.objects.count()) == ("open", 0)


def test_the_list_says_who_where_how_much_until_when_and_why(staff: Browser) -> None:
    cart = short_cart()
    page = staff.get(LIST).content.decode()
    for words in (
        cart.code,
        "Client 1",
        "Mutual M",
        "$690.00",
        "$3,269.00",
        "6\xa0days",
        "fills 8% of a pallet",
        "282",
    ):
        assert words in page
    assert staff.get(LIST, {"kind__exact": "house"}).context["cl"].result_count == 1


def test_the_page_asks_as_much_for_many_lines(staff: Browser) -> None:
    mutual_store()
    asked = []
    for number, asins in ((1, 2), (2, 20)):
        store = make_store(str(number), client=make_client(str(number), balance="9000.00"))
        ungate(store, f"Brand {number}", "brand")
        for asin in range(asins):
            make_asin(f"B{number}{asin:08d}", on_hand=6, brand=f"Brand {number}")
        cart = generate_pallets(store_id=str(number))
        accept_suggestion(pk=transfer(cart).pk, cases={f"B{number}00000000": 1})
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(admin_url(transfer(cart))).status_code == 200
        asked.append(len(queries))
    # The suggestion; lines and what stands; open pallets, mutual stores, what this one may receive; its pallets: 7, and
    # what every page asks for.
    assert asked[0] == asked[1] <= 12
