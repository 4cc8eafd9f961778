"""What the template promises those who read it."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TEMPLATE, EXHAUSTIVE = ROOT / "template", ROOT / "tests/exhaustive"
FILES = [
    path
    for folder in (TEMPLATE, EXHAUSTIVE)
    for path in folder.rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
]
PYTHON = [path for path in FILES if re.search(r"\.py(\{%.*%\})?$", path.name)]
TAG = re.compile(r"\{%\s*(\w+)[^%]*%\}")
# The three lines that make a file's Python follow the answer on concurrency.
WRAPPER = re.compile(r"\{% (from \"hooks/unasync|call unasync|endcall)")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_with_tags(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if TAG.search(line)]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_tags_stand_alone(path: Path) -> None:
    for line in lines_with_tags(path):
        assert TAG.fullmatch(line), f"{name(path)}: {line}"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_conditions_are_not_nested(path: Path) -> None:
    depth = 0
    for tag in TAG.findall(path.read_text("utf-8")):
        depth += {"if": 1, "endif": -1}.get(tag, 0)
        assert depth <= 1, f"{name(path)} has an `if` inside another"


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_python_files_are_mostly_python(path: Path) -> None:
    control = [line for line in lines_with_tags(path) if not WRAPPER.match(line)]
    lines = len(path.read_text("utf-8").splitlines())
    # Where the example is wired, three short blocks in one short file are easy to read.
    allowed = 4 if lines < 60 else lines / 20
    assert len(control) / 2 <= allowed, f"{len(control)} of {lines} lines"


def inline(path: Path) -> list[str]:
    """Return the conditions within a line: `{{ a if b else c }}` and its like."""
    found = re.findall(r"\{\{(?:[^}]|\}(?!\}))*\}\}", path.read_text("utf-8"))
    return [one for one in found if re.search(r"\bif\b|\}\[", one)]


def test_no_condition_is_within_a_line() -> None:
    assert [one for path in FILES for one in inline(path)] == []


def test_windows_can_hold_every_file() -> None:
    for path in FILES:
        assert not re.search(r'[<>:"|?*\\]', name(path)), name(path)
        assert not re.search(r"[. ](/|$)", name(path)), name(path)


def test_every_rule_of_unasync_changes_something() -> None:
    macro = (ROOT / "hooks/unasync.jinja").read_text("utf-8")
    bodies = "".join(
        body
        for path in PYTHON
        for body in re.findall(
            r"\{% call unasync\(\) %\}(.*?)\{% endcall %\}",
            path.read_text("utf-8"),
            flags=re.DOTALL,
        )
    )
    rules = re.findall(r'\| (regex_)?replace\("(.*?)", ".*?"\)', macro)
    assert len(rules) > 5
    for regex, pattern in rules:
        pattern = pattern.replace("\\\\", "\\").replace("\\n", "\n")
        assert re.search(pattern if regex else re.escape(pattern), bodies), pattern


def test_the_readme_names_every_question() -> None:
    config = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    readme = (ROOT / "README.md").read_text("utf-8")
    for key, question in config.items():
        if not key.startswith("_") and "when" not in question:
            assert f"`{key}`" in readme, key
