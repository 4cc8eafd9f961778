"""What ruff finds, under the ids of our rules; and running programs."""

import json
import subprocess
import sysconfig
from pathlib import Path

from .findings import Found
from .project import PARTS, BadConfigError, project

# Which rule of ours a rule of ruff holds, and what to do.
HOLDS = {
    "ASYNC": ("A01", "await an async call, or use asyncio.to_thread()"),
    "DTZ": ("M16", "write datetime.now(UTC), or give the time zone"),
    "FAST": ("X03", "annotate it, Annotated[int, Query(le=100)]"),
    "PGH003": ("X04", "name the rule that is waived"),
    "PGH004": ("X04", "name the rule that is waived"),
    "PGH005": ("T05", "call it, it asserts nothing as it stands"),
    "RUF100": ("X04", "delete it"),
    "S608": ("Q10", "write a plain string, and give values as :parameters"),
}


def found_by_ruff() -> Found:
    select = f"--extend-select={','.join(HOLDS)}"
    printed = output_of("ruff", "check", "--output-format=json", "--exit-zero", select, *PARTS)
    for found in json.loads("\n".join(printed)):
        code = found["code"] or ""
        for name, (rule, instead) in HOLDS.items():
            if code.startswith(name):
                path = Path(found["filename"]).relative_to(project().root).as_posix()
                wrong = f"{found['message'].rstrip('.').replace(';', ',')} ({code})"
                yield rule, f"{path}:{found['location']['row']}", f"{wrong}; {instead}"


def output_of(name: str, *arguments: str, given: str = "") -> list[str]:
    """Return the lines that a program prints, whatever it thinks of what it finds."""
    beside_python = Path(sysconfig.get_path("scripts"), name)
    command = [str(beside_python) if beside_python.exists() else name, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 (words of this package)
            command, cwd=project().root, input=given, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise BadConfigError(f"{name} is not installed") from error
    if done.returncode not in (0, 1):
        raise BadConfigError(f"{name} does not run: {done.stderr.strip()}")
    return done.stdout.splitlines()
