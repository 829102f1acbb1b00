"""The addresses under /api/."""

from django.urls import URLPattern, URLResolver, re_path

from allocation.api import CartView, PreorderView, SuggestionView
from clients.api import ClientView, StoreView
from common.api.views import Router, UnknownAddress
from inventory.api import AsinView
from pallets.api import PalletView, ShipmentView
from ungating.api import UngatingView

router = Router()
router.register("asins", AsinView)
router.register("clients", ClientView)
router.register("stores", StoreView)
router.register("ungating", UngatingView)
router.register("preorders", PreorderView)
router.register("carts", CartView)
router.register("suggestions", SuggestionView)
router.register("pallets", PalletView)
router.register("shipments", ShipmentView)

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    # Last: everything under /api/ that no other address matches is a 404 as problem+json.
    re_path("", UnknownAddress.as_view()),
]
