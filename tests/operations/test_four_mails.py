"""What the company asked to be told, through the feeds and services that staff use, on a real SMTP socket."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from allocation.services.arrival_proposals import propose_arrivals
from allocation.services.arrivals import Coming, confirm_arrivals
from allocation.services.preorders import create_preorder
from inventory.models import Asin
from notifications.services import SendReport, send_due_emails
from pallets.services.ungating_follow import follow_ungating
from sync.models import SourceName
from tests.factories import make_asin, make_store
from tests.notifications.mail_servers import by_smtp, mail_server
from tests.pallets.suggested import short_cart
from tests.sync.cases import asin_row, portal, sheet, status, statuses, take

ADDRESS = "allocation@profitzon.net"
SITE = "http://127.0.0.1:8000"


@pytest.fixture
def inbox(settings: Any) -> Any:
    with mail_server() as inbox:
        by_smtp(settings, inbox.port)
        yield inbox


def told() -> SendReport:
    return send_due_emails(now=timezone.now())


def parts(mail: EmailMessage) -> tuple[str, str]:
    """Text and HTML."""
    text, html = (part.get_content() for part in mail.iter_parts())
    return text, html


@pytest.mark.django_db
def test_allocation_succeeded_and_insufficient_balance(inbox: Any) -> None:
    cart = short_cart()
    assert told() == SendReport(sent=2)
    short, done = sorted(inbox.mails, key=lambda mail: str(mail["Subject"]), reverse=True)[-2:]
    assert done["Subject"] == f"Allocation succeeded: {cart.code}: $690.00 allocated to Store 1 of Client 1"
    assert str(short["Subject"]).startswith("Insufficient balance: Client 1 is $")
    assert str(short["Subject"]).endswith(" short of a pallet for Store 1")
    for mail, page in ((done, f"/admin/allocation/cart/{cart.pk}/change/"), (short, "/allocation/transfersuggestion/")):
        assert (mail["To"], mail["From"]) == (ADDRESS, ADDRESS)
        text, html = parts(mail)
        assert page in text
        assert f'href="{SITE}/admin/' in html


@pytest.mark.django_db
def test_ungating_status_changed(inbox: Any, tmp_path: Path) -> None:
    make_asin(on_hand=60)  # $600.00 of Acme
    make_store()
    gated = status("u1", "Acme", scope="brand")
    take(SourceName.UNGATING, statuses(tmp_path, [gated]))
    follow_ungating(now=timezone.now())
    told()
    assert [mail["Subject"].partition(":")[0] for mail in inbox.mails] == ["Ungating action needed"]
    take(SourceName.UNGATING, statuses(tmp_path, [gated | {"status": "Yes", "updated_at": "2026-11-01T08:00:00Z"}]))
    follow_ungating(now=timezone.now())
    assert told() == SendReport(sent=1)
    mail = inbox.mails[-1]
    assert mail["Subject"].strip().startswith("Ungating status changed: ")  # a folded line begins with a space
    assert mail["To"] == ADDRESS
    text, html = parts(mail)
    for words in ("Acme", "Store 1", "$600.00"):
        assert words in f"{mail['Subject']} {text}" and words in html


@pytest.mark.django_db
def test_preorder_arrived(inbox: Any, tmp_path: Path) -> None:
    portal(sheet(tmp_path, [asin_row(1, remaining="0")]))
    asin = Asin.objects.get()
    preorder = create_preorder(store=make_store(), asin=asin, quantity=12, expected_arrival=timezone.localdate())
    portal(sheet(tmp_path, [asin_row(1, remaining="12")]))
    propose_arrivals(now=timezone.now())
    assert told() == SendReport()  # a person says first that it is so
    coming = [Coming(preorder.pk, 12, arrived=0, proposed=12)]
    confirm_arrivals(asin_id=asin.pk, coming=coming, key="k", now=timezone.now())
    assert told() == SendReport(sent=1)
    (mail,) = inbox.mails
    assert mail["Subject"].startswith("Preorder arrived: ")
    assert mail["To"] == ADDRESS
    text, html = parts(mail)
    for words in ("12 units", asin.code, "Store 1"):
        assert words in f"{mail['Subject']} {text}" and words in html
