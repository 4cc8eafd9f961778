"""Sums of what is in memory."""

from collections.abc import Mapping


def total(prices: Mapping[str, int], quantities: Mapping[str, int]) -> int:
    """Return what is to be paid."""
    return sum(prices[sku] * quantity for sku, quantity in quantities.items())


def longest(names: list[str]) -> int:
    """Return the length of the longest."""
    return max((len(name) for name in names), default=0)
