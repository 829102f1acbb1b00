"""Downloads: who may have them, under which name, and none kept by a browser or a proxy."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Store
from pallets.models import Pallet, Shipment
from tests.pallets.documents.papers import codes, pictures, texts
from tests.pallets.documents.stock import planned_pallet, shipment_of
from tests.pallets.test_admin_pages import signed_in_as

pytestmark = pytest.mark.django_db

PALLET = {
    "pallet_label": ("label.pdf", "inline", "application/pdf"),
    "pallet_packing_list": ("packing-list.pdf", "inline", "application/pdf"),
    "pallet_packing_list_csv": ("packing-list.csv", "attachment", "text/csv; charset=utf-8"),
}
SHIPMENT = {
    "shipment_manifest": ("manifest.pdf", "inline", "application/pdf"),
    "shipment_manifest_csv": ("manifest.csv", "attachment", "text/csv; charset=utf-8"),
    "shipment_documents": ("documents.zip", "attachment", "application/zip"),
}


@pytest.fixture
def pallet(store: Store) -> Pallet:
    return planned_pallet(store)


@pytest.fixture
def shipment(pallet: Pallet) -> Shipment:
    return shipment_of(pallet, 2)


@pytest.mark.parametrize("url", [*PALLET, *SHIPMENT])
def test_name_kind_and_no_caching(shipment: Shipment, pallet: Pallet, url: str) -> None:
    name, disposition, kind = (PALLET | SHIPMENT)[url]
    code = pallet.code if url in PALLET else shipment.code
    answer = signed_in_as("viewer").get(reverse(f"admin:{url}", args=[code]))
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    assert answer["Content-Disposition"] == f'{disposition}; filename="{code}-{name}"'
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert len(answer.content) > 100


@pytest.mark.parametrize("url", [*PALLET, *SHIPMENT])
def test_only_who_may_see_pallets(shipment: Shipment, pallet: Pallet, url: str) -> None:
    path = reverse(f"admin:{url}", args=[pallet.code if url in PALLET else shipment.code])
    browser = Browser()
    assert browser.get(path)["Location"].startswith("/admin/login/")
    browser.force_login(User.objects.create_user("temp", is_staff=True))
    assert browser.get(path).status_code == 403


@pytest.mark.parametrize("url", [*PALLET, *SHIPMENT])
@pytest.mark.parametrize("code", ["P-999999", "S-999999", "…"])
def test_unknown_codes_are_a_404(url: str, code: str) -> None:
    assert signed_in_as("viewer").get(reverse(f"admin:{url}", args=[code])).status_code == 404


def test_the_pages_of_pallet_and_shipment_link_to_their_papers(shipment: Shipment, pallet: Pallet) -> None:
    browser = signed_in_as("viewer")
    for kind, thing, urls in (("pallet", pallet, PALLET), ("shipment", shipment, SHIPMENT)):
        page = browser.get(reverse(f"admin:pallets_{kind}_change", args=[thing.pk])).content.decode()
        links = [f'href="{reverse(f"admin:{url}", args=[thing.code])}"' in page for url in urls]
        assert links == [True] * 3


def test_the_label_of_a_real_pallet(shipment: Shipment, pallet: Pallet) -> None:
    pdf = signed_in_as("viewer").get(reverse("admin:pallet_label", args=[pallet.code])).content
    assert [codes(picture)["Code128"] for picture in pictures(pdf)] == [pallet.code] * 4
    assert "1 of 2" in texts(pdf)[0]


def test_the_papers_of_a_real_shipment(shipment: Shipment, pallet: Pallet) -> None:
    content = signed_in_as("viewer").get(reverse("admin:shipment_documents", args=[shipment.code])).content
    with ZipFile(BytesIO(content)) as bundle:
        assert [name.partition("/")[2] for name in bundle.namelist()] == [
            "labels.pdf", "packing_lists.pdf", "packing_list.csv", "manifest.pdf", "manifest.csv",
        ]  # fmt: skip
        assert pallet.code in texts(bundle.read(f"{shipment.code}/manifest.pdf"))[0]


def test_queries_of_a_download(shipment: Shipment, pallet: Pallet, django_assert_num_queries: object) -> None:
    browser = Browser()
    browser.force_login(User.objects.create_superuser("anna"))
    # session, user; pallet with store and shipment; the shipment's pallets; lines
    with django_assert_num_queries(5):  # type: ignore[operator]
        browser.get(reverse("admin:pallet_label", args=[pallet.code]))
    # session, user; shipment with store; pallets; lines
    with django_assert_num_queries(5):  # type: ignore[operator]
        browser.get(reverse("admin:shipment_documents", args=[shipment.code]))
