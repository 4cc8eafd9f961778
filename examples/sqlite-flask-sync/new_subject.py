"""Make a subject, with the version of the template that made this project: see --help."""

import re
import subprocess
import sys
from pathlib import Path

ANSWERS = Path(__file__).with_name(".copier-answers.yml")
SHORT = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}


def address() -> str:
    """Return where the generator of subjects is, as uv takes it."""
    answers = ANSWERS.read_text("utf-8")
    source = re.search(r"(?m)^_src_path: ['\"]?(.+?)['\"]?$", answers)
    version = re.search(r"(?m)^_commit: ['\"]?(?:.*-g)?(.+?)['\"]?$", answers)
    if source is None:
        sys.exit(f"error: {ANSWERS.name} has no _src_path; restore it")
    template = SHORT.get(source[1][:3], source[1][:3]) + source[1][3:]
    template = re.sub(r"^([\w.-]+@[\w.-]+):", r"ssh://\1/", template)
    if version is None:
        return f"{template}/generator"
    if "://" not in template:
        template = Path(template).absolute().as_uri()
    template = template.removeprefix("git+")
    return f"git+{template}@{version[1]}#subdirectory=generator"


if __name__ == "__main__":
    command = ["uvx", "--quiet", "--from", address(), "new-subject", *sys.argv[1:]]
    done = subprocess.run(command, cwd=ANSWERS.parent, check=False)  # noqa: S603 (no shell takes it apart)
    sys.exit(done.returncode)
