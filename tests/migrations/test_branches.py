"""Branches that each add revisions: git or the gate says so, and one command makes one line."""

import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from installed import Installed
from rules.plants.migrations import CELLS

from migrations.developing import Clone, Team

NAMED = re.compile(r"`([^`]+)`")
Repository = Callable[[], Clone]


@pytest.fixture(scope="session")
def team(
    installed: Installed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Team]:
    """Those who work on one project."""
    project = installed(CELLS["sqlite"], example=True)
    team = Team(project, tmp_path_factory.mktemp("clones"))
    yield team
    team.close()


@pytest.fixture
def mine(team: Team, request: pytest.FixtureRequest) -> Iterator[Clone]:
    """A repository without another: main has one revision."""
    clone = team.clone(re.sub(r"\W+", "_", request.node.name))
    yield clone
    shutil.rmtree(clone.path)


# --- Histories: each ends where somebody asks the gate, and tells the line that is to be ---


def forked(mine: Clone, *branches: str) -> None:
    """Begin branches of main with a revision each, of the same name as the branch."""
    for branch in branches:
        mine.switch(branch)
        mine.add(branch)


def merged_first(mine: Clone, *branches: str) -> None:
    """As `forked`; the first is merged."""
    forked(mine, *branches)
    mine.git("switch", "--quiet", "main")
    mine.git("merge", "--quiet", "--no-ff", "--no-edit", branches[0])


def main_is_merged_into_a_branch(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("switch", "--quiet", "two")
    told = mine.git("merge", "main", fails=True)
    assert "CONFLICT (content): Merge conflict in migrations/head" in told
    return "one two"


def a_branch_is_merged_into_main(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("merge", "two", fails=True)
    return "one two"


def a_branch_is_rebased(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("rebase", "main", "two", fails=True)
    return "one two"


def several_revisions_in_a_row_are_rebased(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("switch", "--quiet", "two")
    mine.add("three", index_on="two")
    mine.add("four", index_on="three")
    mine.git("rebase", "main", fails=True)
    return "one two three four"


def several_revisions_of_one_commit_are_merged(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("switch", "--quiet", "two")
    mine.write("three", index_on="two")
    mine.write("four", index_on="three")
    mine.commit()
    mine.git("merge", "main", fails=True)
    return "one two three four"


def a_branch_is_squash_merged(mine: Clone) -> str:
    forked(mine, "one", "two")
    mine.git("switch", "--quiet", "main")
    mine.git("merge", "--squash", "one")
    mine.commit("One")
    mine.git("merge", "--squash", "two", fails=True)
    return "one two"


def the_parent_of_a_stack_is_squash_merged(mine: Clone) -> str:
    forked(mine, "one")
    mine.switch("two", "one")
    mine.add("two", index_on="one")
    mine.git("switch", "--quiet", "main")
    mine.git("merge", "--squash", "one")
    mine.commit("One")
    mine.git("switch", "--quiet", "two")
    mine.git("merge", "main", fails=None)
    return "one two"


def a_commit_is_cherry_picked(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("cherry-pick", "two", fails=True)
    return "one two"


def a_branch_has_what_main_cherry_picked(mine: Clone) -> str:
    forked(mine, "one")
    mine.add("three")
    mine.git("switch", "--quiet", "main")
    mine.git("cherry-pick", "one~")
    mine.add("two")
    mine.git("switch", "--quiet", "one")
    mine.git("merge", "main", fails=True)
    return "one two three"


def a_revision_is_taken_over_without_the_head(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("checkout", "two", "--", "migrations/versions")
    return "one two"


def a_stack_is_rebased_on_its_moved_parent(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.switch("three", "two")
    mine.add("three", index_on="two")
    old = mine.git("rev-parse", "two").strip()
    mine.git("rebase", "main", "two", fails=True)
    mine.run("uv run my-service rebase-revision")
    mine.git("rebase", "--continue")
    mine.git("rebase", "--onto", "two", old, "three")
    return "one two three"


def the_parent_of_a_stack_goes_on(mine: Clone) -> str:
    forked(mine, "one")
    mine.switch("two", "one")
    mine.add("two", index_on="one")
    mine.git("switch", "--quiet", "one")
    mine.add("three")
    mine.git("switch", "--quiet", "two")
    mine.git("merge", "one", fails=True)
    return "one three two"


def the_parent_of_a_stack_is_abandoned(mine: Clone) -> str:
    forked(mine, "one")
    mine.switch("two", "one")
    mine.add("two")
    mine.git("rebase", "--onto", "main", "one", "two", fails=True)
    return "two"


def branches_are_renamed(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("branch", "--move", "two", "else/where")
    mine.git("branch", "--move", "main", "master")
    mine.git("rebase", "master", "else/where", fails=True)
    return "one two"


def a_revision_is_reverted_on_its_branch(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("switch", "--quiet", "two")
    mine.add("three")
    mine.git("revert", "--no-edit", "HEAD")
    mine.git("merge", "main", fails=True)
    return "one two"


def a_revision_is_reverted_on_main(mine: Clone) -> str:
    """Databases have taken it: the gate wants it back."""
    mine.add("one")
    mine.commit("Go on")
    mine.git("revert", "--no-edit", "HEAD~")
    return "one"


def main_reverted_what_a_branch_is_behind(mine: Clone) -> str:
    """It was let go on main with a waiver, say."""
    mine.add("one")
    mine.switch("two", "main")
    mine.add("two")
    mine.git("switch", "--quiet", "main")
    mine.git("revert", "--no-edit", "HEAD")
    mine.commit("Go on")
    mine.git("switch", "--quiet", "two")
    mine.git("merge", "main", fails=True)
    return "two"


def three_branches_are_merged_one_after_the_other(mine: Clone) -> str:
    merged_first(mine, "one", "two", "three")
    mine.git("merge", "two", fails=True)
    mine.run("uv run my-service rebase-revision")
    mine.go_on()
    mine.git("merge", "three", fails=True)
    return "one two three"


def three_branches_are_merged_at_once_wrongly(mine: Clone) -> str:
    forked(mine, "four", "one", "three", "two")
    mine.switch("all", "four")
    for branch in ("one", "three", "two"):
        mine.git("merge", "--no-edit", "-X", "ours", branch)
    return "four one three two"


def git_is_told_to_take_one_side(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("switch", "--quiet", "two")
    mine.git("merge", "--no-edit", "-X", "theirs", "main")
    return "one two"


def both_lines_are_kept_and_committed(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("switch", "--quiet", "two")
    mine.git("merge", "main", fails=True)
    mine.head.write_text(f"{mine.id('one')}\n{mine.id('two')}\n", "utf-8")
    mine.commit()
    return "one two"


def a_merge_with_two_heads_is_on_main(mine: Clone) -> str:
    """Nobody asked the gate: both are on main, so that neither is moved."""
    merged_first(mine, "one", "two")
    mine.git("merge", "--no-edit", "-X", "ours", "two")
    mine.commit("Go on")
    return "one two join"


def the_head_is_edited_by_hand(mine: Clone) -> str:
    forked(mine, "one")
    mine.head.write_text("3f6c1d20a94e\n", "utf-8")
    mine.commit()
    return "one"


def the_head_is_deleted(mine: Clone) -> str:
    forked(mine, "one")
    mine.head.unlink()
    mine.commit()
    return "one"


def a_branch_moves_behind_the_other_by_hand_wrongly(mine: Clone) -> str:
    """It says the right head, and follows a revision that nobody has."""
    merged_first(mine, "one", "two")
    mine.git("rebase", "main", "two", fails=True)
    mine.head.write_text(f"{mine.id('two')}\n", "utf-8")
    path = mine.file("two")
    text = path.read_text("utf-8").replace('= "3f6c1d20a94e"', '= "0123456789ab"')
    path.write_text(text, "utf-8")
    return "one two"


def two_begin_a_history(mine: Clone) -> str:
    """A project without a revision: both write the first."""
    mine.git("rm", "--quiet", "-r", "migrations/head", "migrations/versions")
    mine.commit()
    merged_first(mine, "one", "two")
    mine.git("rebase", "main", "two", fails=True)
    return "one two"


def a_copy_was_moved_on_main(mine: Clone) -> str:
    """Main has the revision, moved as it was merged; the branch goes on with the old one."""
    merged_first(mine, "one", "two")
    mine.git("merge", "--squash", "two", fails=True)
    mine.run("uv run my-service rebase-revision")
    mine.commit("Two")
    mine.git("switch", "--quiet", "two")
    mine.add("three", index_on="two")
    mine.git("merge", "main", fails=True)
    return "one two three"


def a_stash_meets_a_pull(mine: Clone) -> str:
    forked(mine, "one")
    mine.git("switch", "--quiet", "main")
    mine.write("two")
    mine.git("stash", "--include-untracked", "--quiet")
    mine.git("merge", "one")
    mine.git("stash", "pop", fails=True)
    return "one two"


def somebody_joins_with_alembic(mine: Clone) -> str:
    merged_first(mine, "one", "two")
    mine.git("switch", "--quiet", "two")
    mine.git("merge", "main", fails=True)
    mine.run("alembic merge heads -m join")
    assert mine.gate() == []
    mine.commit()
    return "one two join"


HISTORIES = [
    main_is_merged_into_a_branch,
    a_branch_is_merged_into_main,
    a_branch_is_rebased,
    several_revisions_in_a_row_are_rebased,
    several_revisions_of_one_commit_are_merged,
    a_branch_is_squash_merged,
    the_parent_of_a_stack_is_squash_merged,
    a_commit_is_cherry_picked,
    a_branch_has_what_main_cherry_picked,
    a_revision_is_taken_over_without_the_head,
    a_stack_is_rebased_on_its_moved_parent,
    the_parent_of_a_stack_goes_on,
    the_parent_of_a_stack_is_abandoned,
    branches_are_renamed,
    a_revision_is_reverted_on_its_branch,
    a_revision_is_reverted_on_main,
    main_reverted_what_a_branch_is_behind,
    three_branches_are_merged_one_after_the_other,
    three_branches_are_merged_at_once_wrongly,
    git_is_told_to_take_one_side,
    both_lines_are_kept_and_committed,
    a_merge_with_two_heads_is_on_main,
    the_head_is_edited_by_hand,
    the_head_is_deleted,
    a_branch_moves_behind_the_other_by_hand_wrongly,
    two_begin_a_history,
    a_copy_was_moved_on_main,
    a_stash_meets_a_pull,
    somebody_joins_with_alembic,
]


def one_command(mine: Clone) -> None:
    """Do as the gate says of the line, if it says anything; then go on with git."""
    told = mine.gate()
    line = [one for one in told if one[0] == "G13"] or told
    commands = {one for _, _, says in line for one in NAMED.findall(says)}
    if told:
        (command,) = commands
        mine.run(command)
    mine.go_on()


@pytest.mark.cell
@pytest.mark.parametrize(
    "history",
    [pytest.param(one, id=f"{CELLS['sqlite']}-{one.__name__}") for one in HISTORIES],
)
def test_a_history_becomes_one_line(
    history: Callable[[Clone], str], mine: Clone
) -> None:
    line = history(mine).split()
    one_command(mine)
    assert mine.gate() == []
    assert mine.git("status", "--porcelain") == ""
    begun = mine.git("ls-files", "migrations/versions/*3f6c1d20a94e.py")
    there = mine.deploy()
    assert sorted(there) == sorted([*["Create the shop."] * bool(begun), *line])
    if "join" not in line:
        assert [one for one in there if one in line] == line
    assert mine.head.read_text("utf-8") == f"{mine.id(line[-1])}\n"


# --- What is refused, and what is told ---


def refused(mine: Clone, *options: str) -> str:
    """Ask for a move that is refused; nothing has changed."""
    before = mine.git("status", "--porcelain"), mine.git("diff")
    told = mine.run(" ".join(["my-service rebase-revision", *options]), fails=True)
    assert (mine.git("status", "--porcelain"), mine.git("diff")) == before
    assert told.count("\n") == 1, told
    return told


def test_what_is_on_main_is_not_moved(mine: Clone) -> None:
    a_merge_with_two_heads_is_on_main(mine)
    assert "main itself has the heads " in refused(mine)


def test_a_branch_that_lacks_main_is_told_to_merge(mine: Clone) -> None:
    merged_first(mine, "one", "two")
    mine.git("switch", "--quiet", "two")
    mine.run("alembic revision -m three --head 3f6c1d20a94e --splice")
    told = refused(mine)
    assert "main has migrations/versions/2026_11_28_one_" in told
    assert told.endswith("`git merge main` first\n")


def test_a_branch_that_nobody_has_is_refused(mine: Clone) -> None:
    told = refused(mine, "--onto", "nobody")
    assert told == "error: git knows no branch nobody: name it, `--onto BRANCH`\n"


def test_a_conflict_in_a_revision_is_for_its_author(mine: Clone) -> None:
    forked(mine, "one")
    path = mine.file("one")
    path.write_text(path.read_text("utf-8") + "\n<<<<<<< HEAD\n", "utf-8")
    assert refused(mine).endswith("cannot be read: resolve its conflict first\n")


def test_nothing_is_added_that_was_not_in_conflict(mine: Clone) -> None:
    git_is_told_to_take_one_side(mine)
    mine.run("my-service rebase-revision")
    assert mine.git("diff", "--cached", "--name-only") == ""


def test_a_database_that_has_the_moved_revision_catches_up(mine: Clone) -> None:
    a_stack_is_rebased_on_its_moved_parent(mine)
    mine.deploy()
    forked(mine, "four")
    mine.deploy()
    mine.git("merge", "three", fails=True)
    told = mine.run("my-service rebase-revision --onto three")
    steps = re.findall(r"(?:: | && )uv run (alembic .+?)(?= && |$)", told, re.MULTILINE)
    assert len(steps) == 3, told
    for step in steps:
        mine.run(step)
    assert f"{mine.id('four')} (head)" in mine.run("alembic current")
    assert mine.run("alembic downgrade 3f6c1d20a94e").count("Running downgrade") == 4


# --- Wrong resolutions ---

WRONG = {
    "ours": ("one",),
    "theirs": ("two",),
    "both": ("one", "two"),
    "neither": ("3f6c1d20a94e",),
    "nothing": (),
}


def test_no_resolution_by_hand_is_green_with_two_heads(mine: Clone) -> None:
    merged_first(mine, "one", "two")
    mine.git("switch", "--quiet", "two")
    for names in WRONG.values():
        mine.git("merge", "main", fails=True)
        ids = [name if name[0] == "3" else mine.id(name) for name in names]
        mine.head.write_text("".join(f"{one}\n" for one in ids), "utf-8")
        mine.commit()
        assert "G13" in [rule for rule, _, _ in mine.gate()]
        mine.git("reset", "--quiet", "--hard", "HEAD~")
