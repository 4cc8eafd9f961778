"""A journal of the revision that runs: MySQL does not roll back one that stops half-way.

`upgrade` and `downgrade` of the revisions' modules are replaced by functions that note
each change of the schema before it is sent.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial, update_wrapper
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError, to_tuple
from sqlalchemy import event

from .types import LONG_TEXT

# It is there only while a step runs, and after one that stopped half-way.
NOTES = sa.Table(
    "alembic_running",
    sa.MetaData(),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("step", sa.String(64), nullable=False),
    sa.Column("statement", LONG_TEXT, nullable=False),
    sa.Column("schema_before", sa.String(64), nullable=False),
)
DDL = re.compile(r"\s*(ALTER|CREATE|DROP|RENAME|TRUNCATE)\b", re.IGNORECASE)
NOTHING = "DO 0", ()
REPORT = """\
`alembic {command}` stopped half-way, and MySQL does not take back what was done.
There:
{done}
Not there:
{missing}
Fix what stopped it, and do the rest: alembic -x resume {command}
Or take back by hand what is there, and then: DROP TABLE {notes}"""


class Journal:
    """Notes each change of the schema before it is sent, until its step is done."""

    def __init__(
        self, connection: sa.Connection, scripts: ScriptDirectory, *, resume: bool
    ) -> None:
        self.connection = connection
        self.resume = resume
        self.steps: dict[str, Callable[[], None]] = {}
        self.commands: dict[str, str] = {}
        self.step: str | None = None
        self.done: list[str] = []
        self.sent: list[str] = []
        self.rehearsing = False
        for script in scripts.walk_revisions():
            before, *_ = to_tuple(script.down_revision, default=("base",))
            self._watch(script, "upgrade", script.revision)
            self._watch(script, "downgrade", before)
        event.listen(connection, "before_cursor_execute", self._note, retval=True)

    def _watch(self, script: Script, way: str, target: str) -> None:
        step, function = f"{way} {script.revision}", getattr(script.module, way)
        self.steps[step] = function
        self.commands[step] = f"{way} {target}"
        watched = partial(self._run_step, step)
        setattr(script.module, way, update_wrapper(watched, function))

    def _run_step(self, step: str) -> None:
        """Do a step, or the rest of it. Raises CommandError when another one is half-way."""
        self.done, of = self._half_done()
        if self.done and not (self.resume and step == of):
            raise CommandError(self._report(of))
        self._send(step)

    def _send(self, step: str) -> None:
        self.step, self.sent = step, []
        self.steps[step]()
        self.step = None

    def _half_done(self) -> tuple[list[str], str]:
        """Return which statements were done of which step that did not end."""
        if not sa.inspect(self.connection).has_table(NOTES.name):
            return [], ""
        notes = [*self.connection.execute(sa.select(NOTES).order_by(NOTES.c.number))]
        if notes and notes[-1].schema_before == schema_of(self.connection):
            last = notes.pop()
            self.connection.execute(NOTES.delete().where(NOTES.c.number == last.number))
        return [note.statement for note in notes], notes[0].step if notes else ""

    def _report(self, step: str) -> str:
        """Return what is there of a step, what is missing, and how to go on."""
        self.rehearsing = True
        # What looks at the result of its own statements stops here.
        with suppress(Exception):
            self._send(step)
        missing = self.sent[len(self.done) :]
        return REPORT.format(
            command=self.commands.get(step, step),
            done=_indented(self.done),
            missing=_indented(missing),
            notes=NOTES.name,
        )

    def _note(
        self, _: object, __: object, statement: str, parameters: Any, *___: object
    ) -> tuple[str, Any]:
        if not self.step or not DDL.match(statement) or NOTES.name in statement:
            return statement, parameters
        self.sent.append(statement)
        number = len(self.sent)
        if self.rehearsing:
            return NOTHING
        if number <= len(self.done):
            if statement != self.done[number - 1]:
                raise CommandError(f"{self.step} was changed since: {statement}")
            return NOTHING
        NOTES.create(self.connection, checkfirst=True)
        note = {
            "number": number,
            "step": self.step,
            "statement": statement,
            "schema_before": schema_of(self.connection),
        }
        # Committed by the statement that is sent next, before that begins.
        self.connection.execute(NOTES.insert().values(note))
        return statement, parameters


def forget(ctx: Any, step: object, heads: object, run_args: object) -> None:
    """Forget the notes on a step that is done, together with its entry as done."""
    if not ctx.as_sql and sa.inspect(ctx.connection).has_table(NOTES.name):
        ctx.connection.execute(NOTES.delete())
        NOTES.drop(ctx.connection)


def _indented(statements: list[str]) -> str:
    """Write each statement on a line."""
    lines = ("  " + " ".join(statement.split()) for statement in statements)
    return "\n".join(line if len(line) < 90 else f"{line[:87]}..." for line in lines)


def schema_of(connection: sa.Connection) -> str:
    """Return a digest of the schema: it changes when a statement has changed that."""
    tables = sa.inspect(connection)
    quote = connection.dialect.identifier_preparer.quote
    digest = sha256()
    for name in sorted(tables.get_table_names() + tables.get_view_names()):
        # waive: Q10 (SHOW takes no value)
        row = connection.exec_driver_sql(f"SHOW CREATE TABLE {quote(name)}").one()
        digest.update(re.sub(r" AUTO_INCREMENT=\d+", "", row[1]).encode())
    return digest.hexdigest()
