"""Draw the text of a terminal as SVG."""

import io
import re

from rich.console import Console
from rich.text import Text

WIDTH = 80


def drawn(name: str, title: str, text: str) -> str:
    """Return a picture of a text with the colours of a terminal."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(text.rstrip()))
    picture = console.export_svg(title=title, unique_id=name)
    # A picture on a page loads no font. rich tells the width of each text, in whatever font.
    return re.sub(r"@font-face {.*?}\s*", "", picture, flags=re.DOTALL)
