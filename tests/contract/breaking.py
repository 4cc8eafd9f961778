"""Break the data layer of a project as told, and run the test of each promise.

Run by the Python of a rendered project, in its folder. Each test runs in a fork of this
process, which has loaded all that is not the project's by then. Reads JSON: file, what is
replaced in it by what, and a test; prints for each how pytest ended, and what it said.
"""

import json
import os
import signal
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path

LIBRARIES = (
    "alembic.command",
    "fastapi.testclient",
    "flask",
    "httpx2",
    "psycopg",
    "pydantic_settings",
    "pytest",
    "sqlalchemy.ext.asyncio",
    "typer.testing",
)
PATIENCE = 60  # seconds


def main() -> None:
    sys.dont_write_bytecode = True  # whose file is as old and as long, and sound
    for library in LIBRARIES:
        with suppress(ImportError):
            import_module(library)
    print(json.dumps([outcome(*broken) for broken in json.load(sys.stdin)]))


def outcome(file: str, old: str, new: str, test: str) -> tuple[int, str]:
    """Return how the test ends while the file is broken, and what it says."""
    path = Path(file)
    sound = path.read_text("utf-8")
    if sound.count(old) != 1:
        return -1, f"it has {sound.count(old)} times {old}"
    path.write_text(sound.replace(old, new), "utf-8")
    try:
        return run(test)
    finally:
        path.write_text(sound, "utf-8")


def run(test: str) -> tuple[int, str]:
    """Run a test in a fork; return how it ends and what it says."""
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if child == 0:
            signal.alarm(PATIENCE)
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            main = import_module("pytest").main
            os._exit(int(main(["-qx", "--tb=short", "-pno:cacheprovider", test])))
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read()


if __name__ == "__main__":
    main()
