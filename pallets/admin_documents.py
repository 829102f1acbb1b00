"""Labels, packing lists and manifests as downloads: thin views, one domain call each."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header

from pallets.admin_pages import require
from pallets.documents.bundle import documents_zip
from pallets.documents.label import labels_pdf
from pallets.documents.manifest import manifest_csv, manifest_pdf
from pallets.documents.packing_list import packing_list_csv, packing_lists_pdf
from pallets.documents.reading import read_pallet, read_shipment
from pallets.documents.sheets import PalletSheet, ShipmentSheet
from pallets.models import Pallet, Shipment

CONTENT_TYPES = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "zip": "application/zip"}
# What the address ends with: its URL's name, and what makes it.
PALLET_DOCUMENTS: dict[str, tuple[str, Callable[[PalletSheet], bytes]]] = {
    "label.pdf": ("pallet_label", lambda pallet: labels_pdf([pallet])),
    "packing-list.pdf": ("pallet_packing_list", lambda pallet: packing_lists_pdf([pallet])),
    "packing-list.csv": ("pallet_packing_list_csv", lambda pallet: packing_list_csv([pallet])),
}
SHIPMENT_DOCUMENTS: dict[str, tuple[str, Callable[[ShipmentSheet], bytes]]] = {
    "manifest.pdf": ("shipment_manifest", manifest_pdf),
    "manifest.csv": ("shipment_manifest_csv", manifest_csv),
    "documents.zip": ("shipment_documents", documents_zip),
}


def download(code: str, name: str, content: bytes) -> HttpResponse:
    """`content` as `P-000123-label.pdf`: PDFs open in the browser to be printed, the others are saved."""
    kind = name.rpartition(".")[2]
    answer = HttpResponse(content, content_type=CONTENT_TYPES[kind])
    disposition = content_disposition_header(as_attachment=kind != "pdf", filename=f"{code}-{name}")
    answer["Content-Disposition"] = disposition or ""
    return answer


class PalletDocuments:
    """What the warehouse prints for a pallet, for the admin of Pallet."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(f"<str:code>/{name}", wrap(partial(self.pallet_document, name=name)), name=url)
            for name, (url, _) in PALLET_DOCUMENTS.items()
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def pallet_document(self, request: HttpRequest, code: str, name: str) -> HttpResponse:
        require(request, "pallets.view_pallet")
        pallets = Pallet.objects.select_related("store", "shipment").defer("placements")
        pallet = get_object_or_404(pallets, code=code)
        _, render = PALLET_DOCUMENTS[name]
        return download(pallet.code, name, render(read_pallet(pallet)))


class ShipmentDocuments:
    """What the warehouse and the driver need for a shipment, for the admin of Shipment."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(f"<str:code>/{name}", wrap(partial(self.shipment_document, name=name)), name=url)
            for name, (url, _) in SHIPMENT_DOCUMENTS.items()
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def shipment_document(self, request: HttpRequest, code: str, name: str) -> HttpResponse:
        require(request, "pallets.view_pallet")
        shipment = get_object_or_404(Shipment.objects.select_related("store"), code=code)
        _, render = SHIPMENT_DOCUMENTS[name]
        return download(shipment.code, name, render(read_shipment(shipment)))
