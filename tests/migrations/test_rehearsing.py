"""`rehearse` tells what a revision locks, on a copy that goes however it ends."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cells import Cell
from installed import engine_of
from projects import Project
from servers import binaries

CELLS = (
    Cell("sqlite", "none", "sync"),
    Cell("postgresql", "none", "sync"),
    Cell("mysql", "none", "sync"),
)
# A revision that lets writers wait for half a second.
LOCKING = {
    "sqlite": 'op.execute("DELETE FROM customers WHERE 1 = 0"); time.sleep(0.5)',
    "postgresql": 'op.execute("LOCK customers IN SHARE MODE"); time.sleep(0.5)',
    "mysql": 'op.execute("LOCK TABLES customers READ"); time.sleep(0.5); op.execute("UNLOCK TABLES")',
}
SAYS = {
    "sqlite": "all tables: writes wait for",
    "postgresql": "customers: ShareLock for",
    "mysql": "customers: writes wait for",
}
REVISION = '''\
"""A lock."""

import time

from alembic import op

revision = "lock"
down_revision = "3f6c1d20a94e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    op.get_bind()
'''


@pytest.fixture
def revision(
    cell: Cell, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The file of a revision that is pending; it goes afterwards."""
    install = binaries.find(cell.database) if cell.database == "postgresql" else None
    if install is not None and "TEST_POSTGRESQL_URL" not in os.environ:
        # The server's own pg_dump: an older one refuses it.
        tools = Path(install.program("pg_dump")).parent
        monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    file = shop.path / "migrations/versions/lock.py"
    yield file
    file.unlink()


def url_of(project: Project) -> str:
    default = f"sqlite:///{project.path / 'app.db'}"
    return str(project.variables.get("DATABASE_URL", default))


def copies(project: Project) -> list[str]:
    """The copies that are there."""
    with engine_of(project).connect() as connection:
        names: list[str] = []
        if connection.dialect.name == "postgresql":
            query = "SELECT datname FROM pg_database WHERE datname LIKE '%rehearsal%'"
            names = [*connection.exec_driver_sql(query.replace("%", "%%")).scalars()]
        elif connection.dialect.name == "mysql":
            names = [*connection.exec_driver_sql("SHOW DATABASES").scalars()]
    return [name for name in names if f"{project_name(project)}_rehearsal" in name]


def project_name(project: Project) -> str:
    return str(sa.make_url(url_of(project)).database)


@pytest.mark.cells(*CELLS)
def test_a_lock_is_told(cell: Cell, shop: Project, revision: Path) -> None:
    left = copies(shop)
    revision.write_text(REVISION.format(upgrade=LOCKING[cell.database]), "utf-8")
    with engine_of(shop).connect() as connection:  # so that no file can be copied
        before = connection.execute(sa.text("SELECT version_num FROM alembic_version"))
        assert before.scalar() == "3f6c1d20a94e"
        told = shop.run(".venv/bin/my-service", "rehearse", url_of(shop))
        assert "lock A lock." in told
        seconds = float(told.split(SAYS[cell.database])[1].split()[0])
        assert 0.3 <= seconds <= 10, told
    assert copies(shop) == left
    assert "lock" in shop.run(".venv/bin/alembic", "heads")
    assert "lock" not in shop.run(".venv/bin/alembic", "current")


@pytest.mark.cells(*CELLS)
def test_a_stopped_rehearsal_leaves_no_copy(shop: Project, revision: Path) -> None:
    begun, left = shop.path / "begun", copies(shop)
    wait = f'open({str(begun)!r}, "w").close(); time.sleep(300)'
    revision.write_text(REVISION.format(upgrade=wait), "utf-8")
    process = subprocess.Popen(
        [shop.path / ".venv/bin/my-service", "rehearse", url_of(shop)],
        cwd=shop.path,
        env=shop.environment,
        start_new_session=True,
    )
    with process:
        while not begun.exists():
            assert process.poll() is None, "it ended by itself"
            time.sleep(0.1)
        begun.unlink()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) != 0
    assert copies(shop) == left


@pytest.mark.cells(CELLS[0])
def test_what_is_no_database_is_refused(shop: Project) -> None:
    for url in ("nonsense", "sqlite:////nowhere/at/all.db"):
        done = subprocess.run(
            [shop.path / ".venv/bin/my-service", "rehearse", url],
            cwd=shop.path,
            env=shop.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert "Traceback" not in done.stderr + done.stdout
