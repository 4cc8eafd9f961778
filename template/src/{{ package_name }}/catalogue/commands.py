"""The catalogue on the command line."""

import typer

from ..importing import CsvPath, Strict, import_from
from .importing import product_import

cli = typer.Typer()


@cli.command()
def import_products(path: CsvPath, strict: Strict = False) -> None:
    """Insert or update the products of a CSV file: sku,name,price_cents,stock."""
    import_from(product_import, path, strict=strict)
