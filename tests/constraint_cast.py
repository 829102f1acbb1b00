"""One valid object of everything, and ways to spoil it, for the test of every constraint."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model
from django.utils import timezone

from allocation.models import Batch, BatchClient, Cart, Preorder, TransferSuggestion
from allocation.models.cart import CartChange
from clients.models import LedgerEntry
from common.models import AndonCord, Run
from inventory.models import StockMovement
from notifications.models import Alert, Email, MailChoice, SenderSlot
from pallets.models import Pallet, PalletLine, Shipment
from sync.models import SourceState, WebhookDelivery
from tests.factories import TODAY, default_policy, make_asin, make_client, make_store, ungate
from ungating.models import UngatingTask


class Cast:
    """One of everything, valid."""

    def __init__(self) -> None:
        self.asin = make_asin()
        self.client = make_client()
        self.store = make_store(client=self.client)
        self.status = ungate(self.store)
        self.cart = Cart.objects.create(
            client=self.client, store=self.store, amount=Decimal("10.00"), policy=default_policy()
        )
        self.line = self.cart.lines.create(
            asin=self.asin,
            cases=2,
            case_pack=6,
            units=12,
            unit_cost=Decimal("1.00"),
            cost=Decimal("12.00"),
            shipping=Decimal("1.00"),
            min_shipping=Decimal(0),
            max_shipping=Decimal(1),
        )
        self.pallet = Pallet.objects.create(
            store=self.store, cartons=1, volume=1, weight=46, height=7, fill=Decimal("0.5"), cube=Decimal("0.5")
        )
        self.shipment = Shipment.objects.create(store=self.store)
        self.pallet_line = PalletLine.objects.create(
            pallet=self.pallet,
            cart_line=self.line,
            client=self.client,
            asin=self.asin,
            cases=2,
            units=12,
            shipping_per_unit=Decimal("0.1"),
            shipping=Decimal("1.00"),
        )
        self.preorder = Preorder.objects.create(
            client=self.client,
            store=self.store,
            asin=self.asin,
            quantity=6,
            unit_cost=Decimal(1),
            amount=Decimal(6),
            expected_arrival=TODAY,
        )
        self.arrival = self.preorder.arrivals.create(
            movement=StockMovement.objects.create(asin=self.asin, kind="portal", on_hand_change=6), proposed=6
        )
        self.allocation = self.preorder.allocations.create(cart_line=self.line, units=6)
        self.suggestion = TransferSuggestion.objects.create(
            cart=self.cart, units=12, fill=Decimal("0.1"), reason="x", expires_at=timezone.now()
        )
        self.task = UngatingTask.objects.create(store=self.store, brand="Acme", ask="invoice")
        self.alert = Alert.objects.create(kind="allocated", title="x", fold_key="k")
        self.run = Run.objects.create(kind="backup")
        self.source = SourceState.objects.create(source="portal")
        self.hook = WebhookDelivery.objects.create(source="panel", message_id="msg_1", body_hash="x")
        self.cord = AndonCord.objects.get_or_create(pk=1)[0]
        self.email = Email.objects.create(
            kind="allocated", to="a@example.com", subject="s", text="t", html="h", message_id="<1@example.com>",
            next_try_at=timezone.now(), created_at=timezone.now(),
        )  # fmt: skip
        self.choice = MailChoice.objects.create(user=User.objects.create(username="reader"), kind="allocated")
        self.sender = SenderSlot.objects.get_or_create(pk=1, defaults={"free_at": timezone.now()})[0]
        self.cart_change = CartChange.objects.create(cart=self.cart, version=1, what="edited")
        self.batch = Batch.objects.create(run=self.run, policy=default_policy())
        self.result = BatchClient.objects.create(batch=self.batch, client=self.client, budget=Decimal(10))


def change(owner: str, **values: Any) -> Callable[[Cast], Any]:
    """An UPDATE that gives a valid row bad values."""

    def act(cast: Cast) -> None:
        row: Model = getattr(cast, owner)
        type(row)._base_manager.filter(pk=row.pk).update(**values)

    return act


def twin(owner: str, **values: Any) -> Callable[[Cast], Any]:
    """A second row like an existing one."""

    def act(cast: Cast) -> None:
        row: Model = getattr(cast, owner)
        generated = {field.name for field in row._meta.concrete_fields if field.generated or field.primary_key}
        copied = {
            field.name: getattr(row, field.name) for field in row._meta.concrete_fields if field.name not in generated
        }
        type(row)._base_manager.bulk_create([type(row)(**(copied | values))])

    return act


def entry(**values: Any) -> Callable[[Cast], Any]:
    return lambda cast: LedgerEntry.objects.create(client=cast.client, key="k", **values)


def movement(**values: Any) -> Callable[[Cast], Any]:
    return lambda cast: StockMovement.objects.create(asin=cast.asin, **values)
