"""The rules about migrations that are checked as text, in conventions/rules."""

import json
import sysconfig
from pathlib import Path

from ..finding import Finding, fail
from .revisions import output_of

AST_GREP = str(Path(sysconfig.get_path("scripts"), "ast-grep"))


def test_revisions_follow_the_rules() -> None:
    findings = []
    for line in output_of(AST_GREP, "scan", "--json=stream", "migrations"):
        found = json.loads(line)
        rule, _, message = found["message"].partition(": ")
        wrong, _, instead = message.rpartition(" (")[0].partition("; ")
        place = f"{found['file']}:{found['range']['start']['line'] + 1}"
        findings.append(Finding(rule, place, wrong, instead))
    fail(findings)
