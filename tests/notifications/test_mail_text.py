"""The words of e-mails, with what people may type as the name of a client."""

from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from notifications.mail_text import (
    LONGEST_SUBJECT,
    OPENINGS,
    Mail,
    Section,
    absolute,
    alert_mail,
    digest_mail,
    one_line,
)
from notifications.models import MAIL_KINDS, Alert, AlertKind

WHO = "allocation@profitzon.net"
NASTY = (
    "Acme\r\nBcc: evil@example.com",
    "Acme\n\nFree goods",
    "Acme\u2028Bcc: evil@example.com",
    "Acme\x85X-Header: 1",
    "Acme\x0bX\x0cY\x1cZ",
    '<script>alert("x")</script>',
    '"><img src=x onerror=alert(1)>',
    "{{ settings.SECRET_KEY }} {% load x %} {x.__class__}",
    "=?utf-8?q?=0ABcc:_evil@example.com?=",
    "\u202eevil\u2066",
    "Ünïcode 仓库 📦",
    "lone \ud800 surrogate",
    "\x00\x1b[31mred",
    "%0d%0aBcc:evil@example.com",
    "x" * 5000,
    " ",
)


def alert(**fields: Any) -> Alert:
    values = {"pk": 7, "kind": AlertKind.ALLOCATED, "title": "C-000001: $500.00 allocated", "count": 1}
    moment = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    return Alert(**(values | {"first_at": moment, "last_at": moment} | fields))


def sent(mail: Mail) -> Any:
    """The e-mail as a reader gets it."""
    message = EmailMultiAlternatives(mail.subject, mail.text, "from@example.com", [WHO])
    message.attach_alternative(mail.html, "text/html")
    return message_from_bytes(message.message().as_bytes(), policy=default)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.links: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.handlers += [name for name, _value in attrs if name.startswith("on")]


def tags(html: str) -> Tags:
    parser = Tags()
    parser.feed(html)
    return parser


PLAIN = tags(alert_mail(alert(body="b"), to=WHO, is_shared=True).html).found


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_no_name_adds_a_header_a_line_or_a_tag(name: str) -> None:
    mail = alert_mail(alert(title=f"{name} is short", body=f"Ask {name}.", link="/x/"), to=WHO, is_shared=True)
    read = sent(mail)
    assert sorted(read.keys()) == ["Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]
    assert (read["To"], read["From"]) == (WHO, "from@example.com")
    assert len(mail.subject) <= LONGEST_SUBJECT
    assert mail.subject.splitlines() == [mail.subject]
    assert read["Subject"].strip() == mail.subject.strip()
    page = tags(mail.html)
    assert (page.found - PLAIN <= {"br"}, page.handlers) == (True, [])


def test_the_text_is_as_typed_and_the_html_is_escaped() -> None:
    mail = alert_mail(alert(title="Bond & <Sons>", body="5 < 6\n'quoted'"), to=WHO, is_shared=True)
    assert mail.subject == "Allocation succeeded: Bond & <Sons>"
    assert "Bond & <Sons>\n" in mail.text
    assert "5 < 6\n'quoted'\n" in mail.text
    assert ">Bond &amp; &lt;Sons&gt;</h1>" in mail.html
    assert "5 &lt; 6<br>&#x27;quoted&#x27;</p>" in mail.html


def test_the_whole_text() -> None:
    words = alert(title="C-000001: $500.00 allocated", body="48 units.", link="/admin/allocation/cart/3/change/")
    assert alert_mail(words, to=WHO, is_shared=True).text == (
        "C-000001: $500.00 allocated\n"
        "\n"
        "Goods were allocated: their stock is reserved and the client's balance is held.\n"
        "\n"
        "48 units.\n"
        "\n"
        "Open it: http://127.0.0.1:8000/admin/allocation/cart/3/change/\n"
        "The alert (mark as done or put off): http://127.0.0.1:8000/admin/notifications/alert/7/change/\n"
        "\n"
        "--\n"
        "Sent to allocation@profitzon.net, the address that gets every alert (the setting ALLOCATION_EMAIL).\n"
        "Choose which kinds you get: http://127.0.0.1:8000/admin/notifications/alert/mine/\n"
    )


def test_a_user_is_told_why() -> None:
    mail = alert_mail(alert(), to="ann@example.com", is_shared=False)
    assert 'Sent to ann@example.com, because you chose "Allocation succeeded".' in mail.text
    assert "Sent to ann@example.com, because you chose “Allocation succeeded”." in mail.html


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "//evil.example", "/\\evil.example", "https://evil.example/", "admin/"]
)
def test_only_pages_of_this_site_become_links(link: str) -> None:
    assert absolute(link) == ""
    mail = alert_mail(alert(link=link), to=WHO, is_shared=True)
    assert all(url.startswith("http://127.0.0.1:8000/admin/notifications/") for url in tags(mail.html).links)
    assert "Open it" not in mail.text


def test_links_begin_with_the_address_of_the_site(settings: Any) -> None:
    settings.SITE_URL = "https://allocation.example.com"
    assert absolute("/admin/") == "https://allocation.example.com/admin/"


def test_every_kind_that_is_e_mailed_has_its_opening() -> None:
    assert {kind for kind, _label in MAIL_KINDS} == {*OPENINGS, "digest"}


def test_subjects_are_cut_at_a_mark() -> None:
    assert one_line("a" * 151, 150) == "a" * 149 + "…"
    assert one_line("a" * 150, 150) == "a" * 150


def test_the_digest() -> None:
    sections = [
        Section("Allocated <yesterday>", ["3 carts, $1,200.00", "2 pallets\r\nshipped"], "/admin/allocation/cart/"),
        Section("Open alerts", []),
    ]
    mail = digest_mail(sections, day=date(2026, 11, 22), to=WHO, is_shared=True)
    assert mail.subject == "Daily digest of Sunday, November 22, 2026"
    assert mail.text.startswith(
        "Sunday, November 22, 2026\n"
        "\n"
        "Allocated <yesterday>\n"
        "- 3 carts, $1,200.00\n"
        "- 2 pallets shipped\n"
        "http://127.0.0.1:8000/admin/allocation/cart/\n"
        "\n"
        "Open alerts\n"
        "None\n"
        "\n"
        "The dashboard: http://127.0.0.1:8000/admin/\n"
    )
    assert "Allocated &lt;yesterday&gt;" in mail.html
    assert sent(mail)["Subject"] == mail.subject
