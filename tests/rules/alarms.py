"""Count what the rules find in folders of source, to know a new rule's noise before it lands.

    PYTHONPATH=tests python tests/rules/alarms.py FOLDER... [--show RULE]

Each folder is copied into an empty project, as a package of its name; only texts are checked.
What is found in foreign code is not wrong for that: read some of it (`--show`).
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from rules.tools import FINDING

ROOT = Path(__file__).parents[2]
SETTINGS = '[tool.conventions]\npackage = "{name}"\n\n[tool.ruff]\nextend = "conventions/ruff.toml"\n'


def alarms(folder: Path) -> list[str]:
    """The lines that `python -m conventions` prints of a folder."""
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory)
        shutil.copytree(ROOT / "template/conventions", project / "conventions")
        ignore = shutil.ignore_patterns(".git", "node_modules", ".venv")
        shutil.copytree(folder, project / "src" / folder.name, ignore=ignore)
        rules = (ROOT / "template/CONVENTIONS.md").read_text("utf-8")
        # Those of one style or database make no sense elsewhere.
        rules = re.sub(r'(?m)^### <a id="(A02|G12|G15)">.*$', "", rules)
        (project / "CONVENTIONS.md").write_text(rules, "utf-8")
        settings = SETTINGS.replace("{name}", folder.name)
        (project / "pyproject.toml").write_text(settings, "utf-8")
        command = [sys.executable, "-m", "conventions"]
        done = subprocess.run(
            command, cwd=project, capture_output=True, text=True, check=False
        )
        assert not done.stderr, done.stderr
        return done.stdout.splitlines()


def main() -> None:
    """Print a table: a line for each rule, a column for each folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--show", metavar="RULE", help="print what a rule finds")
    given = parser.parse_args()
    counts = []
    for folder in given.folders:
        found = [line for line in map(FINDING.match, alarms(folder)) if line]
        counts.append(Counter(line["rule"] for line in found))
        for line in found:
            if line["rule"] == given.show:
                print(line[0])
    print("rule ", *(f"{folder.name[:18]:>18}" for folder in given.folders))
    for rule in sorted(set().union(*counts)):
        print(f"{rule}  ", *(f"{count[rule] or '':>18}" for count in counts))
    print("all  ", *(f"{count.total():>18}" for count in counts))


if __name__ == "__main__":
    main()
