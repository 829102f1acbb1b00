"""API tokens: the secret is shown once, in the answer to the form that made it, and stored nowhere."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.models import ApiToken
from access.services import issue_token, revoke_token
from common.admin_base import Admin
from common.admin_columns import badge, counted
from common.people import signed_in


@admin.register(ApiToken)
class ApiTokenAdmin(Admin):
    list_display = ("name", "user", "prefix", "state_badge", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    sortable_by = ("created_at",)
    ordering = ("-id",)
    search_fields = ("name",)
    search_help_text = _("Name, user or the beginning of the token")
    text_search = ("name", "user__username", "prefix")
    actions = ("revoke",)
    readonly_fields = ("prefix", "state_badge", "created_at", "last_used_at", "revoked_at")
    fieldsets = (
        (
            None,
            {"fields": (("name", "user"), "expires_at", ("prefix", "state_badge"), ("created_at", "last_used_at"))},
        ),
    )
    add_fieldsets = ((None, {"fields": ("name", "user", "expires_at")}),)
    empty_title = _("No API tokens")
    empty_text = _("A program that uses the API signs in with a token. Add one for each program.")

    @admin.display(description=_("state"))
    def state_badge(self, token: ApiToken) -> Any:
        if token.revoked_at:
            return badge(_("Revoked"), "red")
        return badge(_("Works"), "green") if token.is_valid else badge(_("Expired"), "orange")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """A token acts as its user, so nobody but a superuser sees or makes tokens of others."""
        tokens: QuerySet[ApiToken] = super().get_queryset(request)
        return tokens if request.user.is_superuser else tokens.filter(user=signed_in(request))

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            field.initial = request.user.pk
            if not request.user.is_superuser:
                field.queryset = field.queryset.filter(pk=request.user.pk)
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = [*super().get_readonly_fields(request, obj)]
        return [*fields, "user"] if obj else fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def form_note(self, request: HttpRequest, obj: Any) -> Any:
        return "" if obj else _("The secret is shown once, right after saving. It cannot be read again, only replaced.")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        token, secret = issue_token(user=obj.user, name=obj.name, expires_at=obj.expires_at)
        obj.__dict__.update(token.__dict__)
        obj.secret = secret

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Not a redirect: what a redirect could carry would be kept in a cookie or in the session."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("API token “%(name)s”") % {"name": obj.name},
            "opts": self.opts,
            "secret": obj.secret,
            "token": obj,
        }
        response = TemplateResponse(request, "access/token_made.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.action(description=_("Revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        working = list(queryset.filter(revoked_at=None))
        for token in working:
            revoke_token(token=token)
        count = counted(len(working), "token")
        self.message_user(request, f"{count} revoked at {timezone.localtime():%H:%M}.", messages.SUCCESS)
