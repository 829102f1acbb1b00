"""The history by what is asked for: text, kind of object and of change, who, when; and what each role may see."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Model
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from access.services import issue_token
from clients.models import Client, Store
from clients.services import adjust_balance
from common.history import note_update
from common.models import Run
from inventory.models import Asin
from inventory.services import adjust_stock, reserve_units
from notifications.models import Alert, AlertKind, Email
from notifications.services import raise_alert
from operations.history import BOOKS, kinds_of_objects, read_history
from operations.history_entries import Kind, Page
from operations.history_scope import Term, Wanted
from sync.models import FieldChange
from tests.factories import make_asin, make_client, make_store, ungate

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


def at(minute: int) -> Any:
    return time_machine.travel(NOON + timedelta(minutes=minute), tick=False)


@pytest.fixture
def root() -> User:
    with at(-5):
        return User.objects.create_superuser("root", first_name="Ada", last_name="Root")


def role(name: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=name))
    return user


def heads(page: Page) -> list[tuple[str, str]]:
    return [(one.head, one.about) for one in page.entries]


def everything(root: User) -> tuple[Asin, Client, Store]:
    """Something in each of the books, an hour apart."""
    with at(0):
        client = make_client("c9", balance="500.00")
        store, asin = make_store("s9", client=client), make_asin("B000000009")
    with at(60):
        reserve_units(units={asin.pk: 6}, reference="C-000077", actor=root)
    with at(120):
        note_update([store], {"status": "suspended"}, actor=root, reason="Asked")
    with at(180):
        run = Run.objects.create(kind="sync.panel", finished_at=timezone.now())
        FieldChange.objects.create(
            run=run,
            model="clients.client",
            object_id=client.pk,
            object_name="client c9",
            field="name",
            old="x",
            new="y",
        )
    return asin, client, store


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"term": Term(" b000000009 ")}, ["Reserved", "Opening stock", "Added"]),
        ({"term": Term("c9")}, ["Changed", "Panel change", "Added"]),
        ({"term": Term("s9")}, ["Changed", "Added"]),
        ({"term": Term("c-000077")}, ["Reserved"]),
        ({"term": Term("root")}, ["Added"]),
        ({"term": Term("nothing")}, []),
        ({"model": "clients.store"}, ["Changed", "Added"]),
        ({"model": "clients.client"}, ["Changed", "Panel change", "Added"]),
        ({"kind": Kind.FEED}, ["Changed"]),
        ({"kind": Kind.STOCK}, ["Reserved", "Opening stock"]),
        ({"kind": Kind.STOCK, "model": "clients.store"}, []),
        ({"since": NOON + timedelta(minutes=60), "until": NOON + timedelta(minutes=180)}, ["Changed", "Reserved"]),
        ({"since": NOON + timedelta(minutes=180)}, ["Changed"]),
        ({"since": NOON + timedelta(days=9)}, []),
        ({"until": NOON - timedelta(days=900)}, []),
        ({"model": "clients.store", "until": NOON + timedelta(minutes=120)}, ["Added"]),
    ],
)
def test_what_is_asked_for_is_found(root: User, asked: dict[str, Any], found: list[str]) -> None:
    everything(root)
    page = read_history(Wanted(user=root, **asked))
    assert [one.head for one in page.entries] == found


def test_who_did_it_is_found(root: User) -> None:
    everything(root)
    bob = User.objects.create_user("bob")
    assert heads(read_history(Wanted(user=root, who=root))) == [
        ("Changed", "Store s9 (s9)"),
        ("Reserved", "B000000009"),
    ]
    assert heads(read_history(Wanted(user=root, who=bob))) == []
    Run.objects.update(started_by=bob)
    (fed,) = read_history(Wanted(user=root, who=bob)).entries
    assert (fed.head, fed.about, fed.who) == ("Changed", "client c9", "AutoFBA panel, bob")
    by_nobody = [head for head, _ in heads(read_history(Wanted(user=root, system=True)))]
    assert {"Opening stock", "Panel change", "Added"} == set(by_nobody)


def test_one_sees_what_one_may_see(root: User) -> None:
    asin, client, _ = everything(root)
    issue_token(user=root, name="scanner")
    viewer = role("viewer")
    seen = {one.model for one in read_history(Wanted(user=viewer)).entries}
    assert seen == {"inventory.asin", "clients.client", "clients.store"}
    assert {"auth.user", "auth.group", "access.apitoken"} <= set(kinds_of_objects(root)) - set(kinds_of_objects(viewer))
    nobody = User.objects.create_user("nobody")
    assert read_history(Wanted(user=nobody)) == Page([])
    assert read_history(Wanted(user=nobody, subject=client)) == Page([])
    assert kinds_of_objects(nobody) == []
    assert heads(read_history(Wanted(user=viewer, subject=asin)))[0] == ("Reserved", "B000000009")


def test_tokens_of_others_are_not_shown(root: User) -> None:
    admin = role("admin")
    issue_token(user=root, name="of root")
    issue_token(user=admin, name="of admin")
    names = [one.about for one in read_history(Wanted(user=admin, model="access.apitoken")).entries]
    assert [name.partition(" (")[0] for name in names] == ["of admin"]
    assert len(read_history(Wanted(user=root, model="access.apitoken")).entries) == 2


def test_it_asks_as_much_for_many_rows(root: User) -> None:
    asin, client, _ = everything(root)
    counts = []
    for many in (1, 30):
        for number in range(many):
            adjust_stock(asin_id=asin.pk, change=1, reason=str(number), actor=root)
            adjust_balance(client_id=client.pk, change=Decimal(1), reason=str(number), actor=root)
            ungate(make_store(f"{many}-{number}", client=make_client(f"{many}-{number}")))
        wanted = (Wanted(user=root), Wanted(user=root, subject=asin), Wanted(user=root, subject=client))
        for one in wanted:
            with CaptureQueriesContext(connection) as queries:
                read_history(one)
            counts.append(len(queries))
    # Each book is asked for keys, and those that have some for their rows.
    assert counts[0] <= 2 * len(BOOKS)
    assert counts[1:3] == [5, 6]
    assert counts[:3] == counts[3:]


@pytest.mark.parametrize("model", [Alert, Email])
def test_who_decided_about_an_alert_or_an_e_mail_is_found(root: User, model: type[Model]) -> None:
    raise_alert(kind=AlertKind.STOCK_SHORT, title="8 units short", fold_key="a")
    Email.objects.update(state="refused")
    viewer, browser = role("viewer"), Browser()
    browser.force_login(root)
    (obj,) = model._default_manager.all()
    name = f"admin:notifications_{model._meta.model_name}"
    url = reverse(f"{name}_changelist") + "?show=all" * (model is Alert)
    for page in (read_history(Wanted(user=root, subject=obj)), read_history(Wanted(user=root, kind=Kind.EDIT))):
        assert [one for one in page.entries if one.model == model._meta.label_lower] == []
    for action in ("mark_done", "mark_done", "try_again", "try_again"):
        browser.post(url, {"action": action, "_selected_action": [obj.pk]})
    heads_of = {"alert": ["Marked as done"], "email": ["Tried again", "Tried again"]}[str(model._meta.model_name)]
    for wanted in (
        Wanted(user=viewer, subject=obj),
        Wanted(user=viewer, who=root),
        Wanted(user=viewer, kind=Kind.EDIT),
    ):
        found = [one for one in read_history(wanted).entries if one.model == model._meta.label_lower]
        assert [(one.head, one.about, one.who) for one in found] == [(head, str(obj), "Ada Root") for head in heads_of]
    text = browser.get(reverse(f"{name}_history", args=[obj.pk])).content.decode()
    assert heads_of[0] in text
    assert read_history(Wanted(user=User.objects.create_user("nobody"), subject=obj)) == Page([])
