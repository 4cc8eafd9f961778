"""What ast-grep and ruff find, as findings of our rules."""

import json
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .config import BadConfigError, project
from .finding import Finding
from .places import PARTS
from .source.module import part_of

PACKAGE = Path(__file__).parent
# Which rule of ours a rule of ruff holds, and what to write instead.
RUFF = {
    "ASYNC": ("A01", "await an async call, or use asyncio.to_thread()"),
    "DTZ": ("M16", "write datetime.now(UTC), or give the time zone"),
    "FAST": ("X03", "annotate it, Annotated[int, Query(le=100)]"),
    "N815": ("M05", "name it in snake_case"),
    "PGH": ("X04", "name the rule that is waived"),
    "RUF100": ("X04", "delete it"),
    "S608": ("Q10", "write a plain string, and give values as :parameters"),
}


def _shapes() -> dict[str, str]:
    """Return the rules of ast-grep, and the parts of the project that each looks at."""
    texts = [file.read_text("utf-8") for file in sorted((PACKAGE / "shapes").glob("*.yml"))]
    pattern = r"(?ms)^id: (?P<rule>\S+)$.*?^metadata: \{ parts: (?P<parts>[\w ]+) \}$"
    return {found["rule"]: found["parts"] for t in texts for found in re.finditer(pattern, t)}


SHAPES = _shapes()


def found_by_ast_grep() -> Iterator[Finding]:
    """Yield what breaks a rule of shapes/."""
    config = str(PACKAGE / "sgconfig.yml")
    folders = [folder for folder in PARTS if (project().root / folder).exists()]
    lines = output_of("ast-grep", "scan", "--config", config, "--json=stream", *folders)
    for line in lines:
        found = json.loads(line)
        path = project().root / found["file"]
        if part_of(path) in SHAPES.get(found["ruleId"], "").split():
            wrong, _, instead = found["message"].partition("; ")
            line = found["range"]["start"]["line"] + 1
            yield Finding(found["ruleId"][:3], f"{found['file']}:{line}", wrong, instead)


def found_by_ruff() -> Iterator[Finding]:
    """Yield what breaks a rule of ruff that holds one of ours."""
    select = f"--extend-select={','.join(RUFF)}"
    printed = output_of("ruff", "check", "--output-format=json", "--exit-zero", select, *PARTS)
    for found in json.loads("\n".join(printed)):
        code = found["code"] or ""
        known = next((RUFF[name] for name in RUFF if code.startswith(name)), None)
        if known:
            path = Path(found["filename"]).relative_to(project().root).as_posix()
            wrong = f"{found['message'].rstrip('.').replace(';', ',')} ({code})"
            yield Finding(known[0], f"{path}:{found['location']['row']}", wrong, known[1])


@cache
def program(name: str) -> str:
    """Return the path of a program that is installed beside Python."""
    path = Path(sysconfig.get_path("scripts"), name)
    return str(path) if path.exists() else name


def output_of(name: str, *arguments: str, given: str = "") -> list[str]:
    """Return the lines that a program prints, whatever it thinks of what it finds."""
    try:
        done = subprocess.run(  # noqa: S603 (words of this package)
            [program(name), *arguments],
            cwd=project().root,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise BadConfigError(f"{name} is not installed") from error
    if done.returncode not in (0, 1):
        raise BadConfigError(f"{name} does not run: {done.stderr.strip()}")
    return done.stdout.splitlines()
