"""The four roles as groups of Django's model permissions, each with all that the one before it may do."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.apps.registry import Apps

ROLES = ("viewer", "allocator", "manager", "admin")
DOMAIN = {"common", "notifications", "inventory", "clients", "ungating", "allocation", "pallets", "sync"}
# Rows that services alone write: nobody edits them by hand.
HISTORY = {"andonevent", "ledgerentry", "stockmovement", "paneltransaction", "ungatingchange", "batchclient"}
ALLOCATED = {
    "andoncord", "alert", "batch", "cart", "cartline", "pallet", "palletline", "preorder", "shipment",
    "transfersuggestion",
}  # fmt: skip
# Deleting a cart or a pallet would lose what it holds: those are cancelled. No role may delete them.
DELETABLE = {"asin", "client", "store", "ungatingstatus", "ungatingtask", "preorder"}
ADMINISTERED = {"user", "group", "apitoken", "policy"}


def lowest_role(app: str, codename: str) -> str | None:
    """The least role with the permission `app`.`codename`, or None where no role has it."""
    action, _, model = codename.partition("_")
    if model in ADMINISTERED and not (model == "policy" and action == "view"):
        return "admin"
    if app not in DOMAIN:
        return None
    if action == "view":
        return "viewer"
    if model in HISTORY:
        return None
    if action == "delete":
        return "manager" if model in DELETABLE else None
    return "allocator" if model in ALLOCATED else "manager"


def install_roles(sender: AppConfig, using: str, apps: Apps = installed, **_: Any) -> None:
    """Make the groups and give them their permissions: three queries when all is there already.

    A receiver of post_migrate. Acts once, after the last app, when the permissions of every app exist.
    Adds what is missing and takes nothing away, so that what an administrator gave besides stays.
    """
    if sender is not [config for config in installed.get_app_configs() if config.models_module][-1]:
        return
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return
    groups = _groups(group_model, using)
    through = group_model.permissions.through
    given = set(through.objects.using(using).values_list("group_id", "permission_id"))
    permissions = permission_model.objects.using(using).values_list("pk", "content_type__app_label", "codename")
    missing = [
        through(group_id=groups[role], permission_id=pk)
        for pk, app, codename in permissions
        for role in _roles_from(lowest_role(app, codename))
        if (groups[role], pk) not in given
    ]
    if missing:
        through.objects.using(using).bulk_create(missing, ignore_conflicts=True)


def _roles_from(lowest: str | None) -> tuple[str, ...]:
    return ROLES[ROLES.index(lowest) :] if lowest else ()


def _groups(group_model: Any, using: str) -> dict[str, int]:
    """The id of each role's group; missing groups are made."""
    groups = group_model.objects.using(using)
    found = dict(groups.filter(name__in=ROLES).values_list("name", "pk"))
    if len(found) < len(ROLES):
        groups.bulk_create([group_model(name=role) for role in ROLES if role not in found], ignore_conflicts=True)
        found = dict(groups.filter(name__in=ROLES).values_list("name", "pk"))
    return found
