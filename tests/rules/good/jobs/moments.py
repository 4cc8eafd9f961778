"""Moments with a zone."""

from datetime import UTC, date, datetime, timedelta


def tomorrow() -> datetime:
    """Return tomorrow's moment."""
    return datetime.now(UTC) + timedelta(days=1)


def parsed(given: str) -> datetime:
    """Read a moment."""
    return datetime.fromisoformat(given).astimezone(UTC)


def year(day: date) -> int:
    """Return the year."""
    return day.replace(month=1).year
