"""The pallet page: steps without JavaScript, load figures, lines by client, what may be done, nothing unescaped."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Store
from pallets.models import Pallet, PalletLine, Shipment
from pallets.pallet_pages import pallet_context
from pallets.services.carts import generate_pallets
from tests.factories import make_asin, make_client

pytestmark = pytest.mark.django_db
EVIL = '<script>alert("x")</script>'
STEPS: list[dict[str, Any]] = [
    {"step": 1, "sku": "B000000001", "nx": 2, "ny": 2, "nz": 1, "x": 0, "y": 0, "z": 0, "dx": 120, "dy": 100, "dz": 80},
    {"step": 2, "sku": "B000000002", "nx": 1, "ny": 1, "nz": 2, "x": 0, "y": 0, "z": 80, "dx": 100, "dy": 90, "dz": 90},
]


def placed(*corners: tuple[str, int, int, int]) -> list[dict[str, Any]]:
    """Cartons of the steps above at these corners."""
    sides = {step["sku"]: {key: step[key] for key in ("dx", "dy", "dz")} for step in STEPS}
    return [{"sku": sku, "x": x, "y": y, "z": z} | sides[sku] for sku, x, y, z in corners]


ONE, TWO = "B000000001", "B000000002"
PLACEMENTS = placed(
    (ONE, 0, 0, 0), (ONE, 120, 0, 0), (ONE, 0, 100, 0), (ONE, 120, 100, 0), (TWO, 0, 0, 80), (TWO, 0, 0, 170)
)


@pytest.fixture
def staff() -> Browser:
    browser = Browser()
    browser.force_login(User.objects.create_superuser("anna"))
    return browser


@pytest.fixture
def pallet(store: Store) -> Pallet:
    """Four cases of one ASIN at 10 lb under two of another at 20 lb, in the left rear corner."""
    make_asin(ONE, on_hand=24, case_weight=Decimal(10))
    make_asin(TWO, on_hand=12, case_weight=Decimal(20), title=EVIL, brand=EVIL, fragile=True, upright_only=True)
    generate_pallets(store_id="1", build_anyway=True)
    pallet = Pallet.objects.get()
    pallet.placements, pallet.steps = PLACEMENTS, STEPS
    pallet.weight, pallet.height, pallet.fill, pallet.cube = Decimal(125), Decimal(32), Decimal("0.25"), Decimal("0.2")
    pallet.save()
    return pallet


def page(browser: Browser, pallet: Pallet, step: str = "") -> str:
    answer = browser.get(reverse("admin:pallets_pallet_change", args=[pallet.pk]), {"step": step} if step else None)
    assert answer.status_code == 200
    return str(answer.content.decode())


def shown(html: str) -> list[str]:
    """Ids of the steps that are shown."""
    return [part.split('"')[0] for part in html.split('is-now" id="')[1:]]


def facts(pallet: Pallet) -> dict[str, tuple[str, str, bool]]:
    return {fact["label"]: (fact["value"], fact["note"], fact["is_marked"]) for fact in pallet_context(pallet)["facts"]}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("", "step-0"),
        ("1", "step-1"),
        ("2", "step-2"),
        ("3", "step-0"),
        ("0", "step-0"),
        ("x<", "step-0"),
        ("٢", "step-0"),
    ],
)
def test_a_step_is_a_page_of_its_own(staff: Browser, pallet: Pallet, step: str, expected: str) -> None:
    html = page(staff, pallet, step)
    assert shown(html) == [expected]
    assert html.count('aria-current="step"') == 1
    assert "<noscript><style>html[x-cloak] { display: block !important; }" in html


def test_every_step_is_told_drawn_and_seen_from_above(staff: Browser, pallet: Pallet) -> None:
    html = page(staff, pallet, "2")
    assert "2 × 2 × 1 of B000000001 (4 cases), long side along the 48″ side, at the left rear corner" in html
    assert "1 × 1 × 2 of B000000002 (2 cases), long side along the 48″ side, at the left rear corner" in html
    assert "flush with the left edge, flush with the rear edge, 8.0″ above the deck." in html
    for label in ("After step 1", "After step 2", "Step 1 from above", "Step 2 from above", pallet.code):
        assert html.count(f'aria-label="{label}"') == 1
    assert html.count("Fragile: nothing on top</span>") == 1
    assert html.count("This side up</span>") == 1
    assert 'href="?step=1" data-step="1">← Back' in html
    assert 'href="?" data-step="0">Finished →' in html


def test_an_older_pallet_without_steps_shows_its_picture_alone(staff: Browser, pallet: Pallet) -> None:
    Pallet.objects.update(steps=[])
    html = page(staff, pallet, "1")
    assert shown(html) == ["step-0"]
    assert ("Build steps" in html, "from above" in html, f'aria-label="{pallet.code}"' in html) == (False, False, True)


def test_nothing_is_printed_unescaped(staff: Browser, pallet: Pallet) -> None:
    make_client("9", name=EVIL)
    Pallet.objects.update(note=EVIL, carrier=EVIL, tracking=EVIL, shipped_on="2026-11-01")
    Store.objects.update(name=EVIL)
    pallet.lines.update(client=make_client("8", name=EVIL))
    html = page(staff, pallet, "1")
    assert EVIL not in html
    assert html.count("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;") >= 6


def test_how_the_load_stands(pallet: Pallet) -> None:
    """80 lb: 40 at (12, 10, 4), 40 at (5, 4.5, 17) in; the middle of the deck is at (24, 20), the goods 26 in high."""
    assert facts(pallet) == {
        "ASINs": ("2, mixed", "", False),
        "Centre of gravity": ("32.3% left, 31.9% rear", "at 40% of the height", True),
        "Lowest support": ("100%", "of a carton's base", False),
        "Slender towers": ("1", "braced on fewer than 2 sides", True),
        "Heavy on light": ("1", "over 1.25 × what is under it", True),
        "Most load on one carton": ("40.0 lb", "", False),
    }


def test_a_single_asin_is_told_in_ti_and_hi(pallet: Pallet) -> None:
    pallet.placements = placed((ONE, 0, 0, 0), (ONE, 120, 0, 0), (ONE, 0, 0, 80), (ONE, 120, 0, 80), (ONE, 0, 0, 160))
    pallet.steps = []
    assert facts(pallet)["ASINs"] == ("Single ASIN", "Ti 2 × Hi 2 and 1 on top", False)


def test_cases_without_a_weight_share_what_the_known_ones_leave(pallet: Pallet) -> None:
    """125 lb − 45 of wood − 40 = 40 for the two above; their own 20 each once more."""
    pallet.lines.get(asin__code=TWO).asin.__class__.objects.filter(code=TWO).update(case_weight=None, unit_weight=None)
    assert facts(pallet)["Most load on one carton"][0] == "40.0 lb"


def test_load_against_limits(pallet: Pallet) -> None:
    rows = [(row["label"], row["value"], row["limit"], row["percent"]) for row in pallet_context(pallet)["limits"]]
    assert rows == [
        ("Gross weight", "125.0 lb", "1,500 lb", "8"),
        ("Height with the pallet", "32.0 in", "72 in", "44"),
        ("Fill, which sets the price", "25.0%", "100%", "25"),
        ("Cube", "20.0%", "100%", "20"),
    ]


def test_lines_are_grouped_by_client_with_their_sums(pallet: Pallet) -> None:
    PalletLine.objects.filter(asin__code=TWO).update(client=make_client("2", name="Aardvark"))
    groups = pallet_context(pallet)["clients"]
    assert [(g["client"].name, g["cases"], g["units"], len(g["lines"])) for g in groups] == [
        ("Aardvark", 2, 12, 1),
        ("Acme Buyers", 4, 24, 1),
    ]
    assert sum(group["shipping"] for group in groups) == pallet_context(pallet)["shipping"]


@pytest.mark.parametrize(
    ("state", "pooled", "sent", "allowed"),
    [
        ("planned", False, False, {"can_pack", "can_ship", "can_cancel", "can_replan"}),
        ("planned", True, False, {"can_pack", "can_cancel", "can_replan"}),
        ("planned", False, True, {"can_pack", "can_cancel"}),
        ("packed", False, False, {"can_reopen", "can_ship", "can_cancel"}),
        ("packed", True, False, {"can_reopen", "can_ship", "can_cancel"}),
        ("packed", True, True, {"can_reopen", "can_cancel"}),
        ("shipped", False, False, set()),
        ("cancelled", False, False, set()),
    ],
)
def test_what_may_be_done_follows_the_state(
    pallet: Pallet, state: str, pooled: bool, sent: bool, allowed: set[str]
) -> None:
    pallet.state, pallet.is_pooled = state, pooled
    pallet.shipment = Shipment.objects.create(code="S-000001", store=pallet.store) if sent else None
    context = pallet_context(pallet)
    flags = ("can_pack", "can_reopen", "can_ship", "can_cancel", "can_replan")
    assert {flag for flag in flags if context[flag]} == allowed


def test_the_page_links_papers_and_offers_what_may_be_done(staff: Browser, pallet: Pallet) -> None:
    html = page(staff, pallet)
    names = ("label", "packing_list", "packing_list_csv", "pack", "ship", "cancel", "replan", "reopen")
    urls = {name: reverse(f"admin:pallet_{name}", args=[pallet.code]) for name in names}
    assert [name for name in names if f'"{urls[name]}"' not in html] == ["reopen"]


def test_a_pallet_names_its_shipment(staff: Browser, pallet: Pallet) -> None:
    shipment = Shipment.objects.create(code="S-000001", store=pallet.store)
    Pallet.objects.update(shipment=shipment)
    assert "S-000001" in page(staff, pallet)


@pytest.mark.parametrize("steps", [0, 2])
def test_the_page_asks_six_times(staff: Browser, pallet: Pallet, steps: int, django_assert_num_queries: Any) -> None:
    Pallet.objects.update(steps=STEPS[:steps], shipment=Shipment.objects.create(code="S-000001", store=pallet.store))
    # session, user; header; pallet with store and shipment; lines with ASIN, client and cart, what they may
    with django_assert_num_queries(6):
        page(staff, pallet, "1")
