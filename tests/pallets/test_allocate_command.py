"""manage.py allocate: what people read, what programs read, and clear refusals."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from allocation.models import Batch, Cart, Policy
from clients.models import Client, Store
from inventory.models import Asin
from tests.factories import make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _market() -> None:
    """60 units for two clients with money, one without, and a gated ASIN."""
    for number, money in (("1", "10000.00"), ("2", "200.00"), ("3", "0.00")):
        store = make_store(number, client=make_client(number, balance=money, name=f"Buyer {number}"))
        ungate(store)
    make_asin(on_hand=60)
    make_asin("B000000002", category="Grocery")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("allocate", *arguments, stdout=out)
    return out.getvalue()


def test_the_summary_reads_as_a_person_would_say_it() -> None:
    text = run("--fairness", "0").splitlines()
    batch = Batch.objects.get()
    assert text[0] == f"Batch {batch.pk}: 1 cart for 3 clients by the policy oldest-first, fairness 0, normal"
    assert text[1].startswith("  Value $")
    assert [row.carts for row in batch.results.all()] == [1, 0, 0]
    assert text[2:6] == [
        "  Client                                   spent   of available          value   share    shortfall  carts",
        *_rows(batch),
    ]
    assert text[6:] == [
        "Left out, stores x ASINs: 1 taken, 2 unknown",
        "No cart for store 2: Nothing was left that it may receive, that its client can pay for and that is worth its "
        "shipping.",
        "These are drafts: nothing is reserved or held. Confirm them in the admin, or run with --accept.",
    ]


def _rows(batch: Batch) -> list[str]:
    return [
        f"  {f'{row.client.name} ({row.client.panel_id})':<32}{f'${row.spent:,}':>14}{f'${row.budget:,}':>15}"
        f"{f'${row.value:,}':>15}{'—' if row.share is None else f'{row.share * 100:.1f}%':>8}{'$0.00':>13}"
        f"  {row.carts:>5}"
        for row in batch.results.select_related("client")
    ]


def test_json_has_lines_clients_prices_and_reasons() -> None:
    answer = json.loads(run("--json"))
    assert list(answer) == [
        *("batch", "clients", "carts", "storesWithoutCart", "leftOutCounts", "prices", "refused"),
    ]
    assert [row["clientID"] for row in answer["clients"]] == ["1", "2", "3"]
    assert [row["storeID"] for row in answer["carts"]] == ["1", "2"]
    assert sum(line["cases"] for cart in answer["carts"] for line in cart["lines"]) == 10
    assert answer["carts"][0]["leftOut"][0]["asin"] == "B000000002"
    assert list(answer["prices"]) == ["B000000001"]
    assert (answer["batch"]["state"], answer["batch"]["fairness"], answer["refused"]) == ("succeeded", "0.900", [])


def test_only_the_clients_named() -> None:
    answer = json.loads(run("--json", "--clients", "2, 1"))
    assert [row["clientID"] for row in answer["clients"]] == ["1", "2"]
    assert [client.panel_id for client in Batch.objects.get().clients.all()] == ["1", "2"]


def test_accept_confirms_the_drafts() -> None:
    text = run("--accept")
    assert text.endswith("Confirmed: 2 carts.\n")
    assert set(Cart.objects.values_list("state", flat=True)) == {"confirmed"}
    assert Asin.objects.get(code="B000000001").reserved == 60
    assert Client.objects.get(panel_id="2").held > 0


def test_progress_goes_to_stderr_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    err = StringIO()
    call_command("allocate", "--progress", stdout=StringIO(), stderr=err)
    lines = err.getvalue().splitlines()
    assert lines[0] == "Reading stock, balances and ungating 0 of 1"
    assert lines[-1] == "Packing and pricing pallets 2 of 2"
    err = StringIO()
    call_command("allocate", stdout=StringIO(), stderr=err)
    assert err.getvalue() == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--policy", "best"), "There is no policy “best”. Known: "),
        (("--clients", "77,1,x"), "There is no client “77”.\nThere is no client “x”."),
        (("--clients", " , "), "--clients: name at least one client, for example --clients 1,2."),
        (("--clients", "3"), "no client has available balance"),
        (("--fairness", "1.5"), "Fairness must be from 0 to 1, not 1.5."),
        (("--fairness", "-0.1"), "Fairness must be from 0 to 1, not -0.1."),
        (("--fairness", "nan"), "Fairness must be from 0 to 1, not NaN."),
        (("--fairness", "half"), "--fairness: “half” is not a number from 0 to 1."),
        (("--effort", "max"), "There is no effort “max”. Known: fast, normal, thorough."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_happens(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(*(f"{arguments[0]}={arguments[1]}",))
    assert message in str(caught.value)
    assert (Batch.objects.count(), Cart.objects.count()) == (0, 0)


def test_without_a_store_or_a_default_policy_it_says_so() -> None:
    Policy.objects.update(is_default=False)
    with pytest.raises(CommandError, match="No policy is the default one: name one with --policy"):
        run()
    Store.objects.update(status="suspended")
    with pytest.raises(CommandError, match="no client has an active store"):
        run("--policy", "balanced")


def test_a_batch_whose_stores_may_receive_nothing_makes_no_cart() -> None:
    Asin.objects.update(on_hand=0)
    text = run()
    assert text.startswith(f"Batch {Batch.objects.get().pk}: 0 carts for 3 clients")
    assert "No cart for stores 1, 2: It may receive nothing that is in stock." in text
