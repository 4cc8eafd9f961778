"""Strings that are no SQL."""

import logging

logger = logging.getLogger("shop")


def greet(name: str, words: list[str]) -> str:
    """Greet."""
    logger.setLevel(logging.INFO)
    sentence = f"select what you like, {name}"
    return sentence + " or delete it: {}".format(", ".join(words))
