"""The parts that depend on PostgreSQL and psycopg."""
