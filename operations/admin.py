"""The admin as a whole: its home page, users and groups, and what is kept out of it."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.admin_base import Admin, AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from operations.admin_andon import AndonCordAdmin as AndonCordAdmin
from operations.admin_history import history_page as history_page

admin.site.index_template = "operations/home.html"
admin.site.index_title = _("Home")

# A schedule names any function to run: whoever may add one may run any code. Queue rows are pickles.
for model in [model for model in admin.site._registry if model._meta.app_label == "django_q"]:
    admin.site.unregister(model)
admin.site.unregister((User, Group))

POWERS = ("is_superuser", "user_permissions")


def givable(user: Any) -> list[int]:
    """The ids of the groups that `user` may put others into: those that may do no more than `user` may."""
    own = user.get_all_permissions()
    found = Group.objects.prefetch_related("permissions__content_type")
    names = {
        group.pk: {f"{given.content_type.app_label}.{given.codename}" for given in group.permissions.all()}
        for group in found
    }
    return [pk for pk, given in names.items() if user.is_superuser or given <= own]


@admin.register(User)
class UserAdmin(BaseUserAdmin, Admin):  # type: ignore[misc, type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "first_name", "last_name", "is_staff", "is_superuser", "is_active")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    search_help_text = _("User name, e-mail or name")
    text_search = ("username", "email", "first_name", "last_name")
    warn_unsaved_form = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody gives themselves, or others, more than they have; nor takes away what they could not give back."""
        fields = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return fields
        beyond = obj is not None and obj.groups.exclude(pk__in=givable(request.user)).exists()
        return (*fields, *POWERS, "groups") if beyond else (*fields, *POWERS)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["queryset"] = Group.objects.filter(pk__in=givable(request.user))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = bool(super().has_change_permission(request, obj))
        return allowed and (obj is None or request.user.is_superuser or not obj.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Users who did something are kept for the history: switch them off instead."""
        return bool(super().has_delete_permission(request, obj)) and request.user.is_superuser


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, Admin):  # type: ignore[misc]
    list_display = ("name",)
    text_search = ("name",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_add_permission(request)) and request.user.is_superuser
