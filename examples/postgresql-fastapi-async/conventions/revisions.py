"""One line of revisions: the file that names its head, and a branch's own put behind the main one's.

Alembic runs this module after it has written a revision. So two branches that each add one change
the same line of migrations/head, and git reports the second as a conflict.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .findings import Found
from .git import git, main_branch
from .project import place, project

SAYS = re.compile(
    r"""(?m)^(?P<name>(?:down_)?revision)\b[^=\n]*= *(?P<ids>None|\([^)]*\)|"[^"\n]*"|'[^'\n]*')"""
)
QUOTED = re.compile("""["']([^"']+)["']""")
JOIN = '`uv run alembic merge heads -m "join"`'


@dataclass(frozen=True)
class Revision:
    """What a file says of itself. One with a conflict has no id."""

    path: Path
    id: str = ""
    after: tuple[str, ...] = ()
    span: tuple[int, int] = (0, 0)  # where the text says what it is after

    @property
    def name(self) -> str:
        return self.path.relative_to(project().root).as_posix()


class RefusedError(Exception):
    """The revisions are left as they are; the text says why, and what to do."""


def head_file() -> Path:
    return project().root / project().migrations / "head"


def rebase_command() -> str:
    return f"`uv run {project().package.replace('_', '-')} rebase-revision`"


def revisions() -> list[Revision]:
    """Return all, by their file names, also where Alembic could not load them."""
    return [_read(path) for path in sorted((project().root / project().versions).rglob("*.py"))]


def heads(line: Iterable[Revision]) -> list[str]:
    """Return the ids that nothing of these follows."""
    followed = {before for one in line for before in one.after}
    return [one.id for one in line if one.id and one.id not in followed]


def write_head() -> None:
    head_file().write_text("".join(f"{head}\n" for head in heads(revisions())), "utf-8")


def problems() -> Found:
    """Find what is not one line, that migrations/head names the end of."""
    here, merged = revisions(), _names(main_branch())
    there, ends = {one.id for one in here}, heads(here)
    behind = f"put it behind them: {rebase_command()}"
    for one in here:
        at = place(one.path, 1)
        lost = ", ".join(before for before in one.after if before not in there)
        if not one.id:
            yield "G13", at, "it cannot be read; resolve its conflict"
        elif lost and one.name in merged:
            yield "G13", at, f"it follows {lost}, which is not here; restore that"
        elif lost:
            yield "G13", at, f"it follows {lost}, which is not here; {behind}"
    ours = {one.id for one in here if one.name not in merged}
    for one in here if len(ends) > 1 else ():
        if one.id in (ours & {*ends} or ends[1:]):
            wrong = f"it is one of {len(ends)} revisions that nothing follows"
            fix = behind if one.id in ours else f"join them: {JOIN}"
            yield "G13", place(one.path, 1), f"{wrong}; {fix}"
    if len(ends) < 2 and (told := _told()) != ends:
        wrong = f"it says {' '.join(told) or 'nothing'}, and the head is {' '.join(ends) or 'none'}"
        yield "G13", place(head_file(), 1), f"{wrong}; write it: {rebase_command()}"


def rebase(onto: str | None) -> Iterator[str]:
    """Put the revisions that a branch does not have behind its own; yield what was done.

    Without `onto` it is the main branch. Raises RefusedError.
    """
    base = onto or main_branch()
    if not git("rev-parse", "--verify", "--quiet", base or "main"):
        raise RefusedError(f"git knows no branch {base or 'main'}: name it, `--onto BRANCH`")
    conflict = bool(git("ls-files", "--unmerged", "--", str(head_file())))
    merged, changed = _names(base), [head_file()]
    here = list(_readable(base, merged))
    own = [one for one in here if one.name not in merged]
    there = {one.id for one in here}
    if len(heads(here)) > 1 or any(there.isdisjoint(one.after) for one in own if one.after):
        for one, before in _in_line(own, _newest(base, here, own), _first(base)):
            changed.append(one.path)
            yield from _put_behind(one, before, there)
    write_head()
    yield f"{project().migrations}/head: {' '.join(_told())}"
    if conflict:  # or else a commit would have half of it
        git("add", "--", *map(str, changed), must=True)
        yield "added to the commit: go on with `git status`"


def _read(path: Path) -> Revision:
    text = path.read_text("utf-8")
    said = {found["name"]: found for found in SAYS.finditer(text)}
    if len(SAYS.findall(text)) != 2 or len(said) != 2 or "\n<<<<<<< " in text:
        return Revision(path)
    [name], after = (QUOTED.findall(said[key]["ids"]) for key in ("revision", "down_revision"))
    return Revision(path, name, tuple(after), said["down_revision"].span("ids"))


def _told() -> list[str]:
    return head_file().read_text("utf-8").split() if head_file().exists() else []


def _names(commit: str) -> set[str]:
    listed = ("ls-tree", "-r", "--name-only", commit, f"{project().versions}/")
    return {*git(*listed)} if commit else set()


def _readable(base: str, merged: set[str]) -> Iterator[Revision]:
    """Yield all; of those of the main branch, a copy with a conflict gives way."""
    for one in revisions():
        if not one.id and one.name not in merged:
            raise RefusedError(f"{one.name} cannot be read: resolve its conflict first")
        if not one.id:
            git("checkout", base, "--", one.name, must=True)
        yield one if one.id else _read(one.path)


def _newest(base: str, here: list[Revision], own: list[Revision]) -> str | None:
    """Return the head of what is merged. Raises RefusedError unless it is all here, in one line."""
    fork = git("merge-base", base, "HEAD")
    missing = _names(base) - _names(fork[0] if fork else "") - {one.name for one in here}
    if missing:
        raise RefusedError(f"{base} has {min(missing)}: `git merge {base}` first")
    ends = heads([one for one in here if one not in own])
    if len(ends) > 1:
        raise RefusedError(f"{base} itself has the heads {' and '.join(ends)}: {JOIN}")
    if not own:
        raise RefusedError(f"{base} has all these revisions, which stay as they are")
    return ends[0] if ends else None


def _first(base: str) -> set[str]:
    """Return which of the unmerged come first: those that are merged into a branch of its own."""
    on_main = git("symbolic-ref", "--short", "HEAD") == [base.removeprefix("origin/")]
    merging = git("rev-parse", "--verify", "--quiet", "MERGE_HEAD")
    return _names("MERGE_HEAD" if merging and not on_main else "HEAD")


def _in_line(
    own: list[Revision], before: str | None, first: set[str]
) -> Iterator[tuple[Revision, str | None]]:
    """Yield revisions with what each is to follow; those that follow each other stay together."""
    waiting = sorted(own, key=lambda one: (one.name not in first, one.name), reverse=True)
    stack = [one for one in waiting if not {*one.after} & {other.id for other in own}]
    while stack:
        one = stack.pop()
        if one in waiting:
            waiting.remove(one)
            yield one, before
            before = one.id
            stack += [other for other in waiting if one.id in other.after]


def _put_behind(one: Revision, before: str | None, there: set[str]) -> Iterator[str]:
    was = one.after[0] if one.after else "base"
    if one.after == ((before,) if before else ()):
        return
    text, (start, end) = one.path.read_text("utf-8"), one.span
    text = text[:start] + (f'"{before}"' if before else "None") + text[end:]
    told = f"Revises: {before or ''}".rstrip()
    one.path.write_text(re.sub(r"(?m)^Revises:.*", told, text, count=1), "utf-8")
    yield f"{one.name}: behind {before or 'nothing'}, was behind {was}"
    if was in {*there, "base"}:
        steps = f"stamp {was}", f"upgrade {before}", f"stamp {one.id}"
        yield "  a database that has it: " + " && ".join(f"uv run alembic {do}" for do in steps)


if __name__ == "__main__":
    write_head()
