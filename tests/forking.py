"""Runs of pytest in a project, each in a fork of a process that has its libraries loaded.

Run by the Python of a rendered project, in its folder. Reads the arguments of each run as
a line of JSON; writes how pytest ended and what it said, as another.
"""

import json
import os
import signal
import sys
import tempfile
from compileall import compile_dir
from contextlib import suppress
from importlib import import_module

LIBRARIES = (
    "alembic.autogenerate",
    "alembic.command",
    "fastapi.testclient",
    "flask",
    "httpx2",
    "psycopg",
    "pydantic_settings",
    "pymysql",
    "pytest",
    "sqlalchemy.dialects.mysql",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.ext.asyncio",
    "typer.testing",
)
# Plugins that the libraries have imported are not those that are tested.
OPTIONS = ("-pno:cacheprovider", "-Wignore::pytest.PytestAssertRewriteWarning")
FAILURE = 70  # no way in which pytest ends
PATIENCE = 60  # seconds


def main() -> None:
    for folder in ("src", "conventions"):
        compile_dir(folder, quiet=1)
    # From here on: a file that is changed within a second may be as long as it was.
    sys.dont_write_bytecode = True
    for library in LIBRARIES:
        with suppress(ImportError):
            import_module(library)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


def run(arguments: list[str]) -> tuple[int, str]:
    """Run pytest in a fork; return how it ends and what it says."""
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if child == 0:
            signal.alarm(PATIENCE)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            code = FAILURE
            try:
                code = int(import_module("pytest").main([*OPTIONS, *arguments]))
                sys.stdout.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read()


if __name__ == "__main__":
    main()
