"""The history as staff see it: on an object's page, and on the page that can be searched."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from access.models import ApiToken
from allocation.models import Cart, Policy
from inventory.models import Asin
from inventory.services import adjust_stock, reserve_units
from pallets.models import Pallet
from tests.factories import default_policy, make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db
HISTORY = "/history/"


def signed_in(role: str | None = None) -> Browser:
    user = User.objects.create_user(role or "root", is_staff=True, is_superuser=role is None)
    if role:
        user.groups.add(Group.objects.get(name=role))
    browser = Browser()
    browser.force_login(user)
    return browser


def page_of(obj: Any, page: str = "history") -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{page}", args=[obj.pk])


def rows(html: str) -> list[str]:
    """Each line's text, without tags."""
    found = re.findall(r"<tr>(.*?)</tr>", html.partition("<tbody>")[2].partition("</tbody>")[0], re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def read(browser: Browser, url: str, **query: str) -> list[str]:
    answer = browser.get(url, query)
    assert answer.status_code == 200
    return rows(answer.content.decode())


def form_data(browser: Browser, url: str) -> dict[str, Any]:
    """What the browser would send of a form that nobody touched."""
    form = browser.get(url).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: "on" if value is True else value for name, value in values.items() if value not in (None, False)}


def test_an_edit_by_a_form_tells_who_why_and_what() -> None:
    browser, asin = signed_in(), make_asin()
    url = page_of(asin, "change")
    assert 'name="change_reason"' in browser.get(url).content.decode()
    data = form_data(browser, url) | {"title": "Lamp, large", "fragile": "on", "change_reason": "  Seen today "}
    assert browser.post(url, data).status_code == 302
    line = read(browser, page_of(asin))[0]
    assert line.endswith("root Changed Title Product B000000001 → Lamp, large Fragile no → yes Seen today")
    assert Asin.history.first().history_user.username == "root"
    assert browser.post(url, data | {"change_reason": ""}).status_code == 302
    assert len(read(browser, page_of(asin))) == 3  # nothing differed, so nothing was kept


def test_a_form_with_a_mistake_keeps_the_reason() -> None:
    browser, asin = signed_in(), make_asin()
    data = form_data(browser, page_of(asin, "change")) | {"unit_cost": "x", "change_reason": 'A "reason"'}
    answer = browser.post(page_of(asin, "change"), data)
    assert answer.status_code == 200
    assert 'value="A &quot;reason&quot;"' in answer.content.decode()


def test_who_only_looks_is_not_asked_why() -> None:
    asin = make_asin()
    assert "change_reason" not in signed_in("viewer").get(page_of(asin, "change")).content.decode()
    assert "change_reason" not in signed_in().get(reverse("admin:inventory_asin_add")).content.decode()


def test_taking_out_of_use_in_the_list_is_told() -> None:
    browser, store = signed_in(), make_store()
    url = reverse("admin:clients_store_changelist")
    browser.post(url, {"action": "deactivate", "_selected_action": [store.pk]})
    browser.post(url, {"action": "reactivate", "_selected_action": [store.pk]})
    assert [line.partition(" root ")[2] for line in read(browser, page_of(store))[:2]] == [
        "Changed In use no → yes Brought back into use",
        "Changed In use yes → no Taken out of use",
    ]


def test_an_import_tells_who_and_what() -> None:
    browser, client = signed_in(), make_client()
    table = f"Client ID,Name\n{client.panel_id},Renamed\n"
    file = SimpleUploadedFile("clients.csv", table.encode(), "text/csv")
    answer = browser.post(reverse("admin:clients_client_import"), {"import_file": file, "format": "0"})
    assert client.history.count() == 1  # the preview is taken back
    data = answer.context["confirm_form"].initial
    browser.post(reverse("admin:clients_client_process_import"), data)
    line = read(browser, page_of(client))[0]
    assert line.endswith("root Changed Name Client 1 → Renamed Imported")


def test_a_program_with_a_token_is_its_user() -> None:
    user = User.objects.create_superuser("robot")
    _, secret = ApiToken.issue(user=user, name="scanner")
    store = make_store(client=make_client(balance="10000.00"))
    ungate(store)
    make_asin(on_hand=600)
    wanted = {"clientName": store.client.name, "clientID": store.client.panel_id, "storeID": store.panel_id}
    bearer = {"authorization": f"Bearer {secret}"}
    answer = Browser().post("/generate_pallets", wanted, content_type="application/json", headers=bearer)
    assert answer.status_code == 201
    assert {row.actor_name for model in (Cart, Pallet) for row in model.history.all()} == {"robot"}


def test_another_default_policy_is_told_for_both() -> None:
    browser, old = signed_in(), default_policy()
    new = Policy.objects.exclude(pk=old.pk)[0]
    url = page_of(new, "change")
    assert browser.post(url, form_data(browser, url) | {"is_default": "on"}).status_code == 302
    assert read(browser, page_of(old))[0].endswith(f"root Changed Default yes → no {new.name} is the default now")
    assert read(browser, page_of(new))[0].endswith("root Changed Default no → yes")


def test_the_page_of_everything_is_searched() -> None:
    browser, one, two = signed_in(), make_asin("B000000001"), make_asin("B000000002")
    adjust_stock(asin_id=one.pk, change=5, reason="Found five", actor=User.objects.get(username="root"))
    reserve_units(units={two.pk: 6}, reference="C-000001")
    assert read(browser, HISTORY, q="b000000001")[0].endswith(
        "root Adjusted by hand ASIN B000000001 On hand +5 Found five"
    )
    assert len(read(browser, HISTORY, q="b000000001", kind="stock")) == 2
    assert len(read(browser, HISTORY, of="inventory.asin", kind="edit")) == 2
    root = str(User.objects.get(username="root").pk)
    assert len(read(browser, HISTORY, who=root)) == 1
    assert read(browser, HISTORY, since="2050-01-01") == []
    assert len(read(browser, HISTORY, until="2050-01-01", q="C-000001")) == 1
    text = browser.get(HISTORY, {"q": "B000000009"}).content.decode()
    assert "Nothing found" in text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"since": "yesterday"}, "Enter a valid date."),
        ({"since": "2026-11-22", "until": "2026-11-21"}, "This is before the first day."),
        ({"until": "9999-12-31"}, "Enter a day from 2000 to 2999."),
        ({"since": "0001-01-01"}, "Enter a day from 2000 to 2999."),
        ({"of": "auth.permission"}, "is not one of the available choices"),
        ({"who": "0"}, "is not one of the available choices"),
        ({"q": "x" * 201}, "at most 200 characters"),
        ({"older": "stock-x"}, "There is no such page"),
        ({"q": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_asked_is_said(query: dict[str, str], words: str) -> None:
    make_asin()
    answer = signed_in().get(HISTORY, query)
    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_pages_follow_each_other_with_their_filters() -> None:
    browser, asin = signed_in(), make_asin(on_hand=0)
    for number in range(60):
        adjust_stock(asin_id=asin.pk, change=1, reason=f"r{number}")
    answer = browser.get(HISTORY, {"q": asin.code, "kind": "stock"})
    (older,) = re.findall(r'href="(\?[^"]*older=[^"]*)"', answer.content.decode())
    text = browser.get(HISTORY + older.replace("&amp;", "&")).content.decode()
    assert [line.split()[-1] for line in rows(text)] == [f"r{number}" for number in range(9, -1, -1)]
    assert f'href="?q={asin.code}&amp;kind=stock"' in text
    assert len(read(browser, page_of(asin))) == 50


def test_only_what_one_may_see_is_linked_and_shown() -> None:
    asin, run = make_asin(), "sync #77"
    reserve_units(units={asin.pk: 6}, reference=run)
    viewer = signed_in("viewer")
    text = viewer.get(HISTORY).content.decode()
    assert reverse("admin:common_run_change", args=[77]) in text
    assert "Kind of object" in text
    assert 'value="auth.user"' not in text
    Group.objects.create(name="stranger")
    stranger = signed_in("stranger")
    assert rows(stranger.get(HISTORY).content.decode()) == []
    assert stranger.get(page_of(asin)).status_code == 403
    assert viewer.get(page_of(User.objects.get(username="viewer"))).status_code == 403


def test_nobody_reads_it_without_signing_in() -> None:
    asin = make_asin()
    for url in (HISTORY, page_of(asin)):
        answer = Browser().get(url)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/admin/login/")


def test_what_is_not_there_has_no_page() -> None:
    browser = signed_in()
    for key in ("999", "x", "9" * 30):
        answer = browser.get(f"/admin/inventory/asin/{key}/history/")
        assert (answer.status_code, answer.headers["Location"]) == (302, reverse("admin:index"))


def test_texts_are_never_run() -> None:
    make_asin(title="<script>alert(1)</script>")
    store = make_store("s1", name="<b>Store</b>")
    browser = signed_in()
    for url in (HISTORY, page_of(store)):
        text = browser.get(url).content.decode()
        assert "<script>alert" not in text
        assert "<b>Store" not in text
    assert "&lt;b&gt;Store" in browser.get(HISTORY).content.decode()


def test_the_pages_ask_as_much_for_many_rows(django_assert_num_queries: Any) -> None:
    browser, asin = signed_in(), make_asin()
    counts = []
    for many in (1, 40):
        for number in range(many):
            reserve_units(units={asin.pk: 1}, reference=f"C-{many:03d}{number:03d}")
            make_client(f"c{many}-{number}")
        for url, most in ((HISTORY, 36), (page_of(asin), 10)):
            with django_assert_num_queries(most, exact=False) as queries:
                browser.get(url)
            counts.append((url, len(queries)))
    assert counts[:2] == counts[2:]


def test_a_cart_leads_to_its_history() -> None:
    store = make_store()
    cart = Cart.objects.create(client=store.client, store=store, amount=9, policy=default_policy())
    browser = signed_in()
    assert page_of(cart) in browser.get(page_of(cart, "change")).content.decode()
    assert rows(browser.get(page_of(cart)).content.decode())[0].endswith(
        "Store Store 1 (1) Amount to allocate $9.00 Policy Oldest first"
    )
