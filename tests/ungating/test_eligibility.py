"""Which status decides, and in which words."""

from datetime import UTC, datetime

import pytest

from clients.models import Store
from tests.factories import make_asin, make_store, ungate
from ungating.eligibility import StoreEligibility, Verdict
from ungating.models import Scope, Status, UngatingStatus

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def judge(store: Store, **asin_fields: str) -> Verdict:
    return StoreEligibility(UngatingStatus.objects.of(store), now=NOW).judge(make_asin(on_hand=0, **asin_fields))


def test_no_row_at_all_is_unknown_and_not_allocatable() -> None:
    verdict = judge(make_store())
    assert (verdict.eligible, verdict.status) == (False, "unknown")
    assert verdict.reason == "no ungating status for this ASIN, brand or category"


def test_category_ungated_is_enough() -> None:
    store = make_store()
    ungate(store, "toys  & GAMES")
    assert judge(store) == Verdict("ungated", "Category toys  & GAMES is ungated")


def test_brand_beats_category_and_asin_beats_brand() -> None:
    store = make_store()
    ungate(store)
    ungate(store, "ACME", Scope.BRAND, status=Status.GATED, reason="APPROVAL_REQUIRED")
    assert judge(store) == Verdict("gated", "Brand ACME: gated (APPROVAL_REQUIRED)")
    ungate(store, "b000000002", Scope.ASIN)
    assert judge(store, code="B000000002").eligible


def test_not_eligible_at_any_level_blocks() -> None:
    store = make_store()
    ungate(store, "B000000001", Scope.ASIN)
    ungate(store, "Acme", Scope.BRAND, status=Status.NOT_ELIGIBLE)
    assert judge(store) == Verdict("not_eligible", "Brand Acme: not eligible")


def test_a_manual_override_beats_all() -> None:
    store = make_store()
    ungate(store, "B000000001", Scope.ASIN, status=Status.GATED)
    ungate(store, "Toys & Games", status=Status.NOT_ELIGIBLE)
    ungate(store, "Acme", Scope.BRAND, status=Status.GATED, override=Status.UNGATED, override_reason="Letter on file")
    assert judge(store) == Verdict("ungated", "Brand Acme is ungated by manual override", by_hand=True)


def test_an_override_can_forbid() -> None:
    store = make_store()
    ungate(store, override=Status.GATED, override_reason="Complaints")
    words = "Category Toys & Games: gated by manual override (Complaints)"
    assert judge(store) == Verdict("gated", words, by_hand=True)


def test_an_expired_status_no_longer_counts() -> None:
    store = make_store()
    ungate(store, "Acme", Scope.BRAND, status=Status.GATED, expires_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    assert judge(store).status == "unknown"
    ungate(store)
    assert judge(store, code="B000000002") == Verdict("ungated", "Category Toys & Games is ungated")


def test_rows_no_longer_in_use_do_not_count() -> None:
    store = make_store()
    ungate(store, is_active=False)
    assert judge(store).status == "unknown"
