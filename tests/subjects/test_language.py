"""The words of a subject: what they mean, and what is refused."""

import json
import re
import runpy
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Render
from jsonschema import Draft202012Validator
from subject_generator.__main__ import check_growth, make
from subject_generator.checks import check_subject
from subject_generator.entities import RefusedError
from subject_generator.kinds import FLAGS, KINDS, OPERATIONS
from subject_generator.language import parse
from subject_generator.project import Project
from subject_generator.schema import schema

from .lists import field_lists
from .making import BILLING, texts

# Words, and what the sentence begins with: the field, and what is wrong with it.
BAD = {
    "": "billing: name an entity",
    "'number: Str64'": "number: Str64: begin with an entity",
    "invoice 'number: Str64'": "invoice: begin with an entity",
    "Invoice": "Invoice: it has no field",
    "Invoice number": "number: write a field as",
    "Invoice 'number:'": "number: say what it is",
    "Invoice 'number: Str65'": "number: Str65 is none of",
    "Invoice 'Number: Str64'": "Number: name a field in snake_case",
    "Invoice 'due on: date'": "due on: name a field in snake_case",
    "Invoice 'id: int'": "id: every table has it",
    "Invoice 'created_at: datetime'": "created_at: every table has it",
    "Invoice 'class: Str64'": "class: Python or the project has this name",
    "Invoice 'type: Str64'": "type: Python or the project has this name",
    "Invoice 'model_name: Str64'": "model_name: Python or the project has this",
    "Invoice 'customer_id: int'": "customer_id: an id refers to something",
    "Invoice 'number: Str64' 'number: int'": "number: Invoice has it twice",
    "Invoice 'total: cents' 'total_cents: int'": "total: two fields have the column",
    "Invoice 'number: Str64 big'": "number: big is none of null, index",
    "Invoice 'number: Str64 unique(other)'": "number: unique(other) names no other",
    "Invoice 'number: Str64 unique null'": "number: what is unique cannot be null",
    "Invoice 'note: text unique'": "note: text cannot be unique",
    "Invoice 'number: Str64 unique index'": "number: it has an index already",
    "Invoice 'status: enum draft'": "status: name two or more members",
    "Invoice 'status: enum a a'": "status: a is there twice",
    "Invoice 'customer: ref'": "customer: say what it refers to",
    "Invoice 'customer: ref Nobody'": "customer: there is no model Nobody",
    "Invoice 'before: ref Invoice'": "before: the first Invoice could refer to nothing",
    "Invoice 'a: int' 'tags: many Tag'": "tags: there is no model Tag",
    "Invoice 'tags: many'": "tags: say what it refers to",
    "Invoice 'tags: many Tag null'": "tags: many takes no more words",
    "Invoice 'a: int' 'others: many Invoice'": "others: a Invoice cannot be made with",
    "Invoice 'a: int' 'lines: many OrderLine'": "lines: there is no model OrderLine",
    "Invoice 'lines: children Line'": "lines: write `lines: children InvoiceLine(",
    "Invoice 'lines: children Line()'": "lines: write `lines: children InvoiceLine(",
    "Invoice 'lines: children Line(text)'": "lines: text is no field of Line",
    "Invoice 'lines: children Line(text: Str65)'": "text: Str65 is none of",
    "Invoice 'lines: children Line(text: Str64 unique)'": "text: the fields of Line take",
    "Invoice 'lines: children Line(position: int)'": "position: every Line has it",
    "Invoice 'lines: children Line(invoice: ref Invoice)'": "invoice: every Line has it",
    "Invoice 'lines: children Line(a: many Tag)'": "lines: a: many Tag is no field",
    "Invoice 'lines: children Line(a: int)'": "Invoice: it has no field",
    "Invoice 'a: int' 'lines: children Customer(a: int)'": "Customer: orders has the",
    "Invoice 'a: int' 'lines: children Invoice(a: int)'": "Invoice: the project has",
    "Invoice 'rate: decimal'": "rate: say all digits",
    "Invoice 'rate: decimal(2,2)'": "rate: say all digits",
    "Invoice 'rate: decimal(10,2)'": "rate: SQLite stores decimals as",
    "Invoice 'rate: decimal(10,2) unique'": "rate: decimal cannot be unique",
    "Invoice 'more: json index'": "more: json takes no index",
    "Invoice 'number: Str64' import": "import: say all operations at once, as in",
    "Invoice 'number: Str64' 'only: import'": "Invoice: import finds a row by a unique",
    "Invoice 'a: int unique' 'b: int unique' 'only: import'": "b: import finds a row by",
    "Invoice 'a: int unique' 'b: json' 'only: import'": "b: a line of CSV holds no json",
    "Tag 'a: int' Invoice 'a: int unique' 'b: many Tag' 'only: import'": "b: a line of CSV",
    "Invoice 'a: int unique' 'b: children Line(c: int)' 'only: import'": "b: a line of CSV",
    "Invoice 'a: int unique' 'b: ref Customer' 'only: import'": "b: who writes CSV does",
    "Tag 'a: int unique' 'only: import' TagImport 'a: int'": "TagImport: the project has",
    "Invoice 'number: Str64' 'only: sell'": "only: sell is none of create",
    "Invoice 'number: Str64' versioned versioned": "versioned: it is there twice",
    "Customer 'name: Str64'": "Customer: orders has the table customers",
    "Session 'name: Str64'": "Session: the project has this name",
    "News(news) 'title: Str64'": "News: its plural has to differ",
    "Status 'a: int' StatusUpdate 'b: int'": "StatusUpdate: the project has this name",
    "Seat 'a: int' SeatRow 'b: int'": "SeatRow: the project has this name",
    "Testimonial 'text: text'": "Testimonial: pytest takes what begins with Test",
    "Doc 'title: Str64'": "Doc: the project has this name",
    "Entry 'statement: Str64'": "statement: Python or the project has this name",
    "Invoice 'a: int' Invoice 'b: int'": "Invoice: it is there twice",
    "Invoice 'order: ref Order'": "order: tests make a Order by order(**values)",
    f"Invoice '{'x' * 31}: int'": "xxx",
}
NAMES = {
    "Billing": "name the subject in snake_case",
    "orders": "was not made by this command",
    "web": "there is a module of this name",
    "json": "there is a module of this name",
    "database": "was not made by this command",
    "databases": "tests/databases.py is there already",
}


@pytest.fixture(scope="module")
def project(render: Render) -> Project:
    return Project(render(database="sqlite", web="fastapi", concurrency="async"))


@pytest.mark.parametrize("words", BAD)
def test_bad_words_are_refused_in_a_sentence(project: Project, words: str) -> None:
    before = dict(texts(project.root))
    with pytest.raises(RefusedError, match=re.escape(BAD[words])) as refused:
        make(project, "billing", shlex.split(words), revise=False)
    assert re.fullmatch(r"\S[^\n]*: [^\n]+; [^\n]+|[^\n]+: [^\n]+", str(refused.value))
    assert dict(texts(project.root)) == before


@pytest.mark.parametrize("subject", NAMES)
def test_bad_names_of_subjects_are_refused(project: Project, subject: str) -> None:
    with pytest.raises(RefusedError, match=NAMES[subject]):
        check_subject(project, subject)


@pytest.mark.parametrize("kept", ["importing.py", "schemas.py"])
def test_an_import_needs_what_comes_with_the_example(
    render: Render, tmp_path: Path, kept: str
) -> None:
    """But for the file that is kept: both are needed."""
    root = tmp_path / "bare"
    cell = {"database": "sqlite", "web": "none", "concurrency": "sync"}
    shutil.copytree(render(**cell, example=False), root)
    words = ["Room", "code: Str64 unique", "only: import"]
    (root / "src/my_service" / kept).touch()
    with pytest.raises(RefusedError, match=r"^only: import needs src/.*; leave out"):
        make(Project(root), "rooms", words, revise=False)
    assert not (root / "src/my_service/rooms").exists()


def test_the_schema_is_that_of_the_language() -> None:
    kept = json.loads((ROOT / "docs/subject.schema.json").read_text("utf-8"))
    assert kept == schema()
    validator = Draft202012Validator(kept)
    samples = [
        [
            "Aa",
            "rate: decimal(10,2) null",
            "lines: children Line(a: enum b c null, d: json)",
        ]
    ]
    samples += [BILLING, *field_lists(5), ["A1", *(f"x: {kind}" for kind in KINDS)]]
    samples += [["Aa", flag] for flag in FLAGS] + [
        ["Aa", f"only: {o}"] for o in OPERATIONS
    ]
    for words in samples:
        assert list(validator.iter_errors({"words": words})) == []
    for word in (
        "number",
        "Number: Str64",
        "a: Str65",
        "only: sell",
        "a: enum b",
        "a: ref",
        "a: many Tag null",
        "a: children Line()",
        "a: children Line(a: int unique)",
    ):
        assert list(validator.iter_errors({"words": [word]})) != []


def test_lines_can_be_added_to_what_is_there() -> None:
    room = ["Room", "code: Str64"]
    check_growth(parse(room), parse([*room, "parts: children RoomPart(size: int)"]))
    with pytest.raises(RefusedError, match="add null"):
        check_growth(parse(room), parse([*room, "size: int"]))


def test_what_is_parsed_is_written_as_it_was() -> None:
    for words in (BILLING, *field_lists(5)):
        written = [word for one in parse(words).values() for word in one.words]
        again = [word for one in parse(written).values() for word in one.words]
        assert again == written
        assert {*words} - {*written} <= {w for w in words if w.startswith("only: ")}


@pytest.mark.parametrize(
    ("answers", "address"),
    [
        ("_src_path: gh:a/b\n_commit: v1.2.0", "git+https://github.com/a/b@v1.2.0"),
        (
            "_src_path: 'gl:a/b'\n_commit: v1-3-gabc12",
            "git+https://gitlab.com/a/b@abc12",
        ),
        ("_src_path: https://h/a.git\n_commit: v1.0.0", "git+https://h/a.git@v1.0.0"),
        ("_src_path: git+https://h/a\n_commit: v1.0.0", "git+https://h/a@v1.0.0"),
        ("_src_path: git@h.io:a/b.git\n_commit: v1", "git+ssh://git@h.io/a/b.git@v1"),
        ("_src_path: /a/b\n_commit: v1.0.0", "git+file:///a/b@v1.0.0"),
        ("_src_path: /a/b\n", "/a/b/generator"),
    ],
)
def test_a_project_asks_its_own_template(
    tmp_path: Path, answers: str, address: str
) -> None:
    (tmp_path / ".copier-answers.yml").write_text(answers, "utf-8")
    script: dict[str, Any] = runpy.run_path(str(ROOT / "template/new_subject.py"))
    script["address"].__globals__["ANSWERS"] = tmp_path / ".copier-answers.yml"
    ended = "" if address.endswith("/generator") else "#subdirectory=generator"
    assert script["address"]() == address + ended
