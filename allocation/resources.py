"""Preorders as a table."""

from typing import Any

from allocation.models import Preorder
from allocation.services.preorder_payments import open_payments
from allocation.services.preorders import (
    money_problems,
    preorder_problems,
    price_preorder,
    quantity_problems,
    settle_state,
)
from allocation.states import PreorderState
from clients.models import Client, Store
from common.import_cells import ChoiceCell, DateCell, NumberCell, RelatedCell, TextCell, YesNoCell
from common.import_export import ListResource, column, shown
from common.money import ZERO
from common.sources import Source
from inventory.models import Asin


class PreorderResource(ListResource):
    """One row per client, store, ASIN and expected arrival; unit cost and paid are taken when a row is new."""

    client = column("Client ID", "client", RelatedCell(Client, "panel_id"))
    store = column("Store ID", "store", RelatedCell(Store, "panel_id"))
    asin = column("ASIN", "asin", RelatedCell(Asin, "code", upper=True))
    expected_arrival = column("Expected arrival", "expected_arrival", DateCell())
    quantity = column("Quantity", "quantity", NumberCell())
    unit_cost = column("Unit cost", "unit_cost", NumberCell(places=2, money=True))
    paid = column("Paid", "paid", NumberCell(places=2, money=True), default=ZERO)
    amount = shown("Amount", "amount", NumberCell(places=2, money=True))
    due = shown("Balance due", "due", NumberCell(places=2, money=True))
    arrived = shown("Arrived", "arrived", NumberCell())
    allocated = shown("Allocated", "allocated", NumberCell())
    credit_due = shown("Credit due", "credit_due", NumberCell(places=2, money=True))
    state = shown("Status", "state", ChoiceCell(PreorderState.choices))
    flag = shown("Needs attention", "flag", TextCell())
    source = shown("Source", "source", ChoiceCell(Source.choices))
    is_active = shown("In use", "is_active", YesNoCell())

    identity = ("Client ID", "Store ID", "ASIN", "Expected arrival")
    feed_fields = ("quantity",)
    derived = ("unit_cost",)

    class Meta(ListResource.Meta):
        model = Preorder
        fields = (
            "client", "store", "asin", "expected_arrival", "quantity", "unit_cost", "paid", "amount", "due", "arrived",
            "allocated", "credit_due", "state", "flag", "source", "is_active",
        )  # fmt: skip
        import_id_fields = ("client", "store", "asin", "expected_arrival")

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("client", "store", "asin")

    def init_instance(self, row: Any = None) -> Preorder:
        """The preview asks for the balance due before the row is read."""
        return Preorder(amount=ZERO)

    def import_field(self, field: Any, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        """Of a preorder that exists, money stays as it is."""
        if not (instance.pk and field.attribute in ("unit_cost", "paid")):
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def complete(self, instance: Any) -> None:
        price_preorder(instance)

    def problems(self, instance: Any) -> dict[str, str]:
        related = {
            name: getattr(instance, name) if getattr(instance, f"{name}_id") else None
            for name in ("client", "store", "asin")
        }
        found = preorder_problems(**related, quantity=instance.quantity)
        found |= money_problems(unit_cost=instance.unit_cost, paid=instance.paid, amount=instance.amount or None)
        if stored := Preorder.objects.filter(pk=instance.pk).first():
            found |= quantity_problems(stored, instance.quantity)
        return found

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """What was paid when it was made is its first payment."""
        open_payments(preorder=instance, actor=kwargs.get("user"))
        settle_state(preorder=instance)
