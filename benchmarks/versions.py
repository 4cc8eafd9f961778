"""Which versions were raced."""

import json

import sqlalchemy as sa
from projects import Project

PACKAGES = (
    "SQLAlchemy",
    "psycopg",
    "asyncpg",
    "PyMySQL",
    "asyncmy",
    "aiosqlite",
    "advanced-alchemy",
    "FastAPI",
    "pydantic",
    "uvicorn",
)
SCRIPT = """
import importlib.metadata, json, platform, sqlite3, sys
found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def of_project(project: Project) -> dict[str, str]:
    """Return the versions of a project's Python, and of the packages that it has."""
    output = project.run(".venv/bin/python", "-c", SCRIPT, *PACKAGES)
    found: dict[str, str] = json.loads(output)
    return found


def of_server(url: str) -> dict[str, str]:
    """Return the version of the server of a database, if it has one."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        return {}
    with engine.connect() as connection:
        version = str(connection.exec_driver_sql("SELECT version()").scalar_one())
    if "PostgreSQL" in version:
        return {"PostgreSQL": version.split()[1]}
    name = "MariaDB" if "MariaDB" in version else "MySQL"
    return {name: version.split("-")[0]}
