"""“My notifications”: each user's own kinds."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse

from common.errors import DomainError
from notifications.models import MAIL_KINDS, MailChoice
from notifications.services import choose_kinds, kinds_of
from tests.notifications.cases import staff

pytestmark = pytest.mark.django_db


def browser(user: User) -> Browser:
    signed_in = Browser()
    signed_in.force_login(user)
    return signed_in


def page() -> str:
    return reverse("admin:notifications_alert_mine")


def switched_on(text: str) -> int:
    return len(re.findall(r"<input[^>]* checked[ >]", text))


def test_a_new_user_has_chosen_none_and_every_kind_can_be_chosen() -> None:
    ann = staff("ann")
    text = browser(ann).get(page()).content.decode()
    assert kinds_of(ann) == set()
    assert text.count('type="checkbox"') == len(MAIL_KINDS) == 12
    assert switched_on(text) == 0
    assert "They go to ann@example.com." in text


def test_choices_are_kept_and_changed() -> None:
    ann = staff("ann")
    signed_in = browser(ann)
    answer = signed_in.post(page(), {"stock_short": "on", "digest": "on"}, follow=True)
    assert "You get 2 kinds of e-mail." in answer.content.decode()
    assert kinds_of(ann) == {"stock_short", "digest"}
    assert switched_on(signed_in.get(page()).content.decode()) == 2
    signed_in.post(page(), {"digest": "on", "sync_trouble": "on", "mail_trouble": "on"})
    assert kinds_of(ann) == {"digest", "sync_trouble"}


def test_the_page_is_found_from_the_list_of_alerts() -> None:
    text = browser(staff("ann")).get(reverse("admin:notifications_alert_changelist")).content.decode()
    assert f'href="{page()}"' in text


def test_nobody_changes_the_choices_of_another() -> None:
    ann, ben = staff("ann"), staff("ben")
    choose_kinds(user=ben, kinds={"digest"})
    sent = {"stock_short": "on", "user": str(ben.pk), "user_id": str(ben.pk)}
    browser(ann).post(f"{page()}?user={ben.pk}", sent)
    assert (kinds_of(ann), kinds_of(ben)) == ({"stock_short"}, {"digest"})


def test_looking_changes_nothing_and_the_form_needs_its_token() -> None:
    ann = staff("ann")
    browser(ann).get(page(), {"digest": "on"})
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(ann)
    assert strict.post(page(), {"digest": "on"}).status_code == 403
    assert not MailChoice.objects.exists()


def test_those_who_may_not_see_alerts_choose_nothing() -> None:
    outsider = staff("outsider", role=None)
    assert browser(outsider).post(page(), {"digest": "on"}).status_code == 403
    assert Browser().post(page(), {"digest": "on"}).status_code == 302
    assert not MailChoice.objects.exists()


def test_one_without_an_address_is_told_so() -> None:
    text = browser(staff("ann", email="")).get(page()).content.decode()
    assert "You have no e-mail address: ask an administrator to enter one." in text


def test_a_kind_that_there_is_not_is_refused() -> None:
    with pytest.raises(DomainError, match="There is no such kind of e-mail: gossip"):
        choose_kinds(user=staff("ann"), kinds=["digest", "gossip"])
    assert not MailChoice.objects.exists()
