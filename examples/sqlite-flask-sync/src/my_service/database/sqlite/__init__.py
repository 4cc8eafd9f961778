"""The parts that depend on SQLite: real transactions, foreign keys, one writer at a time."""
