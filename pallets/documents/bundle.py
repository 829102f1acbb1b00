"""Everything that a shipment's papers are, in one file."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pallets.documents.label import labels_pdf
from pallets.documents.manifest import manifest_csv, manifest_pdf
from pallets.documents.packing_list import packing_list_csv, packing_lists_pdf
from pallets.documents.sheets import ShipmentSheet

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP can tell: the same data gives the same bytes


def documents_zip(shipment: ShipmentSheet) -> bytes:
    """Four labels for each pallet, packing lists and the manifest, ready to print; both tables as CSV too."""
    files = {
        "labels.pdf": labels_pdf(shipment.pallets),
        "packing_lists.pdf": packing_lists_pdf(shipment.pallets),
        "packing_list.csv": packing_list_csv(shipment.pallets),
        "manifest.pdf": manifest_pdf(shipment),
        "manifest.csv": manifest_csv(shipment),
    }
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(ZipInfo(f"{shipment.code}/{name}", LONG_AGO), content, ZIP_DEFLATED)
    return file.getvalue()
