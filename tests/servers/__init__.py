"""The database servers that tests use, and their own tests."""
