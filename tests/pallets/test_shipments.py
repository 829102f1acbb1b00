"""Pallets of one store leave together: all of them or none."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from allocation.models import Cart
from clients.models import Store
from common.errors import Conflict, DomainError, NotFound
from inventory.models import Asin
from operations.audit import audit
from pallets.models import Pallet, Shipment
from pallets.services import shipments
from pallets.services.cancel import cancel_pallet
from pallets.services.carts import generate_pallets
from pallets.services.pooling import pool_goods
from pallets.services.shipments import add_pallets, cancel_shipment, make_shipment, remove_pallets, ship_shipment
from pallets.services.shipping import pack_pallet, ship_pallet
from tests.factories import make_asin, make_client, make_store, ungate
from tests.pallets.pooled import mutual_store, waiting_cart

pytestmark = pytest.mark.django_db
FBA = "FBA15ABCDEF12"


@pytest.fixture
def codes(store: Store) -> list[str]:
    """Two pallets of one cart."""
    make_asin(on_hand=1200, unit_cost=Decimal("5.00"))
    generate_pallets(store_id="1", build_anyway=True)
    return list(Pallet.objects.order_by("pk").values_list("code", flat=True))


def today() -> dict[str, object]:
    return {"shipped_on": timezone.localdate(), "carrier": "Estes", "tracking": "PRO 1"}


def test_all_pallets_leave_at_once(codes: list[str]) -> None:
    shipment = make_shipment(pallets=codes)
    assert (shipment.code[:2], shipment.state, shipment.pallets.count()) == ("S-", "open", 2)
    with pytest.raises(Conflict, match=f"Pallet {codes[0]} is on a shipment: ship that, or take the pallet off it"):
        ship_pallet(code=codes[0], shipped_on=timezone.localdate())
    shipped = ship_shipment(code=shipment.code, amazon_id=f" {FBA.lower()} ", **today())
    assert (shipped.state, shipped.amazon_id, shipped.carrier) == ("shipped", FBA, "Estes")
    assert set(Pallet.objects.values_list("state", "carrier", "tracking")) == {("shipped", "Estes", "PRO 1")}
    assert Cart.objects.get().state == "shipped"
    assert list(Asin.objects.values_list("on_hand", "reserved")) == [(0, 0)]
    assert audit() == []
    for act in (
        lambda: ship_shipment(code=shipment.code, **today()),
        lambda: remove_pallets(code=shipment.code, pallets=codes),
        lambda: cancel_shipment(code=shipment.code),
    ):
        with pytest.raises(Conflict, match=f"Shipment {shipment.code} is shipped already."):
            act()


def test_none_leaves_where_one_cannot(codes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    shipment = make_shipment(pallets=codes)
    Asin.objects.update(reserved=Pallet.objects.get(code=codes[0]).lines.get().units)
    with pytest.raises(Conflict, match=f"{codes[1]}: fewer than"):
        ship_shipment(code=shipment.code, **today())
    assert set(Pallet.objects.values_list("state", flat=True)) == {"planned"}
    assert Shipment.objects.get().state == "open"
    assert Asin.objects.get().on_hand == 1200


def test_pallets_go_on_and_off_and_a_cancelled_one_leaves_the_shipment(codes: list[str]) -> None:
    shipment = make_shipment(pallets=codes[:1])
    add_pallets(code=shipment.code, pallets=codes[1:])
    remove_pallets(code=shipment.code, pallets=codes[:1])
    assert list(shipment.pallets.values_list("code", flat=True)) == codes[1:]
    cancel_pallet(code=codes[1], reason="Damaged")
    assert shipment.pallets.count() == 0
    with pytest.raises(DomainError, match="The shipment is empty"):
        ship_shipment(code=shipment.code, **today())
    add_pallets(code=shipment.code, pallets=codes[:1])
    cancel_shipment(code=shipment.code)
    assert Pallet.objects.filter(shipment__isnull=False).count() == 0
    assert audit() == []


def test_what_cannot_go_along_is_named(codes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_store("2", client=make_client("2", balance="9000.00"))
    ungate(other)
    make_asin("B000000002", on_hand=600)
    generate_pallets(store_id="2", build_anyway=True)
    foreign = Pallet.objects.get(store=other).code
    with pytest.raises(DomainError, match=rf"{foreign} goes to another store than Store 1 \(1\)."):
        make_shipment(pallets=[*codes, foreign])
    with pytest.raises(NotFound, match=r"There is no pallet P-7, P-8."):
        make_shipment(pallets=["P-8", codes[0], "P-7"])
    with pytest.raises(DomainError, match=r"Choose at least one pallet."):
        make_shipment(pallets=[])
    shipment = make_shipment(pallets=codes[:1])
    with pytest.raises(DomainError, match=f"{codes[0]} is on a shipment already."):
        make_shipment(pallets=codes)
    cancel_pallet(code=foreign, reason="Damaged")
    with pytest.raises(DomainError, match=f"{foreign} is cancelled."):
        make_shipment(pallets=[foreign])
    monkeypatch.setattr(shipments, "MOST_PALLETS", 1)
    monkeypatch.setattr(shipments, "MOST_CARTONS", 150)
    with pytest.raises(
        DomainError, match=r"2 pallets are too many: a shipment has at most 1. \d+ cartons are too many"
    ):
        add_pallets(code=shipment.code, pallets=codes[1:])
    assert Shipment.objects.get().pallets.count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amazon_id": "FBA123"}, "“FBA123”: An FBA shipment ID is FBA and 9 to 12 letters or digits."),
        ({"amazon_id": "FBA15ABCDEF1234567890"}, "An FBA shipment ID is"),
        ({"amazon_id": "FBA15ABCDEF1\n"}, None),
        ({"shipped_on": timezone.localdate() + timedelta(days=1)}, "day ahead"),
        ({"shipped_on": timezone.localdate() - timedelta(days=1)}, "before it was planned"),
    ],
)
def test_a_wrong_id_or_date_ships_nothing(codes: list[str], change: dict[str, object], message: str | None) -> None:
    shipment = make_shipment(pallets=codes)
    if message is None:
        assert ship_shipment(code=shipment.code, **(today() | change)).amazon_id == "FBA15ABCDEF1"
        return
    with pytest.raises(DomainError, match=message):
        ship_shipment(code=shipment.code, **(today() | change))
    assert set(Pallet.objects.values_list("state", flat=True)) == {"planned"}


def test_a_light_shipment_and_one_with_an_open_pooled_pallet_stay() -> None:
    mutual_store()
    cart = waiting_cart(units=12)
    (pallet,) = pool_goods(cart_code=cart.code)
    shipment = make_shipment(pallets=[pallet.code])
    with pytest.raises(DomainError, match=r"The shipment weighs 65.0 lb; a freight shipment weighs at least 150 lb."):
        ship_shipment(code=shipment.code, **today())
    pool_goods(cart_code=waiting_cart("2", units=120).code)
    with pytest.raises(Conflict, match=f"Pack {pallet.code} first"):
        ship_shipment(code=shipment.code, **today())
    pack_pallet(code=pallet.code)
    ship_shipment(code=shipment.code, **today())
    assert set(Cart.objects.values_list("state", flat=True)) == {"shipped"}
    assert audit() == []


def test_a_pallet_with_an_fba_id_is_a_shipment_of_its_own(codes: list[str]) -> None:
    with pytest.raises(DomainError, match="An FBA shipment ID is"):
        ship_pallet(code=codes[0], shipped_on=timezone.localdate(), amazon_id="15ABC")
    pallet = ship_pallet(code=codes[0], shipped_on=timezone.localdate(), amazon_id=FBA, carrier="Estes")
    shipment = Shipment.objects.get()
    assert (shipment.state, shipment.amazon_id, shipment.carrier) == ("shipped", FBA, "Estes")
    assert list(shipment.pallets.all()) == [pallet]
    assert audit() == []


def test_an_unknown_shipment_is_told() -> None:
    with pytest.raises(NotFound, match=r"There is no shipment “S-9”."):
        ship_shipment(code="S-9", **today())
