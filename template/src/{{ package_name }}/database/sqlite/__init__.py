"""What is particular to SQLite: real transactions, foreign keys, one writer at a time."""
