"""The pages by which staff edit a draft: with JavaScript and without, each with an exact count of queries."""

import re
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from allocation.models import Cart
from clients.models import Store
from inventory.models import Asin
from pallets.services.carts import confirm_cart
from pallets.services.draft_edits import save_draft
from tests.factories import make_asin
from tests.pallets.drafts import FIRST, SECOND, browser_of, lines_of, make_draft, person, wanted

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(store: Store) -> Browser:
    return browser_of(person("anna"))


def page(cart: Cart) -> str:
    return reverse("admin:allocation_cart_change", args=[cart.pk])


def at(cart: Cart, name: str) -> str:
    return reverse(f"admin:cart_{name}", args=[cart.code])


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def problems(html: str) -> list[str]:
    return [words for words in re.findall(r'draft-problem"[^>]*>([^<]+)<', html) if words.strip()]


def test_a_draft_is_edited_without_javascript(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    html = anna.get(page(draft)).content.decode()
    assert f'name="cases_{FIRST}" value="44"' in html
    assert '<input type="hidden" name="version" value="1">' in html
    data = {"version": "1", f"cases_{FIRST}": "30", "add_asin": SECOND, "amount": "3,000.00"}
    answer = anna.post(at(draft, "edit"), data, follow=True)
    assert told(answer) == [f"{draft.code} is saved: it costs $2,150.47, $230.47 of it for shipping."]
    assert lines_of(draft) == {FIRST: 30, SECOND: 1}
    html = answer.content.decode()
    assert "the plan was at most 0.00% below the best" in html
    assert "Edited by anna on" in html
    again = anna.post(at(draft, "edit"), data, follow=True)
    assert told(again) == [f"{draft.code} has these lines already; nothing was changed."]
    assert Cart.objects.get().version == 2


def test_every_problem_stands_at_its_row_with_what_was_typed(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    make_asin("B000000003", category="Grocery")
    data = {
        "version": "1", f"cases_{FIRST}": "2.5", f"cases_{SECOND}": "101", "cases_B000000003": "1",
        "add_asin": "hair", "amount": "10000.01",
    }  # fmt: skip
    answer = anna.post(at(draft, "edit"), data)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert told(answer) == ["Nothing was saved: what is wrong stands at its line."]
    words = problems(html)
    assert f"{FIRST}: “2.5” is not a whole number of cases from 0 to 9,999,999." in words
    assert f"{SECOND}: 101 cases wanted, 100 available." in words
    assert "B000000003: may not go to Store 1: no ungating status for this ASIN, brand or category." in words
    assert "“HAIR” is not an ASIN: 10 letters and digits." in words
    assert any("$10,000.01 is more than the $10,000.00 that Acme Buyers (1) has available" in one for one in words)
    assert f'name="cases_{FIRST}" value="2.5"' in html
    assert 'value="10000.01"' in html
    assert (Cart.objects.get().version, lines_of(draft)) == (1, {FIRST: 44})


def test_the_second_of_two_people_keeps_what_was_typed(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    save_draft(code=draft.code, wanted=wanted(**{FIRST: 30}), version=1, actor=person("bert"))
    answer = anna.post(at(draft, "edit"), {"version": "1", f"cases_{FIRST}": "20"})
    (words,) = told(answer)
    assert f"{draft.code} was changed since you opened it: edited by bert on" in words
    html = answer.content.decode()
    assert f'name="cases_{FIRST}" value="20"' in html
    assert "saved: 30" in html
    assert '<input type="hidden" name="version" value="2">' in html  # saving again is meant
    assert lines_of(draft) == {FIRST: 30}


def test_the_second_keeps_the_amount_that_the_first_has_set(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    save_draft(code=draft.code, wanted=wanted("5000.00"), version=1, actor=person("bert"))
    data = {"amount": "3,000.00", "amount_shown": "3000.00", f"cases_{FIRST}": "20"}
    html = anna.post(at(draft, "edit"), data | {"version": "1"}).content.decode()
    assert 'name="amount_shown" value="5000.00"' in html
    assert 'inputmode="decimal" value="5000.00"' in html
    anna.post(at(draft, "edit"), data | {"version": "2"})
    cart = Cart.objects.get()
    assert (cart.amount, cart.version, lines_of(cart)) == (5000, 3, {FIRST: 20})


@pytest.mark.parametrize("cases", ["", "7"])
def test_what_the_cart_has_is_not_added_once_more(store: Store, anna: Browser, cases: str) -> None:
    draft = make_draft(store)
    data = {"version": "1", "amount": "3000.00", "add_asin": FIRST.lower(), "add_cases": cases}
    html = anna.post(at(draft, "edit"), data).content.decode()
    assert problems(html) == [f"{FIRST} is in the cart already: change its cases in its row."]
    assert f'name="cases_{FIRST}" value="44"' in html
    anna.post(at(draft, "edit"), data | {f"cases_{FIRST}": "40"})
    assert (Cart.objects.get().version, lines_of(draft)) == (1, {FIRST: 44})


def test_the_live_recheck_answers_and_writes_nothing(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    data = {"version": "1", f"cases_{FIRST}": "30", f"cases_{SECOND}": "3"}
    rough = anna.post(at(draft, "recheck"), data).json()
    exact = anna.post(at(draft, "recheck"), data | {"exact": "1"}).json()
    assert (rough["totals"]["exact"], exact["totals"]["exact"]) == (False, True)
    assert exact["totals"] == rough["totals"] | {
        "exact": True, "goods": "$2,160.00", "shipping": "$242.00", "total": "$2,402.00", "left": "$598.00",
        "over": False, "percent": "80.1", "units": "198", "asins": 2, "worth": "0.28", "fills": ["27.8"],
    }  # fmt: skip
    assert exact["lines"][FIRST]["shipping"] == "$220.00"
    assert exact["lines"][SECOND]["good"]["most"] == 100
    assert (exact["problems"], exact["changed"], exact["new"]) == ([], "", True)
    wrong = anna.post(at(draft, "recheck"), {"version": "1", f"cases_{FIRST}": "x", f"cases_{SECOND}": "500"}).json()
    assert [row["field"] for row in wrong["problems"]] == [f"cases_{FIRST}", f"cases_{SECOND}", "amount"]
    assert (Cart.objects.get().version, lines_of(draft)) == (1, {FIRST: 44})
    assert anna.get(at(draft, "recheck")).status_code == 405


def test_somebody_elses_save_is_told_while_one_types(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    save_draft(code=draft.code, wanted=wanted(**{FIRST: 30}), version=1, actor=person("bert"))
    answer = anna.post(at(draft, "recheck"), {"version": "1", f"cases_{FIRST}": "20"}).json()
    assert "edited by bert on" in answer["changed"]
    confirm_cart(code=draft.code, actor=person("carla"))
    late = anna.post(at(draft, "recheck"), {"version": "1", f"cases_{FIRST}": "20"})
    assert late.status_code == 409
    assert "is palletised already: confirmed by carla on" in late.json()["problems"][0]["message"]


def test_what_may_be_added_is_found(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    make_asin("B000000003", title="Café Kettle <b>1 l</b>", brand="Brühl", on_hand=60)
    make_asin("B000000004", title="Café Kettle gated", category="Grocery")
    make_asin("B000000005", title="Café Kettle sold out", on_hand=5)
    make_asin("B000000006", title="Café Kettle retired", is_active=False)
    for term in ("kettle", "CAF kett", "b000000003", "brühl"):
        answer = anna.get(at(draft, "search"), {"q": term}).json()
        assert ([row["code"] for row in answer["found"]], answer["more"]) == (["B000000003"], False)
    (row,) = answer["found"]
    assert (row["title"], row["most"], row["pack"], row["unit_cost"]) == ("Café Kettle <b>1 l</b>", 10, 6, "10.0000")
    assert [row["code"] for row in anna.get(at(draft, "search")).json()["found"]] == [SECOND, "B000000003"]
    assert anna.get(at(draft, "search"), {"q": "nothing"}).json() == {"found": [], "more": False}


def test_what_was_left_out_is_added_by_a_link(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    html = anna.get(page(draft), {"add": SECOND}).content.decode()
    assert f'name="cases_{SECOND}" value="1"' in html
    assert "not saved yet" in html
    for term in (FIRST, "B000000009", "x", "<script>"):
        assert anna.get(page(draft), {"add": term}).status_code == 200
    assert lines_of(draft) == {FIRST: 44}


def test_text_of_feeds_is_escaped(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    Asin.objects.update(title='<img src=x onerror="alert(1)">', brand="<script>alert(2)</script>")
    html = anna.get(page(draft)).content.decode()
    assert "<img src=x" not in html
    assert "<script>alert" not in html
    typed = anna.post(at(draft, "edit"), {"version": "1", f"cases_{FIRST}": '"><script>alert(3)</script>'})
    assert "<script>alert" not in typed.content.decode()


def test_what_has_changed_is_on_the_page_and_one_button_mends_it(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    Asin.objects.filter(code=FIRST).update(unit_cost="9.00")
    html = anna.get(page(draft)).content.decode()
    assert "Something has changed since this draft was made:" in html
    assert f"{FIRST}: its cost, shipping prices or case pack have changed" in html
    assert "Unit cost $10.00 → $9.00." in html
    answer = anna.post(at(draft, "renew"), {"version": "1"}, follow=True)
    assert told(answer)[0] == f"{FIRST}: unit cost $10.00 → $9.00."
    assert told(answer)[1].startswith(f"{draft.code} is up to date: it costs $")
    assert "Brought up to date" in answer.content.decode()
    again = anna.post(at(draft, "renew"), {"version": "2"}, follow=True)
    assert told(again) == [f"{draft.code} is up to date."]
    assert anna.get(at(draft, "renew")).status_code == 405


def test_a_confirmed_cart_is_not_edited(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    confirm_cart(code=draft.code)
    answer = anna.post(at(draft, "edit"), {"version": "1", f"cases_{FIRST}": "20"}, follow=True)
    (words,) = told(answer)
    assert words.startswith(f"Cart {draft.code} is palletised already: confirmed")
    assert words.endswith("cancel it, or generate a second cart.")
    assert f"cases_{FIRST}" not in answer.content.decode()
    assert answer.status_code == 200


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("allocator", 200)])
def test_who_may_edit(store: Store, role: str, status: int) -> None:
    draft = make_draft(store)
    browser = browser_of(person("eve", role))
    data = {"version": "1", f"cases_{FIRST}": "30"}
    assert browser.post(at(draft, "recheck"), data).status_code == status
    assert browser.get(at(draft, "search")).status_code == status
    assert browser.post(at(draft, "renew"), data).status_code == (302 if status == 200 else 403)
    assert browser.post(at(draft, "edit"), data).status_code == (302 if status == 200 else 403)
    assert (f'name="cases_{FIRST}"' in browser.get(page(draft)).content.decode()) is (status == 200)
    for name in ("edit", "recheck", "search", "renew"):
        assert Browser().get(at(draft, name)).status_code == 302


def test_an_unreadable_version_is_refused(store: Store, anna: Browser) -> None:
    draft = make_draft(store)
    for version in ("x", "-1", "9" * 20, "1.0"):
        answer = anna.post(at(draft, "edit"), {"version": version, f"cases_{FIRST}": "30"})
        assert (answer.status_code, lines_of(draft)) == (200, {FIRST: 44})
        assert anna.post(at(draft, "recheck"), {"version": version}).status_code == 422


@pytest.mark.parametrize("asins", [1, 20])
def test_the_pages_ask_as_much_for_many_lines(
    store: Store, anna: Browser, asins: int, django_assert_max_num_queries: Any
) -> None:
    draft = make_draft(store)
    extra = {f"B{number:09d}": 1 for number in range(11, 11 + asins)}
    for code in extra:
        make_asin(code, on_hand=12)
    save_draft(code=draft.code, wanted=wanted("9000.00", **extra))
    # session, user, permissions (2); cart; lines, what may still go there (2), pallets, suggestions; changes; the
    # draft's check (6); the andon cord
    with django_assert_max_num_queries(18):
        assert anna.get(page(draft)).status_code == 200
    data = {"version": "2"} | {f"cases_{code}": "2" for code in extra}
    # session, user, permissions (2); the draft and its check (6)
    with django_assert_max_num_queries(11):
        assert anna.post(at(draft, "recheck"), data).json()["problems"] == []
    # session, user, permissions (2); the draft; codes, then what is known of them (4)
    with django_assert_max_num_queries(10):
        assert anna.get(at(draft, "search"), {"q": "B0"}).status_code == 200
