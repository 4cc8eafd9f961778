"""A project of its own for each test, in git, with a server for its databases."""

import pytest
from cells import Cell
from installed import in_terms_of
from projects import Project


@pytest.fixture
def project(cell: Cell, copy: Project, request: pytest.FixtureRequest) -> Project:
    """A copy of the project with the example, all of it committed."""
    variables = dict(copy.variables)
    if cell.database != "sqlite":
        url = in_terms_of(cell, request.getfixturevalue(f"{cell.database}_server"))
        variables |= {"DATABASE_URL": url, "TEST_DATABASE_URL": url}
    project = Project(copy.path, variables=variables)
    (copy.path / ".git/info").mkdir(parents=True)
    project.run("git", "init", "--quiet", "--initial-branch=main")
    (copy.path / ".git/info/exclude").write_text(".venv\n", "utf-8")
    project.commit("Start")
    return project
