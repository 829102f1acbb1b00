"""The Andon cord's page: whether it is pulled, the form that pulls or releases it, and who did so before."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.admin_base import ReadOnlyAdmin, TextInput, form_page
from common.andon import current_cord, pull_cord, release_cord
from common.models import AndonCord, AndonEvent
from common.people import signed_in
from pallets.admin_pages import require

CHANGE = "common.change_andoncord"
SHOWN = 20


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=200, widget=TextInput)


@admin.register(AndonCord)
class AndonCordAdmin(ReadOnlyAdmin):
    """One row, so its list is its page."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        is_post = request.method == "POST"
        require(request, CHANGE if is_post else "common.view_andoncord")
        cord = current_cord()

        def act(cleaned: dict[str, Any]) -> str:
            change = release_cord if request.POST.get("release") else pull_cord
            change(reason=cleaned["reason"], actor=signed_in(request))
            done = _("Everything automatic is stopped.") if change is pull_cord else _("Everything automatic goes on.")
            return str(done)

        may = request.user.has_perm(CHANGE)
        return form_page(
            self,
            request,
            form=ReasonForm(request.POST if is_post else None),
            title=str(_("Andon cord: pulled") if cord.is_pulled else _("Andon cord")),
            submit=(_("Let it go on") if cord.is_pulled else _("Stop everything automatic")) if may else "",
            back=reverse("admin:index"),
            act=act,
            facts=_facts(cord),
            hidden=[("release", "1")] if cord.is_pulled else [],
            note=_(
                "Stops what schedules and webhooks start: readings of the sources, expiry, checks of ungating and "
                "preorders. A reading that is under way writes nothing any more. People, API calls, backups, e-mail "
                "and the tidying of old records go on."
            ),
        )


def _facts(cord: AndonCord) -> list[tuple[Any, Any]]:
    """The state first, then the latest pulls and releases."""
    said = {"who": cord.pulled_by or "—", "why": cord.reason}
    state = _("Pulled by %(who)s: %(why)s") % said if cord.is_pulled else ""
    events = AndonEvent.objects.select_related("actor")[:SHOWN]
    return [
        (_("Now"), state or _("Not pulled")),
        *((f"{_told(event.created_at)} {event.actor or ''}".strip(), str(event)) for event in events),
    ]


def _told(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
