"""Every admin page opens, asks nothing of other sites, and changes nothing by being looked at."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from access.models import ApiToken
from allocation.models import Batch, BatchClient, Cart, CartLine, Preorder, TransferSuggestion
from clients.models import PanelTransaction
from common.models import Run
from notifications.models import Alert, AlertKind, Email
from pallets.models import Pallet, PalletLine, Shipment
from sync.models import RowIssue, SourceState
from tests.factories import TODAY, default_policy, make_asin, make_store, ungate
from ungating.models import UngatingChange, UngatingTask

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
OTHER_SITE = re.compile(r"""(?:src|href|action|data-[a-z-]+)=["']?(https?:)?//""")


def one_of_each() -> None:
    """An object of every registered model, with the texts that a careless page would run as HTML."""
    now = timezone.now()
    store = make_store(name='<script>alert("store")</script>')
    asin = make_asin(title="<b>Bold</b>", brand='"Quote" & Co')
    left_out = [{"asin": "B000000009", "code": "gated", "reason": "<i>gated</i>"}]
    cart = Cart.objects.create(
        client=store.client, store=store, amount=Decimal(500), policy=default_policy(), left_out=left_out
    )
    line = CartLine.objects.create(
        cart=cart, asin=asin, cases=2, case_pack=6, units=12, unit_cost=Decimal(10), cost=Decimal(120),
        shipping=Decimal(9), min_shipping=Decimal("0.5"), max_shipping=Decimal("1.5"),
    )  # fmt: skip
    pallet = Pallet.objects.create(
        store=store, cartons=2, volume=Decimal(1920), weight=Decimal(65), height=Decimal(14), fill=Decimal("0.02"),
        cube=Decimal("0.02"),
    )  # fmt: skip
    Pallet.objects.filter(pk=pallet.pk).update(shipment=Shipment.objects.create(store=store, carrier="<i>fast</i>"))
    PalletLine.objects.create(
        pallet=pallet, cart_line=line, client=store.client, asin=asin, cases=2, units=12,
        shipping_per_unit=Decimal("0.75"), shipping=Decimal(9),
    )  # fmt: skip
    TransferSuggestion.objects.create(
        cart=cart, units=12, fill=Decimal("0.02"), reason="small", expires_at=now + timedelta(days=7)
    )
    Preorder.objects.create(
        client=store.client, store=store, asin=asin, quantity=6, unit_cost=Decimal(10), amount=Decimal(60),
        expected_arrival=TODAY,
    )  # fmt: skip
    UngatingChange.objects.create(status=ungate(store), old="gated", new="ungated")
    UngatingTask.objects.create(store=store, brand="Acme", ask="invoice", unlocks=Decimal(900))
    PanelTransaction.objects.create(
        panel_id="T-1", client=store.client, kind="charge", amount=Decimal(-5), occurred_at=now
    )
    Alert.objects.create(kind=AlertKind.STOCK_SHORT, title="Short", fold_key="k", link="javascript:alert(1)")
    Email.objects.create(
        kind="stock_short", to="a@example.com", subject="<b>Short</b>", text="t", html="h", created_at=now,
        message_id="<1@example.com>", next_try_at=now,
    )  # fmt: skip
    run = Run.objects.create(kind="sync.portal", counts={"new": 3})
    SourceState.objects.create(source="portal", as_of=now, last_run=run)
    RowIssue.objects.create(source="portal", run=run, row=2, reason="invalid_asin", message="No ASIN", value="=1+1")
    ended = Run.objects.create(kind="allocation.batch", state="succeeded")
    problems = [{"store": "7", "name": "<i>Seven</i>", "reason": "<b>no</b>", "left_out": []}]
    batch = Batch.objects.create(
        run=ended, policy=default_policy(), slot=None, value=Decimal(90), bound=Decimal(100), problems=problems,
        guaranteed=Decimal("0.8"), prices={asin.code: "3.00"},
    )  # fmt: skip
    BatchClient.objects.create(
        batch=batch, client=store.client, budget=Decimal(100), spent=Decimal(80), value=Decimal(90),
        share=Decimal("0.7"), shortfall=Decimal(9), left_out={"gated": 2},
    )  # fmt: skip
    user = User.objects.create_user("someone")
    ApiToken.issue(user=user, name="scanner")


def browser(role: str | None = None) -> Browser:
    """Signed in as a superuser, or as staff with one of the roles."""
    user = User.objects.create_user(role or "root", is_staff=True, is_superuser=role is None)
    if role:
        user.groups.add(Group.objects.get(name=role))
    signed_in = Browser()
    signed_in.force_login(user)
    return signed_in


def pages(model: type[Model]) -> dict[str, str]:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    found = model._default_manager.order_by("pk").first()
    assert found is not None, f"no {model._meta.label} to look at"
    urls = {"list": reverse(f"{name}_changelist"), "page": reverse(f"{name}_change", args=[found.pk])}
    return urls | {"add": reverse(f"{name}_add"), "search": reverse(f"{name}_changelist") + "?q=zzz"}


def look(model: type[Model], signed_in: Browser) -> dict[str, Any]:
    return {kind: signed_in.get(url) for kind, url in pages(model).items()}


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_page_opens_for_a_superuser(model: type[Model]) -> None:
    one_of_each()
    signed_in = browser()
    before = snapshot()
    answers = look(model, signed_in)
    assert snapshot() == before
    statuses = {kind: answer.status_code for kind, answer in answers.items()}
    assert {statuses["list"], statuses["page"], statuses["search"]} == {200}
    assert statuses["add"] in (200, 403)
    for kind, answer in answers.items():
        text = answer.content.decode()
        assert not OTHER_SITE.search(text), f"{kind} asks another site"
        assert '<script>alert("store")' not in text
        assert 'href="javascript:' not in text


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_viewer_sees_and_changes_nothing(model: type[Model]) -> None:
    one_of_each()
    signed_in = browser("viewer")
    seen = 403 if model in (User, Group, ApiToken) else 200
    answers = look(model, signed_in)
    assert [answers[kind].status_code for kind in ("list", "page")] == [seen, seen]
    assert answers["add"].status_code == 403
    before = snapshot()
    assert signed_in.post(pages(model)["page"], {"name": "changed"}).status_code < 500
    assert snapshot() == before


LISTS = ("inventory_asin", "clients_client", "clients_store", "ungating_ungatingstatus", "allocation_preorder")


@pytest.mark.django_db
def test_a_get_of_a_page_that_acts_changes_nothing() -> None:
    one_of_each()
    signed_in = browser()
    before = snapshot()
    own = [
        (apps.get_model("inventory.Asin"), "adjust-stock"),
        (apps.get_model("clients.Client"), "adjust-balance"),
        (Preorder, "record-payment"),
    ]
    urls = [pages(model)["page"].replace("change/", f"{page}/") for model, page in own]
    urls += [reverse(f"admin:{name}_{page}") for name in LISTS for page in ("import", "export", "process_import")]
    for url in urls:
        assert signed_in.get(url).status_code in (200, 405), url
    assert snapshot() == before


def snapshot() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours."""
    own = [config for config in apps.get_app_configs() if not config.name.startswith(("django", "unfold", "import"))]
    models = [model for config in own for model in config.get_models()] + [User, Group]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


@pytest.mark.django_db
def test_nobody_can_schedule_code_from_a_form() -> None:
    labels = {model._meta.label for model in MODELS}
    assert not {label for label in labels if label.startswith("django_q")}
    assert browser().get("/admin/django_q/schedule/add/").status_code == 404


@pytest.mark.django_db
def test_the_home_page_shows_what_needs_a_person() -> None:
    one_of_each()
    answer = browser().get(reverse("admin:index"))
    text = answer.content.decode()
    assert answer.status_code == 200
    for words in (
        "Open alerts",
        "Short",
        "Open transfer suggestions",
        "Latest carts",
        "C-",
        "Latest pallets",
        "Sources",
    ):
        assert words in text
    assert not OTHER_SITE.search(text)


@pytest.mark.django_db
def test_the_home_page_shows_only_what_one_may_see() -> None:
    one_of_each()
    user = User.objects.create_user("guest", is_staff=True)
    signed_in = Browser()
    signed_in.force_login(user)
    text = signed_in.get(reverse("admin:index")).content.decode()
    assert "Ask an administrator for a role" in text
    assert "Client balances" not in text


Count = Callable[..., Any]


@pytest.mark.django_db
def test_the_home_page_asks_as_much_for_many_rows(django_assert_num_queries: Count) -> None:
    one_of_each()
    signed_in = browser()
    # session, user; header; stock, money; alerts, suggestions, tasks, preorders, sources, carts, pallets
    with django_assert_num_queries(12):
        signed_in.get(reverse("admin:index"))
    store = make_store("2", client=Cart.objects.get().client)
    for _number in range(20):
        Cart.objects.create(client=store.client, store=store, amount=Decimal(5), policy=default_policy())
    with django_assert_num_queries(12):
        signed_in.get(reverse("admin:index"))
