"""The types of the fields of files."""

from typing import Annotated

from pydantic import Field, StringConstraints

Price = Annotated[int, Field(strict=True, ge=0, le=10**12, examples=[450])]

# No control characters: databases cannot store 0, and others drive a terminal.
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, pattern=PRINTABLE)
]
Text64 = Annotated[Text, StringConstraints(max_length=64)]
Text200 = Annotated[Text, StringConstraints(max_length=200)]
EMAIL = r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+$"
Email = Annotated[
    str, Field(max_length=254, pattern=EMAIL, examples=["ada@example.com"])
]
