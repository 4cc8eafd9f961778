"""The checks of the gate, by rule; and the history: one line of revisions, that never changes."""

from collections.abc import Callable

from ..findings import Found
from ..git import bases, edits_waived_since, git
from ..project import project
from ..revisions import problems
from . import locks, schema, steps


def git_has_every_revision() -> Found:
    options = ("--others", "--ignored", "--exclude-standard")
    for path in git("ls-files", *options, project().versions, must=True):
        if path.endswith(".py"):
            yield "G10", f"{path}:1", "git ignores it; take it out of .gitignore"


def revisions_of_the_main_branch_are_not_edited() -> Found:
    """Find revisions that are not what they were, and no waiver says why.

    That of one that is gone is in another: in what takes its place.
    """
    edited, options = {}, ("--name-only", "--no-renames", "--diff-filter=MDT", "--relative")
    for base in bases():
        waived = edits_waived_since(base)
        for path in git("diff", *options, base, "--", project().versions):
            gone = not (project().root / path).exists()
            if path not in waived and not (gone and waived):
                head = f" {project().migrations}/head" * gone
                edited[path] = f"git checkout {base[:12]} -- {path}{head}"
    for path, command in sorted(edited.items()):
        wrong = "databases have taken it as it is on the main branch"
        yield "G11", f"{path}:1", f"{wrong}; restore it, `{command}`, and write a new revision"


CHECKS: dict[str, Callable[[], Found]] = {
    "G05": lambda: (one for one in steps.taken() if one[0] == "G05"),
    "G08": schema.migrations_make_what_the_models_say,
    "G10": git_has_every_revision,
    "G11": revisions_of_the_main_branch_are_not_edited,
    "G13": problems,
    "G14": locks.new_revisions_lock_nobody_out,
    "G16": lambda: (one for one in steps.taken() if one[0] == "G16"),
}
