"""Ungating statuses as a table."""

from typing import Any

from clients.models import Store
from common.import_cells import ChoiceCell, DateCell, RelatedCell, TextCell, YesNoCell
from common.import_export import ListResource, column, shown
from common.sources import Source
from ungating.forms import status_problems
from ungating.models import Scope, Status, UngatingStatus, scope_key
from ungating.services import record_change


class UngatingStatusResource(ListResource):
    store = column("Store ID", "store", RelatedCell(Store, "panel_id"))
    scope = column("Scope", "scope", ChoiceCell(Scope.choices))
    value = column("Value", "value", TextCell())
    status = column("Status", "status", ChoiceCell(Status.choices))
    reason = column("Reason", "reason", TextCell())
    approval_url = column("Approval link", "approval_url", TextCell())
    override = shown("Override", "override", ChoiceCell(Status.choices, blank=""))
    override_reason = shown("Reason of the override", "override_reason", TextCell())
    checked_at = shown("Checked", "checked_at", DateCell())
    expires_at = shown("Expires", "expires_at", DateCell())
    source = shown("Source", "source", ChoiceCell(Source.choices))
    is_active = shown("In use", "is_active", YesNoCell())

    identity = ("Store ID", "Scope", "Value")
    feed_fields = ("status", "reason", "approval_url")

    class Meta(ListResource.Meta):
        model = UngatingStatus
        fields = (
            "store", "scope", "value", "status", "reason", "approval_url", "override", "override_reason", "checked_at",
            "expires_at", "source", "is_active",
        )  # fmt: skip
        import_id_fields = ("store", "scope", "value")

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("store")

    def find(self, row: Any) -> Any:
        """Brands and categories match by their keys, whatever their case and spaces."""
        store, scope, value = (self.fields[name].clean(row) for name in self.get_import_id_fields())
        return self.get_queryset().filter(store=store, scope=scope, key=scope_key(scope, value)).first()

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        instance.status_before = "" if new else instance.status

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """A new or changed status leaves a line in the history."""
        record_change(status=instance, old=instance.status_before, reason="Imported", actor=kwargs.get("user"))

    def problems(self, instance: Any) -> dict[str, str]:
        if not (instance.store_id and instance.scope):
            return {}
        return status_problems(
            store_id=instance.store_id, scope=instance.scope, value=instance.value or "", own_id=instance.pk
        )
