"""Draw the text of a terminal as SVG."""

import io
import re

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

WIDTH = 80
# A picture on a page loads no font: the browser's own is as wide, as rich tells it to be.
FORMAT = re.sub(r"@font-face {{.*?}}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def drawn(name: str, title: str, text: str) -> str:
    """Return a picture of a text with the colours of a terminal."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(text.rstrip()))
    return console.export_svg(title=title, code_format=FORMAT, unique_id=name)
