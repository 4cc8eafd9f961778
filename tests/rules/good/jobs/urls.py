"""Addresses without a password."""

HOME = "https://example.com/shop"
MAIL = "mailto:shop@example.com"


def link(path: str) -> str:
    """Return a link."""
    return f"{HOME}/{path}"
