"""Checks of what is mapped: tables, classes and relationships, as SQLAlchemy sees them."""
