"""The command: make a subject, let it grow, or take it back."""

import argparse
import difflib
import sys
from pathlib import Path

from . import record, revision
from .checks import check_entities, check_subject
from .entities import Entity, RefusedError
from .language import parse
from .names import Names
from .project import Project
from .record import Record
from .render import render

USAGE = """\
A subject is a folder with models, routes and tests. For example:

  new_subject.py billing Invoice "number: Str64 unique(customer)" "customer: ref Customer"
      "status: enum draft open paid" "due_on: date" "total: cents" "note: text null" versioned

fields     name: KIND null index unique unique(other_field), where KIND is Str64, Str200, text,
           email, int, BigInt, cents, decimal(10,2), bool, date, datetime, uuid, json,
           enum A B ..., ref Entity
lines      lines: children InvoiceLine(text: Str200, quantity: int), written and read with the invoice
many       tags: many Tag, by the ids of the tags
entities   Invoice, or Person(people) where the plural is not regular; several, one after another
flags      versioned, soft-deleted, uuid-key
only:      "only: create list show" leaves out the other operations: create list show change delete;
           "only: list show import" imports CSV, whose lines are found by a field that is unique

Called again with more words it grows; with the subject alone it is rendered again.
"""


def main() -> None:
    """Run the command; report what it refuses in one sentence."""
    parser = argparse.ArgumentParser(
        prog="new_subject.py",
        description=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("subject", help="what the folder is called, as in billing")
    parser.add_argument("words", nargs="*", help="entities, fields and flags")
    parser.add_argument(
        "--undo", action="store_true", help="take it back; what was edited stays"
    )
    parser.add_argument(
        "--no-revision", action="store_true", help="leave the revision to you"
    )
    given = parser.parse_args()
    try:
        project = Project(Path.cwd())
        check_subject(project, given.subject)
        if given.undo and given.words:
            raise RefusedError(
                "--undo: it takes the whole subject back; leave out the words"
            )
        if given.undo:
            undo(project, given.subject)
        else:
            make(project, given.subject, given.words, revise=not given.no_revision)
    except RefusedError as error:
        sys.exit(f"error: {error}")


def record_file(project: Project, subject: str) -> Path:
    return project.source / subject / "subject.toml"


def make(project: Project, subject: str, words: list[str], *, revise: bool) -> None:
    """Render a subject, or render it again with more words. Raises RefusedError."""
    file = record_file(project, subject)
    known = record.read(file)
    before, entities = (
        parse(known.words),
        grown(parse(known.words), parse(words, complete=False)),
    )
    check_growth(before, entities)
    check_entities(project, subject, entities)
    names = Names(project, subject, entities)
    files = render(names)
    check_files(project, files, known)
    old = {}
    if any(
        not record.is_as_rendered(project.root, one, known)
        for one in known.files
        if one in files
    ):
        old = render(Names(project, subject, before))
    apply(project, files, known, old)
    known.words = [word for one in entities.values() for word in one.words]
    record.write(file, subject, known)
    if revise:
        verb = "change" if before else "create"
        for made in revision.make(project, f"{verb} {subject}"):
            name = made.relative_to(project.root).as_posix()
            known.files[name] = record.digest(made.read_text("utf-8"))
            record.write(file, subject, known)
            print(f"{name} is new: read it, then run `uv run alembic upgrade head`")


def grown(entities: dict[str, Entity], more: dict[str, Entity]) -> dict[str, Entity]:
    """Return the entities with what is said of them anew. Raises RefusedError."""
    for name, added in more.items():
        entity = entities.setdefault(name, added)
        if entity is not added:
            entity.fields |= added.fields
            entity.flags += [flag for flag in added.flags if flag not in entity.flags]
            entity.operations = (
                added.operations if added.says_operations else entity.operations
            )
        entity.check()
    return entities


def check_growth(before: dict[str, Entity], after: dict[str, Entity]) -> None:
    """Refuse what a table with rows in it cannot become."""
    for name, entity in after.items():
        old = before.get(name)
        for field in entity.fields.values() if old else ():
            same = old.fields.get(field.name) if old else None
            if same is None and field in entity.columns and not field.null:
                raise RefusedError(
                    f"{field.name}: the rows that are there have no value for it; add null"
                )
            if same is not None and same.words != field.words:
                raise RefusedError(
                    f"{field.name}: it is `{same.words}` already; change models.py and what uses it"
                )
        if old and old.flags != entity.flags:
            raise RefusedError(
                f"{name}: flags cannot be added to a table that is there; change models.py"
            )


def check_files(project: Project, files: dict[str, str], known: Record) -> None:
    """Refuse to write over what this command has not made."""
    for name in files:
        if name not in known.files and (project.root / name).exists():
            raise RefusedError(f"{name}: it was not made by this command; move it away")


def apply(
    project: Project, files: dict[str, str], known: Record, old: dict[str, str]
) -> None:
    """Write what is new or as it was rendered; show how the other files would change."""
    for name in sorted(known.files.keys() - files.keys()):
        path = project.root / name
        if name.startswith("migrations/"):
            continue
        if record.is_as_rendered(project.root, name, known):
            path.unlink()
            del known.files[name]
        elif path.exists():
            sys.stderr.write(
                f"{name} was edited, and stays; the subject lacks it now\n"
            )
    for name, text in files.items():
        path = project.root / name
        if name not in known.files or record.is_as_rendered(project.root, name, known):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        elif path.exists() and record.digest(text) != known.files[name]:
            sys.stderr.write(f"{name} was edited, and stays. By hand, take:\n")
            base = old.get(name, "")
            if record.digest(base) != known.files[name]:  # another version rendered it
                base = path.read_text("utf-8")
            sys.stdout.writelines(
                difflib.unified_diff(
                    base.splitlines(keepends=True),
                    text.splitlines(keepends=True),
                    f"a/{name}",
                    f"b/{name}",
                )
            )
        known.files[name] = record.digest(text)


def undo(project: Project, subject: str) -> None:
    """Delete the files of a subject that are as they were rendered. Raises RefusedError."""
    file = record_file(project, subject)
    if not file.exists():
        raise RefusedError(
            f"{subject}: there is no such subject of this command's; nothing is taken back"
        )
    known = record.read(file)
    for user in project.users_of(subject):
        raise RefusedError(f"{subject}: {user} imports it; change that first")
    revisions = [name for name in known.files if name.startswith("migrations/")]
    if reason := revision.hindrance(project, revisions):
        raise RefusedError(f"{subject}: {reason}")
    for name in revisions:
        if (project.root / name).exists() and not record.is_as_rendered(
            project.root, name, known
        ):
            raise RefusedError(
                f"{subject}: {name} was edited, so it is yours; delete it first"
            )
    kept = []
    for name in known.files:
        if record.is_as_rendered(project.root, name, known):
            (project.root / name).unlink()
        elif (project.root / name).exists():
            kept.append(name)
    if revisions and (project.root / "migrations/head").exists():
        revision.run(project, "import conventions.revisions as all_; all_.write_head()")
    if kept:
        print("was edited, and stays:", *kept, sep="\n  ")
    file.unlink()
    for folder in (project.source / subject, project.root / "tests" / subject):
        clean(folder)


def clean(folder: Path) -> None:
    """Delete a folder in which nothing is left but what Python has cached."""
    cache = folder / "__pycache__"
    for file in cache.glob("*.pyc"):
        file.unlink()
    for one in (cache, folder):
        if one.is_dir() and not any(one.iterdir()):
            one.rmdir()


if __name__ == "__main__":
    main()
