"""What is wrong with a draft that a person wants, line by line, and what it costs; nothing is written."""

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from allocation.models import Cart, Policy
from clients.models import Client, Store
from clients.services import hold_balance
from inventory.models import Asin
from inventory.services import reserve_units
from pallets.draft_check import Check, Wanted, check_draft
from pallets.draft_input import read_typed
from pallets.services.carts import generate_pallets
from pallets.services.draft_edits import open_draft
from tests.factories import make_asin, make_store, ungate
from tests.pallets.drafts import FIRST, SECOND, make_draft, wanted
from ungating.models import Scope, Status

pytestmark = pytest.mark.django_db


def checked(cart: Cart, wish: Wanted, *, exact: bool = False) -> Check:
    return check_draft(open_draft(cart.code), wish, now=timezone.now(), exact=exact)


def said(check: Check) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in check.problems]


def test_a_draft_as_it_is_stored_has_its_own_figures(store: Store) -> None:
    draft = make_draft(store)
    check = checked(draft, Wanted())
    assert (check.goods, check.shipping, check.left) == (draft.goods, draft.shipping, draft.amount - draft.total)
    assert (check.price.is_exact, check.is_new, said(check)) == (True, False, [])
    assert check.price.value == draft.value


def test_an_estimate_by_loads_and_the_packed_price(store: Store) -> None:
    draft = make_draft(store)
    wish = wanted(**{FIRST: 30, SECOND: 3})
    estimate, exact = checked(draft, wish), checked(draft, wish, exact=True)
    assert (estimate.price.is_exact, exact.price.is_exact) == (False, True)
    # 33 cases of 960 in3 on 114,048 in3 fill 0.2778: 198 units x (1.50 − 1.00 x 0.2778) = 242.00
    assert exact.price.fills == (Decimal("0.2778"),)
    assert (exact.goods, exact.shipping, exact.left) == (Decimal(2160), Decimal("242.00"), Decimal("598.00"))
    assert abs(estimate.shipping - exact.shipping) <= Decimal("0.05")
    assert exact.changes == {FIRST: [44, 30], SECOND: [0, 3]}


def test_below_the_policys_fill_it_is_priced_at_max_shipping(store: Store) -> None:
    draft = make_draft(store)
    Cart.objects.update(build_anyway=False)
    for exact in (False, True):
        check = checked(draft, wanted(**{FIRST: 30}), exact=exact)
        assert (check.price.is_pooled, check.shipping) == (True, Decimal("270.00"))


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ({SECOND: 101}, f"{SECOND}: 101 cases wanted, 100 available."),
        ({FIRST: 101}, f"{FIRST}: 101 cases wanted, 100 available; 5 loose units are short of a case of 6."),
        ({"B000000009": 1}, "There is no ASIN “B000000009”."),
        (
            {"B000000003": 1},
            "B000000003: may not go to Store 1: no ungating status for this ASIN, brand or category.",
        ),
        ({"B000000004": 1}, "B000000004: no longer in use."),
        ({"B000000005": 1}, "B000000005: a case weighs 1,456 lb, a pallet carries 1,455 lb."),
    ],
)
def test_a_line_that_cannot_be_had_says_why(store: Store, cases: dict[str, int], words: str) -> None:
    draft = make_draft(store, amount="10000.00")
    make_asin("B000000003", category="Grocery")
    make_asin("B000000004", is_active=False)
    make_asin("B000000005", case_weight=Decimal(1456))
    ((code, _),) = cases.items()
    assert (f"cases_{code}", words) in said(checked(draft, Wanted(cases)))


def test_gated_goods_say_which_rule_keeps_them_away(store: Store) -> None:
    draft = make_draft(store, amount="10000.00")
    ungate(store, SECOND, Scope.ASIN, status=Status.GATED, reason="apply first")
    words = f"{SECOND}: may not go to Store 1: ASIN {SECOND}: gated (apply first)."
    assert said(checked(draft, wanted(**{FIRST: 9, SECOND: 1}))) == [(f"cases_{SECOND}", words)]


def test_limits_are_asked_of_what_a_person_adds_and_not_of_the_plan(store: Store) -> None:
    Policy.objects.filter(is_default=True).update(max_units_per_asin=264, min_roi_percent=Decimal(10))
    make_asin(FIRST, on_hand=605, sale_price=Decimal(20), amazon_fees=Decimal(1))
    draft = generate_pallets(store_id="1", confirm=False, build_anyway=True)
    make_asin(SECOND, on_hand=600)
    Policy.objects.update(max_units_per_asin=None)  # the draft keeps the limits it was made with
    words = f"{FIRST}: 270 units are more than the 264 of one ASIN that this cart may have, at most 44 cases."
    assert said(checked(draft, wanted(**{FIRST: 45}))) == [(f"cases_{FIRST}", words)]
    assert said(checked(draft, wanted(**{FIRST: 44}))) == []
    unknown = f"{SECOND}: its return is unknown without sale price and fees; at least 10.00 % is asked for."
    assert said(checked(draft, wanted(**{SECOND: 1}))) == [(f"cases_{SECOND}", unknown)]


def test_the_amount_and_the_balance_are_told_to_the_cent(store: Store) -> None:
    draft = make_draft(store)
    check = checked(draft, wanted(**{FIRST: 45}), exact=True)
    words = "The cart costs $3,002.72: $2.72 more than the $3,000.00 to allocate."
    assert said(check) == [("amount", words)]
    assert said(checked(draft, wanted("3002.72", **{FIRST: 45}), exact=True)) == []
    cent = checked(draft, wanted("10000.01"))
    words = "$10,000.01 is more than the $10,000.00 that Acme Buyers (1) has available: $0.01 is missing."
    assert said(cent) == [("amount", words)]
    assert said(checked(draft, wanted("10000.00"))) == []
    assert "above $0.00" in said(checked(draft, wanted("0")))[0][1]


def test_a_balance_that_has_shrunk_is_told(store: Store) -> None:
    draft = make_draft(store)
    hold_balance(client_id=store.client_id, amount=Decimal("8000.00"), key="hold:x", reference="elsewhere")
    words = "The cart costs $2,938.21: $938.21 more than the $2,000.00 that Acme Buyers (1) has available."
    assert said(checked(draft, Wanted())) == [("amount", words)]


def test_what_has_changed_is_noted_and_priced_as_of_today(store: Store) -> None:
    draft = make_draft(store)
    Asin.objects.filter(code=FIRST).update(unit_cost=Decimal("9.00"), max_shipping=Decimal("1.25"))
    check = checked(draft, Wanted())
    assert [row.note for row in check.rows] == ["unit cost $10.00 → $9.00; max shipping $1.5000 → $1.2500"]
    assert (check.goods, check.is_new, check.price.is_exact) == (Decimal("2376.00"), True, False)


def test_a_closed_store_and_nothing_left_are_told(store: Store) -> None:
    draft = make_draft(store)
    assert said(checked(draft, wanted(**{FIRST: 0}))) == [("", "Nothing is left in the cart: discard it instead.")]
    Store.objects.filter(pk=store.pk).update(status="suspended")
    Client.objects.update(status="paused")
    messages = [words for _, words in said(checked(draft, Wanted()))]
    assert messages == ["Store 1 (1) may no longer receive goods.", "Acme Buyers (1) may no longer buy."]


def test_units_taken_elsewhere_are_not_available(store: Store) -> None:
    draft = make_draft(store)
    reserve_units(units={Asin.objects.get(code=FIRST).pk: 400}, reference="elsewhere")
    words = f"{FIRST}: 44 cases wanted, 34 available; 1 loose units are short of a case of 6."
    assert said(checked(draft, Wanted())) == [(f"cases_{FIRST}", words)]


def test_however_many_cases_are_wanted_it_answers_at_once(store: Store) -> None:
    draft = make_draft(store)
    started = time.monotonic()
    check = checked(draft, wanted(**{FIRST: 9_999_999, SECOND: 9_999_999}), exact=True)
    assert time.monotonic() - started < 1
    assert len(check.problems) == 3


def test_200_lines_are_checked_by_as_many_queries_as_two(store: Store, django_assert_num_queries: Any) -> None:
    draft = make_draft(store, amount="10000.00")
    for number in range(3, 203):
        # Half of them without a size: their category's typical case stands in.
        size = {"case_length": None, "case_weight": None} if number % 2 else {}
        make_asin(f"B{number:09d}", on_hand=60, date_added=date(2026, 9, 1), **size)
    wish = Wanted({f"B{number:09d}": 1 for number in range(3, 203)})
    for some in (Wanted({SECOND: 1}), wish):
        # the draft; its lines, ASINs, shelf, preorders, statuses, and what it counts on of preorders
        with django_assert_num_queries(7):
            check = checked(draft, some)
    assert len(check.rows) == 201
    cart, fastest = open_draft(draft.code), 1.0
    for _ in range(5):
        started = time.process_time()  # of this test alone, whoever else is busy
        check_draft(cart, wish, now=timezone.now())
        fastest = min(fastest, time.process_time() - started)
    assert fastest < 0.1


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({f"cases_{FIRST}": "2.5"}, f"cases_{FIRST}", "“2.5” is not a whole number of cases from 0 to 9,999,999."),
        ({f"cases_{FIRST}": ""}, f"cases_{FIRST}", "say how many cases; 0 takes it out."),
        ({f"cases_{FIRST}": "-1"}, f"cases_{FIRST}", "“-1” is not a whole number"),
        ({f"cases_{FIRST}": "١٢"}, f"cases_{FIRST}", "is not a whole number"),
        ({f"cases_{FIRST}": "1_000"}, f"cases_{FIRST}", "is not a whole number"),
        ({f"cases_{FIRST}": "99999999"}, f"cases_{FIRST}", "is not a whole number"),
        ({"cases_<script>": "1"}, "cases_<script>", "“<script>” is not an ASIN"),
        ({"add_asin": "hair"}, "add_asin", "“HAIR” is not an ASIN"),
        ({"add_asin": SECOND, "add_cases": "x"}, f"cases_{SECOND}", "“x” is not a whole number"),
        ({"amount": "1e5"}, "amount", "“1e5” is not an amount of USD"),
        ({"amount": "NaN"}, "amount", "“NaN” is not an amount of USD"),
        ({"amount": "10.005"}, "amount", "The amount 10.005 is finer than a cent."),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(data: dict[str, str], field: str, words: str) -> None:
    typed = read_typed(data)
    assert [problem.field for problem in typed.problems] == [field]
    assert words in typed.problems[0].message
    assert (typed.wanted.cases, typed.wanted.amount) == ({}, None)


def test_what_can_be_read_is(store: Store) -> None:
    typed = read_typed({f"cases_{FIRST}": " 12 ", "add_asin": f" {SECOND.lower()} ", "amount": "$1,250.50"})
    assert (typed.wanted, typed.problems) == (wanted("1250.50", **{FIRST: 12, SECOND: 1}), ())


def test_a_store_that_moved_to_another_client_is_told(store: Store) -> None:
    draft = make_draft(store)
    other = make_store("2", client=Client.objects.create(panel_id="2", name="Other"))
    Store.objects.filter(pk=store.pk).update(client=other.client)
    assert said(checked(draft, Wanted())) == [("", "Store 1 (1) belongs to Other (2) now.")]
