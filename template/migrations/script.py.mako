<%!
    def without_comments(commands):
        lines = (line for line in commands.splitlines() if "# ###" not in line)
        return "\n".join(lines).strip()
%>\
"""${message}

Revision: ${up_revision}
Revises: ${down_revision | comma,n}
"""

# Not read yet: compare it with what you meant, then delete this line.

% if not upgrades or "sa." in upgrades + downgrades:
import sqlalchemy as sa
% endif
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades or "pass" | without_comments}


def downgrade() -> None:
    ${downgrades or "pass" | without_comments}
