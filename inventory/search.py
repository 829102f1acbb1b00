"""What staff type when they look for ASINs."""

from inventory.validators import is_asin


def asins_in(term: str) -> list[str]:
    """The ASIN codes that `term` consists of (one, or several pasted with spaces or commas), or none."""
    words = term.upper().replace(",", " ").split()
    return words if words and all(is_asin(word) for word in words) else []
