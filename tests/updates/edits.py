"""What users do to a project, kind by kind."""

import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

from updates.histories import substitute

Edit = Callable[[Path], None]
SRC = "src/my_service"
RUFF = Path(sysconfig.get_path("scripts"), "ruff")
REVISION = '''"""{message}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Do it."""
    {upgrade}


def downgrade() -> None:
    """Undo it."""
    {downgrade}
'''
REVIEWS = {
    "__init__.py": '"""What customers think."""\n',
    "models.py": '''"""Reviews."""

from sqlalchemy.orm import Mapped

from ..database import Base, IntegerKey


class Review(IntegerKey, Base):
    """What a customer thinks."""

    __tablename__ = "reviews"

    stars: Mapped[int]
''',
    "commands.py": '''"""Reviews on the command line."""

import typer

from .models import Review

cli = typer.Typer()


@cli.command()
def explain_reviews() -> None:
    """Tell what a review is."""
    typer.echo(Review.__doc__)
''',
}


def revise(
    project: Path, revision: str, message: str, upgrade: str, downgrade: str
) -> None:
    """Add a revision behind the newest one."""
    versions = project / "migrations/versions"
    before = max(versions.glob("*.py")).stem.rpartition("_")[2]
    text = REVISION.format(
        revision=revision,
        before=before,
        message=message,
        upgrade=upgrade,
        downgrade=downgrade,
    )
    slug = message.lower().replace(" ", "_")
    (versions / f"2027_01_0{revision[0]}_{slug}_{revision}.py").write_text(
        text, "utf-8"
    )
    (project / "migrations/head").write_text(f"{revision}\n", "utf-8")


def change_a_model(project: Path) -> None:
    """A column, and its revision."""
    models = project / SRC / "orders/models.py"
    substitute(
        models, r"^    name: Mapped\[Str200\]", r"\g<0>\n    points: Mapped[int | None]"
    )
    column = 'sa.Column("points", sa.Integer(), nullable=True)'
    revise(
        project,
        "1a5b2c3d4e5f",
        "Count points",
        f'op.add_column("customers", {column})',
        'op.drop_column("customers", "points")',
    )


def add_a_subject(project: Path) -> None:
    """A folder, and its table."""
    folder = project / SRC / "reviews"
    folder.mkdir()
    for name, text in REVIEWS.items():
        (folder / name).write_text(text, "utf-8")
    columns = (
        'sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)',
        'sa.Column("stars", sa.Integer(), nullable=False)',
        'sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews"))',
    )
    create = "\n        ".join(
        ["op.create_table(", '"reviews",', *(f"{c}," for c in columns)]
    )
    revise(
        project,
        "2a5b2c3d4e5f",
        "Keep reviews",
        f"{create}\n    )",
        'op.drop_table("reviews")',
    )


def change_settings(project: Path) -> None:
    """A setting of the application's own."""
    substitute(
        project / SRC / "settings.py",
        r"^        enable_decoding=False,\n    \)$",
        r'\g<0>\n    currency: str = "EUR"',
    )


def change_the_engine(project: Path) -> None:
    """Another option, and one more."""
    engine = project / SRC / "database/engine.py"
    substitute(
        engine,
        r"^( *)pool_use_lifo=True,",
        r'\1pool_use_lifo=False,\n\1pool_logging_name="shop",',
    )


def add_a_dependency(project: Path) -> None:
    """A package, in its place in the list."""
    substitute(
        project / "pyproject.toml", r'^    "typer>=.*$', r'\g<0>\n    "tzdata>=2025.2",'
    )


def delete_the_example(project: Path) -> None:
    """All of the shop, by hand."""
    for folder in (
        f"{SRC}/catalogue",
        f"{SRC}/orders",
        "tests/catalogue",
        "tests/orders",
    ):
        shutil.rmtree(project / folder)
    for revision in (project / "migrations/versions").glob("*.py"):
        revision.unlink()


def rename_a_file(project: Path) -> None:
    """A module, also where it is imported, with a change."""
    health = project / SRC / "health.py"
    substitute(health, r'^"""', '"""Ours: ')
    health.rename(project / SRC / "readiness.py")
    for file in [*project.glob("src/**/*.py"), *project.glob("tests/**/*.py")]:
        text = file.read_text("utf-8")
        file.write_text(text.replace(".health import", ".readiness import"), "utf-8")


def reformat_a_file(project: Path) -> None:
    """In another style."""
    style = ["--line-length=60", "--config", "format.quote-style='single'"]
    file = project / SRC / "database/session.py"
    subprocess.run([RUFF, "format", "--quiet", "--isolated", *style, file], check=True)


def waive_a_rule(project: Path) -> None:
    """With a reason."""
    retry = project / SRC / "database/session.py"
    substitute(retry, r"^Sessions = .*$", r"\g<0>  # the report of 2019")


def change_ci(project: Path) -> None:
    """A step behind the others, wherever the checks run."""
    github, gitlab = project / ".github/workflows/ci.yml", project / ".gitlab-ci.yml"
    if github.exists():
        substitute(
            github, r"^      - run: uv run pytest", r"\g<0>\n      - run: uv build"
        )
    else:
        substitute(gitlab, r"^    - uv run pytest", r"\g<0>\n    - uv build")


# Those of a team that goes on with the example, and those of one that does not.
GOING_ON: list[Edit] = [
    change_a_model,
    add_a_subject,
    change_settings,
    change_the_engine,
    add_a_dependency,
    waive_a_rule,
    change_ci,
]
STARTING_AFRESH: list[Edit] = [
    delete_the_example,
    rename_a_file,
    reformat_a_file,
]
