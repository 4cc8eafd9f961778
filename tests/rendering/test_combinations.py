"""Which answers are rendered and run together, and that no pair of them is left out."""

import subprocess
import sysconfig
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from cells import CELLS, EXTRAS, installed_answers
from conftest import ROOT, Render

from rendering.test_questions import ASKED

RUFF = Path(sysconfig.get_path("scripts"), "ruff")
# What is no choice of parts: names, and what adds a file that no code knows of.
APART = {"project_name", "package_name", "description", "license"}
# Nothing runs where there is no CI; Flask is sync only.
NEVER = [{("ci", "none")}, {("web", "flask"), ("concurrency", "async")}]
# As test_cooldown.py runs it.
DEFAULT = {"database": "sqlite", "web": "fastapi", "concurrency": "async"}

Pair = frozenset[tuple[str, Any]]


def settled(answers: dict[str, Any]) -> set[tuple[str, Any]]:
    """Take each extra for a question of its own."""
    chosen = answers.get("extras", ())
    plain = {item for item in answers.items() if item[0] != "extras"}
    return plain | {(extra, extra in chosen) for extra in EXTRAS}


def pairs(settled: set[tuple[str, Any]]) -> set[Pair]:
    return {
        frozenset(pair)
        for pair in combinations(settled, 2)
        if pair[0][0] != pair[1][0]
        if not (pair[0][0] in EXTRAS and pair[1][0] in EXTRAS)
    }


def possible() -> set[tuple[str, Any]]:
    """Every answer to every question of copier.yml."""
    return {answer for name in ASKED.keys() - APART for answer in answers_to(name)}


def answers_to(name: str) -> Iterator[tuple[str, Any]]:
    question = ASKED[name]
    if question["type"] == "bool":
        yield from [(name, True), (name, False)]
        return
    choices = [
        choice["value"] if isinstance(choice, dict) else choice
        for choice in question["choices"].values()
    ]
    if question.get("multiselect"):
        yield from [(choice, on) for choice in choices for on in (True, False)]
    else:
        yield from [(name, choice) for choice in choices]


def test_every_pair_of_answers_is_run() -> None:
    run = [
        {**cell.answers, **installed_answers(cell, example=example)}
        for cell in CELLS
        for example in (True, False)
    ]
    run.append({**DEFAULT, "example": True, "ci": "github"})
    ran = {pair for answers in run for pair in pairs(settled(answers))}
    missing = [
        sorted(map(str, pair))
        for pair in pairs(possible()) - ran
        if not any(pair >= never for never in NEVER)
    ]
    assert sorted(missing) == []


def test_every_extra_is_known_to_the_tests() -> None:
    config = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    assert set(EXTRAS) == set(config["extras"]["choices"].values())


@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.parametrize("kind", ["alone", "left out"])
def test_each_extra_stands_alone(render: Render, extra: str, kind: str) -> None:
    """None needs another, in the cells of a database each."""
    others = [one for one in EXTRAS if one != extra]
    extras = [extra] if kind == "alone" else others
    chosen = CELLS[EXTRAS.index(extra) * 4 % len(CELLS)]
    project = render(**chosen.answers, extras=tuple(extras))
    for command in (["format", "--check"], ["check"]):
        ruff = [str(RUFF), *command, "--no-cache", "."]
        subprocess.run(ruff, cwd=project, check=True)
