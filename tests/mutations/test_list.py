"""Each mutation of the list is of a line that is there."""

import pytest
from cells import installed_answers
from conftest import ROOT, Render

from mutations.listed import MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_what_it_changes_is_there_once(mutation: Mutation, render: Render) -> None:
    folder = ROOT
    if mutation.cell:
        answers = installed_answers(mutation.cell, example=True)
        folder = render(**mutation.cell.answers, **answers)
    text = (folder / mutation.file).read_text("utf-8")
    assert text.count(mutation.old) == 1
    assert mutation.old != mutation.new


def test_there_are_enough() -> None:
    assert len(MUTATIONS) >= 50
