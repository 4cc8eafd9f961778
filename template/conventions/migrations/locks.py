"""The locks: no new revision keeps the application waiting, or breaks it.

On PostgreSQL squawk reads what a revision does. MySQL tells itself: it refuses a change with
LOCK=NONE that would block those who write. On SQLite one writes at a time anyway.
"""

import inspect
import io
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import Script
from sqlalchemy import Engine, event

from ..findings import Found
from ..git import on_main
from ..hints import plain
from ..project import place, project
from ..ruff import output_of
from ..waivers import waivers
from .database import empty_database, place_of, revisions, take
from .schema import migrated_schema

ALTERED = r"(?is)\s*ALTER TABLE `?(\w+)`?"
REFUSED = r"(LOCK|ALGORITHM)=\w+ is not supported.*?(?=[\"')\n]|$)"
STATED = r"\b(ALGORITHM|LOCK)=\w+$"
RENAMED = (
    r"(?is)\s*(RENAME TABLE|ALTER TABLE \S+ (RENAME (?!INDEX|KEY)|CHANGE( COLUMN)? (\S+) (?!\4 )))"
)
INDEXED = r"(?is)\s*CREATE\b.*\bINDEX\b.* ON `?(\w+)`?"


def new_revisions_lock_nobody_out() -> Found:
    old, waived = on_main(), {one.place for one in waivers() if one.rule == "G14"}
    new = [
        script
        for script in revisions()
        if Path(script.path).relative_to(project().root).as_posix() not in old
        and not script.is_merge_point
    ]
    chosen = [script for script in new if place_of(script) not in waived]
    if project().database == "postgresql":
        for script in chosen:
            yield from _by_squawk(script)
    elif chosen:
        yield from _by_the_server(chosen)


class Printed(io.StringIO):
    """SQL, and the line of the revision that each of its lines is of."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.lines = path, list[int]()

    def write(self, text: str) -> int:
        frame = inspect.currentframe()
        while frame is not None and frame.f_code.co_filename != self.path:
            frame = frame.f_back
        self.lines += [frame.f_lineno if frame else 0] * text.count("\n")
        return super().write(text)


def _by_squawk(script: Script) -> Found:
    """Tell what squawk finds in what `alembic upgrade --sql` prints for a revision."""
    printed = Printed(script.path)
    file = project().root / "pyproject.toml"
    config = Config(toml_file=file, output_buffer=printed)
    steps = f"{script.down_revision or 'base'}:{script.revision}"
    try:
        command.upgrade(config, steps, sql=True)
    except Exception as error:  # noqa: BLE001 (a revision may raise any)
        if type(error).__name__ == "NoScript":
            return  # it changes data, row by row
        if "BEGIN" not in printed.getvalue():
            raise  # nothing of it was run
        why = "it asks the database" if "MockConnection" in str(error) else plain(error)
        wrong = f"what it does depends on rows, so nobody knows what it locks: {why}"
        yield "G14", place_of(script, "upgrade", error), f"{wrong}; change rows by backfill()"
        printed.write("COMMIT;\n")
    for line in output_of("squawk", "--reporter=json", given=printed.getvalue()):
        for found in json.loads(line):
            wrong = f"{found['message'].rstrip('.')} ({found['rule_name']})".replace(";", ",")
            instead = found["help"] or "see README.md, Changing data"
            line = printed.lines[found["line"]]
            where = place(Path(script.path), line) if line else place_of(script)
            yield "G14", where, f"{wrong}; {instead.rstrip('.')}"


def _by_the_server(chosen: list[Script]) -> Found:
    """Take the new steps with LOCK=NONE where the table was there before."""
    there, new, renamed = set[str](), {one.revision for one in chosen}, list[str]()

    def without_lock(_: Any, __: Any, statement: str, given: Any, *___: Any) -> tuple[str, Any]:
        renamed.extend([statement] if there and re.match(RENAMED, statement) else [])
        for pattern, comma in ((ALTERED, ","), (INDEXED, "")):
            changed = re.match(pattern, statement)
            if changed and changed[1] in there and not re.search(STATED, statement):
                return f"{statement}{comma} LOCK=NONE", given
        return statement, given

    event.listen(Engine, "before_cursor_execute", without_lock, retval=True)
    try:
        with empty_database():
            for script in revisions():
                tables = {table for table, _ in migrated_schema()}
                there = tables if script.revision in new else set()
                renamed.clear()
                try:
                    take(script, "upgrade")
                    if renamed:
                        wrong = "the version that runs knows only the old name"
                        yield "G14", place_of(script), f"{wrong}; see README.md, Changing data"
                except Exception as error:  # noqa: BLE001 (G05 tells of what fails otherwise)
                    if not (refused := re.search(REFUSED, _text(error))):
                        return
                    wrong = f"writes wait while this runs: {refused[0].rstrip('.')}"
                    instead = "take another way, or do it while nobody writes, and waive this"
                    yield "G14", place_of(script), f"{wrong.replace(';', ',')}; {instead}"
                    there = set()  # and on with the others
                    with suppress(Exception):
                        take(script, "upgrade")
    finally:
        event.remove(Engine, "before_cursor_execute", without_lock)


def _text(error: BaseException | None) -> str:
    return f"{error} {_text(error.__cause__)}" if error else ""
