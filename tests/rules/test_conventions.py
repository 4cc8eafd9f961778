"""The rules of a rendered project: each is explained, and named by what checks it."""

import ast
import re
import shutil
import tomllib
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from cells import CELLS, Cell
from conftest import Render

from rules.plants import ast_grep, ruff
from rules.plants.everything import all_plants
from rules.plants.faults import SOURCE
from rules.rules_table import ADVICE, README, with_table
from rules.tools import lint, scan, tool

# Those whose plants are not listed yet.
UNLISTED = {"G12"}


@pytest.fixture
def project(cell: Cell, render: Render) -> Path:
    """The cell's project, untouched."""
    return render(**cell.answers, example=True)


@cache
def rules(project: Path) -> list[dict[str, str]]:
    """The rules of ast-grep."""
    return [
        rule
        for file in sorted(project.glob("conventions/rules/*.yml"))
        for rule in yaml.safe_load_all(file.read_text("utf-8"))
    ]


@cache
def bans(project: Path) -> dict[str, str]:
    """What ruff bans, and the message of each."""
    settings = tomllib.loads((project / "conventions/ruff.toml").read_text("utf-8"))
    banned = settings["lint"]["flake8-tidy-imports"]["banned-api"]
    return {name: ban["msg"] for name, ban in banned.items()}


def documented(project: Path) -> dict[str, str]:
    """What CONVENTIONS.md says, by rule."""
    text = (project / "CONVENTIONS.md").read_text("utf-8")
    _, *parts = re.split(r"^### ([A-Z]\d\d)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def found_by_tests(project: Path) -> set[str]:
    """The rules that the project's own checks name: `Finding("M10", …)`."""
    return {
        str(node.args[0].value)
        for file in (project / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "Finding"
        and isinstance(node.args[0], ast.Constant)
    }


@pytest.mark.parametrize("example", [True, False], ids=["shop", "bare"])
def test_nothing_is_found_in_an_untouched_project(
    cell: Cell, example: bool, render: Render
) -> None:
    project = render(**cell.answers, example=example)
    assert scan(project) | lint(project) == set()


def test_the_rules_pass_their_own_tests(project: Path) -> None:
    output = tool(project, "ast-grep", "test", "--skip-snapshot-tests")
    passed = set(re.findall(r"^PASS (\S+)", output, flags=re.MULTILINE))
    assert passed == {rule["id"] for rule in rules(project)}, output


def test_every_check_has_a_plant(project: Path) -> None:
    planted = {fault.check for fault in ast_grep.PLANTS}
    assert {rule["id"] for rule in rules(project)} <= planted
    planted = {fault.check for fault in ruff.PLANTS}
    assert {message[:3] for message in bans(project).values()} <= planted
    planted = {plant.rule for plant in all_plants()}
    assert found_by_tests(project) <= planted


def test_every_message_leads_to_its_rule(project: Path) -> None:
    text = documented(project)
    for rule in rules(project):
        number = rule["id"][:3]
        assert re.fullmatch(rf"{number}-[a-z-]+", rule["id"])
        assert rule["severity"] == "error"
        anchor = rf"\(see CONVENTIONS\.md#{number}\)"
        assert re.fullmatch(rf"{number}: [^;]+[;.?] .+ {anchor}", rule["message"])
        assert "ast-grep" in text[number], number
    for name, message in bans(project).items():
        number = message[:3]
        anchor = rf"\(see CONVENTIONS\.md#{number}\)"
        assert re.fullmatch(rf"{number}: [^;]+; .+ {anchor}", message), name
        assert "ruff" in text[number], message


def test_every_rule_is_explained(project: Path) -> None:
    known = {rule["id"] for rule in rules(project)}
    for number, text in documented(project).items():
        assert re.match(r"\s*\*\*[^*]+\*\*", text), number
        assert re.search(r"^(Checked by|No tool) ", text, flags=re.MULTILINE), number
        assert set(re.findall(r"`([A-Z]\d\d-[a-z-]+)`", text)) <= known, number


def test_what_is_checked_is_explained_and_what_is_explained_is_checked(
    project: Path, cell: Cell
) -> None:
    explained = documented(project)
    assert found_by_tests(project) <= explained.keys()
    for number, text in explained.items():
        planted = [plant for plant in all_plants() if plant.rule == number]
        assert (
            planted
            or "No tool" in text
            or "by construction" in text
            or number in UNLISTED
        )
        assert ("No tool" in text) == (number in ADVICE), number


def test_what_holds_a_rule_is_named_there(project: Path, cell: Cell) -> None:
    explained = documented(project)
    for one in all_plants():
        # The gate of the migrations runs the rules of ast-grep too.
        gate = one.instrument == "migration test"
        words = ("tests/conventions", "ast-grep") if gate else (one.instrument,)
        text = explained.get(one.rule, one.instrument + words[0])
        if re.search(getattr(one, "cells", ""), str(cell)):
            assert any(word in text for word in words), (one.rule, words)


def test_the_readme_has_the_table_of_rules() -> None:
    text = README.read_text("utf-8")
    assert text == with_table(text), "run `make rules`"


def test_what_is_waived_is_not_found(render: Render, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(render(**CELLS[0].answers, example=True), project)
    (project / SOURCE / "waived.py").write_text(
        dedent(
            '''\
            """Two waivers."""

            from sqlalchemy import text  # noqa: TID251 (a test)

            # ast-grep-ignore: Q10-sql-is-a-literal (a test)
            statement = text(str(1))
            '''
        ),
        "utf-8",
    )
    assert scan(project) | lint(project) == set()
