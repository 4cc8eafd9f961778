<%!
    def without_comments(commands):
        lines = (line for line in commands.splitlines() if "# ###" not in line)
        return "\n".join(lines).strip()
%>\
<%
    data = "data" in (getattr(config.cmd_opts, "x", None) or [])
    merge = isinstance(down_revision, tuple) and not upgrades
%>\
"""${message}

Revision: ${up_revision}
Revises: ${down_revision | comma,n}
"""

% if not merge:
# Not read yet: compare it with what you meant, then delete this line.

% endif
% if data:
import sqlalchemy as sa

from my_service.database.backfill import backfill

% elif not merge:
% if not upgrades or "sa." in upgrades + downgrades:
import sqlalchemy as sa
% endif
from alembic import op
${imports if imports else ""}
% endif
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
% if data:

# What this revision needs of the table: the model will change.
things = sa.table("things", sa.column("id", sa.BigInteger()), sa.column("name"))


def upgrade() -> None:
    backfill(things.update().values(name=sa.func.lower(things.c.name)), key=things.c.id)


def downgrade() -> None:
    raise NotImplementedError("say what cannot be brought back, or bring it back")
% else:


def upgrade() -> None:
    ${upgrades or "pass" | without_comments}


def downgrade() -> None:
    ${downgrades or "pass" | without_comments}
% endif
