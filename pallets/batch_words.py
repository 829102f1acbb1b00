"""What a batch is doing, in the words of the staff."""

from django.utils.translation import gettext_lazy as _

STAGES = {
    "waiting": _("Waiting for a worker"),
    "reading": _("Reading stock, balances and ungating"),
    "prices": _("Finding what scarce stock is worth"),
    "carts": _("Making each client's cart"),
    "improving": _("Improving the carts"),
    "bound": _("Certifying how good they are"),
    "packing": _("Packing and pricing pallets"),
}
