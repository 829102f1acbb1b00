"""Alerts in the admin."""

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse

from notifications.models import Alert, AlertKind, AlertState

pytestmark = pytest.mark.django_db


def test_alerts_are_marked_as_done_by_post() -> None:
    root = Browser()
    root.force_login(User.objects.create_superuser("root"))
    alert = Alert.objects.create(kind=AlertKind.STOCK_SHORT, title="Short", fold_key="k", link="/admin/")
    url = reverse("admin:notifications_alert_changelist")
    assert 'href="/admin/">Go there' in root.get(url).content.decode()
    root.get(url, {"action": "mark_done", "_selected_action": alert.pk})
    assert Alert.objects.get().state == AlertState.OPEN
    root.post(url, {"action": "mark_done", "_selected_action": [alert.pk]})
    assert Alert.objects.get().state == AlertState.DONE


def test_marking_needs_the_permission() -> None:
    viewer = Browser()
    user = User.objects.create_user("viewer", is_staff=True)
    viewer.force_login(user)
    alert = Alert.objects.create(kind=AlertKind.STOCK_SHORT, title="Short", fold_key="k")
    viewer.post(
        reverse("admin:notifications_alert_changelist"), {"action": "mark_done", "_selected_action": [alert.pk]}
    )
    assert Alert.objects.get().state == AlertState.OPEN
