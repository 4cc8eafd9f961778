"""Migrating: the connection, one process at a time, what revisions are made of."""
