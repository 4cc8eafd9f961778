"""`python -m conventions`: check the text of the project, in a moment. Imports nothing of it."""

import argparse
import sys

from .checks import found_in_texts
from .findings import baseline, formatted
from .project import BadConfigError


def main() -> int:
    """Print what is found; return 1 if that is anything."""
    parser = argparse.ArgumentParser("conventions", description=__doc__)
    parser.add_argument("--format", choices=("text", "github", "sarif"), default="text")
    style = parser.parse_args().format
    try:
        findings = baseline.new(found_in_texts())
    except BadConfigError as error:
        print(error, file=sys.stderr)
        return 2
    if findings or style == "sarif":
        print(formatted(findings, style))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
