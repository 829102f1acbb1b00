"""manage.py generate_pallets: what people read, what programs read, and clear refusals."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from allocation.models import Cart
from pallets.models import Pallet
from tests.factories import make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store() -> None:
    store = make_store(client=make_client(balance="10000.00", name="Acme Buyers"))
    ungate(store)
    make_asin(on_hand=60)
    make_asin("B000000002", category="Grocery")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("generate_pallets", "--store", "1", *arguments, stdout=out)
    return out.getvalue()


def test_the_summary_reads_as_a_person_would_say_it() -> None:
    assert run("--build-anyway") == (
        "Cart C-000001 for Store 1 of Acme Buyers: palletised, $684.95 held\n"
        "  60 units in 1 lines: goods $600.00 + shipping $84.95 = $684.95 of $10,000.00\n"
        "  no cart is worth more\n"
        "  B000000001    10 x 6         $600.00  shipping    $84.95  Product B000000001\n"
        "Pallet P-000001: 10 cartons, 145.00 lb, 16.00 in high, fill 8.4%\n"
        "Left out: 1 unknown\n"
    ).replace("C-000001", Cart.objects.get().code).replace("P-000001", _pallet())


def _pallet() -> str:
    return Pallet.objects.get().code


def test_below_the_stand_alone_fill_the_suggestion_is_said() -> None:
    text = run()
    code = Cart.objects.get().code
    assert f"No pallet: {code} fills 8% of a pallet, less than the 50% asked for." in text
    assert "Pallet P-" not in text


def test_json_is_the_answer_of_the_api() -> None:
    answer = json.loads(run("--propose", "--json"))
    assert (answer["cart"]["state"], answer["cart"]["total"], answer["pallets"]) == ("draft", "690.00", [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--amount", "0"), "The amount must be above $0.00, not 0."),
        (("--amount", "-3"), "The amount must be above $0.00, not -3."),
        (("--amount", "nan"), "The amount must be a number."),
        (("--amount", "9223372036854775808"), "The amount must be at most $99,999,999.99."),
        (("--amount", "1_000"), "“1_000” is not an amount of money."),
        (("--amount", "lots"), "“lots” is not an amount of money."),
        (("--max-units", "0"), "The most units of one ASIN must be 1 to 10,000,000, not 0."),
        (("--max-units", "1.5"), "--max-units: “1.5” is not a whole number."),
        (("--max-units", "9" * 30), "is not a whole number."),
        (("--min-roi", "high"), "--min-roi: “high” is not a percentage."),
        (("--min-roi", "nan"), "The minimum ROI must be -100 to 10,000 percent, not NaN."),
        (("--min-roi", "10001"), "The minimum ROI must be -100 to 10,000 percent, not 10001."),
        (("--policy", "best"), "There is no policy “best”."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_happens(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert message in str(caught.value)
    assert Cart.objects.count() == 0


def test_an_unknown_store() -> None:
    with pytest.raises(CommandError, match="There is no store “77”"):
        call_command("generate_pallets", "--store", "77")


def test_limits_of_one_cart() -> None:
    answer = json.loads(run("--propose", "--json", "--max-units", "13", "--build-anyway"))
    assert [line["units"] for line in answer["cart"]["lines"]] == [12]
    with pytest.raises(CommandError, match="1 are too large or beyond a limit"):
        run("--min-roi", "5%")
