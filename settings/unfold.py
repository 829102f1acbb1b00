"""The admin's look and its menu."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _item(title: Any, icon: str, url: str, permission: str = "") -> dict[str, Any]:
    item: dict[str, Any] = {"title": title, "icon": icon, "link": reverse_lazy(url)}
    if permission:
        item["permission"] = lambda request: request.user.has_perm(permission)
    return item


def _on_a_cart(request: HttpRequest) -> bool:
    """The generator lives under the carts' address, but has an item of its own."""
    return request.path.startswith("/admin/allocation/cart/") and not request.path.endswith("/generate/")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Product Allocation"),
    "SITE_HEADER": _("Product Allocation"),
    "SITE_SUBHEADER": _("Stock, carts and pallets"),
    "SITE_SYMBOL": "pallet",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("common/favicon.svg")},
    ],
    "STYLES": [lambda request: static("common/admin.css")],
    "DASHBOARD_CALLBACK": "operations.dashboard.dashboard",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Work"),
                "items": [
                    _item(_("Home"), "home", "admin:index"),
                    _item(_("New cart"), "add_shopping_cart", "admin:cart_generator", "allocation.add_cart"),
                    _item(_("Carts"), "shopping_cart", "admin:allocation_cart_changelist", "allocation.view_cart")
                    | {"active": _on_a_cart},
                    _item(_("Batches"), "dynamic_feed", "admin:allocation_batch_changelist", "allocation.view_batch"),
                    _item(_("Pallets"), "pallet", "admin:pallets_pallet_changelist", "pallets.view_pallet"),
                    _item(
                        _("Shipments"), "local_shipping", "admin:pallets_shipment_changelist", "pallets.view_shipment"
                    ),
                    _item(
                        _("Transfer suggestions"),
                        "swap_horiz",
                        "admin:allocation_transfersuggestion_changelist",
                        "allocation.view_transfersuggestion",
                    ),
                    _item(
                        _("Preorders"), "schedule", "admin:allocation_preorder_changelist", "allocation.view_preorder"
                    ),
                    _item(
                        _("Alerts"), "notifications", "admin:notifications_alert_changelist", "notifications.view_alert"
                    )
                    | {"badge": "operations.header.open_alerts", "badge_variant": "info"},
                ],
            },
            {
                "title": _("What we have"),
                "items": [
                    _item("ASINs", "inventory_2", "admin:inventory_asin_changelist", "inventory.view_asin"),
                    _item(
                        _("Stock movements"),
                        "sync_alt",
                        "admin:inventory_stockmovement_changelist",
                        "inventory.view_stockmovement",
                    ),
                ],
            },
            {
                "title": _("Who buys"),
                "items": [
                    _item(_("Clients"), "groups", "admin:clients_client_changelist", "clients.view_client"),
                    _item(_("Stores"), "storefront", "admin:clients_store_changelist", "clients.view_store"),
                    _item(
                        _("Ledger"),
                        "account_balance",
                        "admin:clients_ledgerentry_changelist",
                        "clients.view_ledgerentry",
                    ),
                    _item(
                        _("Ungating statuses"),
                        "lock_open",
                        "admin:ungating_ungatingstatus_changelist",
                        "ungating.view_ungatingstatus",
                    ),
                    _item(
                        _("Ungating tasks"),
                        "task_alt",
                        "admin:ungating_ungatingtask_changelist",
                        "ungating.view_ungatingtask",
                    ),
                ],
            },
            {
                "title": _("Behind it"),
                "collapsible": True,
                "items": [
                    _item(_("Policies"), "tune", "admin:allocation_policy_changelist", "allocation.view_policy"),
                    _item(_("Sources"), "cloud_sync", "admin:sync_sourcestate_changelist", "sync.view_sourcestate"),
                    _item(_("Row issues"), "report", "admin:sync_rowissue_changelist", "sync.view_rowissue"),
                    _item(_("History"), "manage_history", "history"),
                    _item(_("E-mails"), "mail", "admin:notifications_email_changelist", "notifications.view_email"),
                    _item(_("Andon cord"), "front_hand", "admin:common_andoncord_changelist", "common.view_andoncord"),
                    _item(_("Runs"), "history", "admin:common_run_changelist", "common.view_run"),
                    _item(_("Users"), "person", "admin:auth_user_changelist", "auth.view_user"),
                    _item(_("API tokens"), "key", "admin:access_apitoken_changelist", "access.view_apitoken"),
                ],
            },
        ],
    },
}
