"""What others take for the same rows: import-export's default resource, and bare bulk_create as the limit."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import DecimalWidget
from tablib import Dataset

from allocation.bench.measure import Took, timed
from inventory.models import Asin, MovementKind, StockMovement
from sync.parsing.portal_feed import PortalRow
from sync.services.portal_rows import new_asin

# Made and stored together, so that the peers, too, take little memory.
ASINS_AT_ONCE = 10_000
FIELDS = (
    "code", "source", "title", "brand", "category", "supplier", "date_added", "quantity_purchased", "on_hand",
    "portal_remaining", "unit_cost", "min_shipping", "max_shipping", "sale_price", "amazon_fees", "priority",
    "case_pack", "unit_length", "unit_width", "unit_height", "unit_weight", "case_length", "case_width", "case_height",
    "case_weight",
)  # fmt: skip


class WrongRows(Exception):
    """A peer has stored something else than it was given, so its seconds say nothing."""


def _money(name: str) -> Field:
    """Money is kept as whole cents, for which import-export would choose its widget of whole numbers."""
    return Field(attribute=name, column_name=name, widget=DecimalWidget())


class DefaultResource(ModelResource):
    """The ASINs as import-export takes them over by itself."""

    unit_cost, sale_price, amazon_fees = _money("unit_cost"), _money("sale_price"), _money("amazon_fees")
    min_shipping, max_shipping = _money("min_shipping"), _money("max_shipping")

    class Meta:
        model = Asin
        fields = FIELDS
        import_id_fields = ("code",)

    def before_save_instance(self, instance: Asin, row: Any, **options: Any) -> None:
        """Versions of what is edited are ours to keep, not import-export's to be slowed by."""
        instance.skip_history_when_saving = True  # type: ignore[attr-defined]


def ready_asins(rows: Sequence[PortalRow]) -> list[Asin]:
    """The ASINs of `rows` with everything that is stored of them, stock too."""
    asins = [new_asin(row, "") for row in rows]
    for asin in asins:
        asin.set_keys()
        asin.on_hand = asin.portal_remaining or 0
    return asins


def import_by_default(rows: Sequence[PortalRow]) -> Took:
    """Let import-export take over values that are parsed already, and no stock movements. Raises WrongRows."""
    values = [tuple(getattr(asin, name) for name in FIELDS) for asin in ready_asins(rows)]
    data: Any = Dataset(*values, headers=FIELDS)
    _, took = timed(lambda: DefaultResource().import_data(data, raise_errors=True))
    if set(Asin.objects.filter(code__in=[one[0] for one in values]).values_list(*FIELDS)) != set(values):
        raise WrongRows("import-export stored other values than it was given.")
    return took


def create_bare(rows: Sequence[PortalRow], batch: int | None) -> Took:
    """bulk_create of ready objects in `batch`es, with their opening movements; only the creating is counted."""
    parts = []
    with transaction.atomic():
        for start in range(0, len(rows), ASINS_AT_ONCE):
            asins = ready_asins(rows[start : start + ASINS_AT_ONCE])
            parts.append(timed(partial(Asin.objects.bulk_create, asins, batch_size=batch))[1])
            opening = _opening(asins)
            parts.append(timed(partial(StockMovement.objects.bulk_create, opening, batch_size=batch))[1])
    return Took(sum(part.wall for part in parts), sum(part.cpu for part in parts))


def _opening(asins: Sequence[Asin]) -> list[StockMovement]:
    ids = dict(Asin.objects.in_bulk([asin.code for asin in asins if asin.pk is None], field_name="code"))
    return [
        StockMovement(
            asin_id=asin.pk or ids[asin.code].pk,
            kind=MovementKind.OPENING,
            on_hand_change=asin.on_hand,
            reference="bench",
            reason=f"Sheet: first seen with {asin.on_hand}",
        )
        for asin in asins
        if asin.on_hand
    ]
