"""The command line."""

import sys

{% if extra_commands %}
from . import {{ extra_commands | join(", ") }}
{% endif %}
from .database import StorageError
from .main import create_cli


def main() -> None:
    """Run a command; report an error of the data layer in one line."""
    cli = create_cli()
{% for module in extra_commands %}
    cli.add_typer({{ module }}.cli)
{% endfor %}
    try:
        cli()
    except StorageError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
