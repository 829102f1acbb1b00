"""What an LTL carrier asks: density, class, length of the trailer."""

from decimal import Decimal

import pytest

from pallets.documents.freight import cubic_feet, density, freight_class, linear_feet


@pytest.mark.parametrize(
    ("pounds", "name"),
    [
        ("0", "400"),
        ("0.99", "400"),
        ("1", "300"),
        ("1.99", "300"),
        ("2", "250"),
        ("3.99", "250"),
        ("4", "175"),
        ("5.99", "175"),
        ("6", "125"),
        ("7.99", "125"),
        ("8", "100"),
        ("9.99", "100"),
        ("10", "92.5"),
        ("11.99", "92.5"),
        ("12", "85"),
        ("14.99", "85"),
        ("15", "70"),
        ("22.49", "70"),
        ("22.5", "65"),
        ("29.99", "65"),
        ("30", "60"),
        ("34.99", "60"),
        ("35", "55"),
        ("49.99", "55"),
        ("50", "50"),
        ("400", "50"),
    ],
)
def test_the_13_tiers_of_2025(pounds: str, name: str) -> None:
    assert freight_class(Decimal(pounds)) == name


def test_density_counts_the_pallet_and_its_height() -> None:
    volume = cubic_feet(48, 40, Decimal("54.00"))
    assert volume == 60
    assert density(Decimal("899.70"), volume) == Decimal("15.00")
    assert density(Decimal("899.69"), volume) == Decimal("14.99")


@pytest.mark.parametrize(("pallets", "feet"), [(0, 0), (1, 4), (2, 4), (3, 8), (26, 52)])
def test_two_pallets_stand_abreast(pallets: int, feet: int) -> None:
    assert linear_feet(pallets, 48) == feet
