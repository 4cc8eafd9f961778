"""The command line."""

import sys

from .database import StorageError
from .main import create_cli


def main() -> None:
    """Run a command; report an error of the data layer in one line."""
    cli = create_cli()
    try:
        cli()
    except StorageError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
