"""The gate: what is asked of migrations, on an empty database of the project's kind."""
