"""API tokens in the admin: the secret is shown once and kept nowhere."""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from django.urls import reverse

from access.models import ApiToken

pytestmark = pytest.mark.django_db
ADD = "admin:access_apitoken_add"


def browser(user: User) -> Browser:
    signed_in = Browser()
    signed_in.force_login(user)
    return signed_in


def administrator(name: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name="admin"))
    return user


def test_the_secret_is_shown_once_and_kept_nowhere() -> None:
    root = User.objects.create_superuser("root")
    signed_in = browser(root)
    answer = signed_in.post(reverse(ADD), {"name": "Scanner", "user": root.pk})
    found = re.search(r"pas_[\w-]{40,}", answer.content.decode())
    assert found is not None
    secret = found.group()
    token = ApiToken.objects.get()
    assert token.digest == ApiToken.digest_of(secret)
    assert "no-store" in answer.headers["Cache-Control"]
    kept = [str(answer.cookies), *(str(session.get_decoded()) for session in Session.objects.all())]
    kept += [str(vars(token)), signed_in.get(reverse("admin:access_apitoken_changelist")).content.decode()]
    kept.append(signed_in.get(reverse("admin:access_apitoken_change", args=[token.pk])).content.decode())
    assert not [text for text in kept if secret in text]


def test_nobody_makes_or_sees_tokens_of_others() -> None:
    root, ann = User.objects.create_superuser("root"), administrator("ann")
    ApiToken.issue(user=root, name="Root's")
    signed_in = browser(ann)
    assert "Root&#x27;s" not in signed_in.get(reverse("admin:access_apitoken_changelist")).content.decode()
    answer = signed_in.post(reverse(ADD), {"name": "Mine", "user": root.pk})
    assert "Select a valid choice" in answer.content.decode()
    assert ApiToken.objects.count() == 1
    signed_in.post(reverse(ADD), {"name": "Mine", "user": ann.pk})
    assert ApiToken.objects.get(name="Mine").user == ann


def test_tokens_are_revoked_not_deleted() -> None:
    root = User.objects.create_superuser("root")
    token, _ = ApiToken.issue(user=root, name="Scanner")
    signed_in = browser(root)
    url = reverse("admin:access_apitoken_delete", args=[token.pk])
    assert signed_in.post(url, {"post": "yes"}).status_code == 403
    signed_in.post(reverse("admin:access_apitoken_changelist"), {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert not token.is_valid


def test_an_administrator_cannot_become_a_superuser() -> None:
    ann, root = administrator("ann"), User.objects.create_superuser("root")
    signed_in = browser(ann)
    values = {"username": "ann", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    signed_in.post(reverse("admin:auth_user_change", args=[ann.pk]), values)
    ann.refresh_from_db()
    assert not ann.is_superuser
    assert signed_in.post(reverse("admin:auth_user_change", args=[root.pk]), values).status_code == 403
    url = reverse("admin:auth_user_password_change", args=[root.pk])
    assert signed_in.post(url, {"password1": "a-new-password-1", "password2": "a-new-password-1"}).status_code == 403
    group = Group.objects.get(name="admin")
    assert signed_in.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "x"}).status_code == 403
