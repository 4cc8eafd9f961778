"""The rules about migrations that are checked as text, in conventions/rules.

Those about revisions are for new ones: what the main branch has is not edited (G11).
"""

import json
import sysconfig
from pathlib import Path
from typing import Any

from ..finding import Finding, fail
from .revisions import on_main, output_of

AST_GREP = str(Path(sysconfig.get_path("scripts"), "ast-grep"))


def test_new_revisions_follow_the_rules() -> None:
    findings = []
    old = on_main()
    options = ("--json=stream", "--error=unused-suppression")
    for line in output_of(AST_GREP, "scan", *options, "migrations"):
        found = json.loads(line)
        if found["file"] not in old:
            findings.append(finding(found))
    fail(findings)


def finding(found: Any) -> Finding:
    """Tell what ast-grep found as our own checks do."""
    place = f"{found['file']}:{found['range']['start']['line'] + 1}"
    if found["ruleId"] == "unused-suppression":
        return Finding("X04", place, "this waives nothing", "delete it")
    rule, _, message = found["message"].partition(": ")
    wrong, _, instead = message.rpartition(" (")[0].partition("; ")
    return Finding(rule, place, wrong, instead)
