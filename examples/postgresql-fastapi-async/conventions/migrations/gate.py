"""The checks of the gate, by rule; and the history: one line of revisions, that never changes."""

from collections.abc import Callable

from alembic.script import ScriptDirectory

from ..findings import Found
from ..git import bases, edits_waived_since, git
from ..project import project
from . import locks, schema, steps
from .database import alembic, place_of


def there_is_one_head() -> Found:
    scripts = ScriptDirectory.from_config(alembic())
    heads = [scripts.get_revision(head) for head in scripts.get_heads()]
    wrong = f"it is one of {len(heads)} revisions that nothing follows"
    for head in heads[1:]:
        yield "G13", place_of(head), f'{wrong}; join them: `uv run alembic merge heads -m "join"`'


def git_has_every_revision() -> Found:
    options = ("--others", "--ignored", "--exclude-standard")
    for path in git("ls-files", *options, project().versions, must=True):
        if path.endswith(".py"):
            yield "G10", f"{path}:1", "git ignores it; take it out of .gitignore"


def revisions_of_the_main_branch_are_not_edited() -> Found:
    """Find revisions that are not what they were, and no waiver says why.

    That of one that is gone is in another: in what takes its place.
    """
    edited, options = set(), ("--name-only", "--no-renames", "--diff-filter=MDT", "--relative")
    for base in bases():
        waived = edits_waived_since(base)
        for path in git("diff", *options, base, "--", project().versions):
            gone = not (project().root / path).exists()
            if path not in waived and not (gone and waived):
                edited.add(path)
    for path in sorted(edited):
        wrong = "databases have taken it as it is on the main branch"
        yield "G11", f"{path}:1", f"{wrong}; restore it, and write a new revision"


CHECKS: dict[str, Callable[[], Found]] = {
    "G05": lambda: (one for one in steps.taken() if one[0] == "G05"),
    "G08": schema.migrations_make_what_the_models_say,
    "G10": git_has_every_revision,
    "G11": revisions_of_the_main_branch_are_not_edited,
    "G13": there_is_one_head,
    "G14": locks.new_revisions_lock_nobody_out,
    "G16": lambda: (one for one in steps.taken() if one[0] == "G16"),
}
