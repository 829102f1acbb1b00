"""Clients and stores as tables."""

from typing import Any

from clients.forms import own_id_problem
from clients.models import Client, ClientPriority, ClientStatus, Store, StoreStatus
from common.import_cells import ChoiceCell, DateCell, NumberCell, RelatedCell, TextCell, YesNoCell
from common.import_export import ListResource, column, shown
from common.sources import Source


class ClientResource(ListResource):
    panel_id = column("Client ID", "panel_id", TextCell())
    name = column("Name", "name", TextCell())
    email = column("E-mail", "email", TextCell())
    status = column("Status", "status", ChoiceCell(ClientStatus.choices, blank=ClientStatus.ACTIVE))
    priority = column("Priority", "priority", ChoiceCell(ClientPriority.choices, blank=ClientPriority.MEDIUM))
    balance = shown("Balance", "balance", NumberCell(places=2, money=True))
    held = shown("Held", "held", NumberCell(places=2, money=True))
    available = shown("Available", "available", NumberCell(places=2, money=True))
    total_allocated = shown("Total allocated", "total_allocated", NumberCell(places=2, money=True))
    last_pallet_on = shown("Last pallet", "last_pallet_on", DateCell())
    source = shown("Source", "source", ChoiceCell(Source.choices))
    is_active = shown("In use", "is_active", YesNoCell())

    identity = ("Client ID",)
    feed_fields = ("name", "email", "status", "priority")

    class Meta(ListResource.Meta):
        model = Client
        fields = (
            "panel_id", "name", "email", "status", "priority", "balance", "held", "available", "total_allocated",
            "last_pallet_on", "source", "is_active",
        )  # fmt: skip
        import_id_fields = ("panel_id",)

    def problems(self, instance: Any) -> dict[str, str]:
        problem = "" if instance.pk else own_id_problem(instance.panel_id or "")
        return {"panel_id": problem} if problem else {}


class StoreResource(ListResource):
    panel_id = column("Store ID", "panel_id", TextCell())
    client = column("Client ID", "client", RelatedCell(Client, "panel_id"))
    name = column("Name", "name", TextCell())
    marketplace = column("Marketplace", "marketplace", TextCell(), default="US")
    is_mutual = column("Mutual", "is_mutual", YesNoCell())
    status = column("Status", "status", ChoiceCell(StoreStatus.choices, blank=StoreStatus.ACTIVE))
    source = shown("Source", "source", ChoiceCell(Source.choices))
    is_active = shown("In use", "is_active", YesNoCell())

    identity = ("Store ID",)
    feed_fields = ("client_id", "name", "marketplace", "is_mutual", "status")

    class Meta(ListResource.Meta):
        model = Store
        fields = ("panel_id", "client", "name", "marketplace", "is_mutual", "status", "source", "is_active")
        import_id_fields = ("panel_id",)

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("client")

    def problems(self, instance: Any) -> dict[str, str]:
        if not instance.pk and (problem := own_id_problem(instance.panel_id or "")):
            return {"panel_id": problem}
        stored = Store.objects.filter(pk=instance.pk).values_list("client_id", flat=True).first()
        if stored and instance.client_id != stored:
            return {"client": "A store stays with its client."}
        return {}
