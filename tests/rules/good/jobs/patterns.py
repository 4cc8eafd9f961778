"""Patterns of texts: a whole one, its beginning, and what has to be somewhere in it."""

import re
from typing import Annotated

from pydantic import BaseModel, Field

PRINTABLE = r"^[^\x00-\x1f]*$"


class Label(BaseModel):
    """A label; money in exact numbers, the charge of a battery in others."""

    sku: Annotated[str, Field(max_length=9, pattern=r"^[A-Z]{3}-[0-9]+$")]
    name: Annotated[str, Field(max_length=99, pattern=PRINTABLE)]
    path: Annotated[str, Field(max_length=99, pattern="^/[a-z]+")]
    words: Annotated[str, Field(max_length=99, pattern=r"\S")]
    budget: int
    state_of_charge: float
    discount_rate: float


def numbers(told: str) -> list[str]:
    """Find all numbers."""
    return re.findall(pattern="[0-9]+", string=told)
