"""What all of them share: the database, and as many connections as the project takes."""

import os

URL = os.environ["DATABASE_URL"]
# What psycopg and asyncpg take; moments come in UTC, as the project's do.
PLAIN_URL = URL.replace("postgresql+psycopg:", "postgresql:")
POOL_SIZE, OVERFLOW = 5, 10
