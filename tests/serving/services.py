"""A pytest plugin: services of rendered projects, each on an empty database of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from cells import Cell
from installed import Installed, in_terms_of
from servers.shared import create_database, drop_database

from serving.service import Service, served

Serve = Callable[[Cell], Service]


@pytest.fixture
def serve(
    installed: Installed, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Serve]:
    """`serve(cell)` gives the service of a cell, which runs until the end of the test."""
    with ExitStack() as stack:

        def serve(cell: Cell) -> Service:
            url = f"sqlite:///{tmp_path / f'{cell}.db'}"
            if cell.database != "sqlite":
                server = request.getfixturevalue(f"{cell.database}_server")
                name = f"http_{uuid4().hex}"  # another worker has its own
                url = create_database(server, name)
                stack.callback(drop_database, server, name)
            variables = {"DATABASE_URL": in_terms_of(cell, url)}
            project = replace(installed(cell, example=True), variables=variables)
            project.run("uv", "run", "alembic", "upgrade", "head")
            return stack.enter_context(served(project, workers=1))

        yield serve
