"""What is particular to PostgreSQL and psycopg."""
