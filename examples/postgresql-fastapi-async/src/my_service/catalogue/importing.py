"""Importing products from CSV."""

from ..importing import CsvImport
from .repository import ProductRepository
from .schemas import ProductRow

product_import = CsvImport(ProductRow, ProductRepository, key=["sku"])
