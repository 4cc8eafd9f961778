"""Waivers of any tool say why."""

import ast
import re

from ..places import text
from ..rules import Found, check
from .module import Module

WITHOUT_A_REASON = re.compile(
    r"#\s*(((ruff:\s*)?noqa|waive|waive-module)(:[\w\s,-]*(\(\s*\))?)?"
    r"|type:\s*ignore(\[[^\]]*\])?[\s#]*|type:\s*ignore\s*#.*)$"
)


@check("X04", "module", "src data tests env revision")
def waivers_say_why(m: Module) -> Found:
    for number, line in enumerate(text(m.path).splitlines(), 1):
        comment = line.find("#")
        if comment >= 0 and re.search("noqa|waive|ignore", line):
            for found in (line[i:] for i in range(comment, len(line)) if line[i] == "#"):
                if WITHOUT_A_REASON.match(found):
                    yield number, "why does the rule not hold here?", "name it, and say why"
                    break
    for call in m.calls_of("waive"):
        if len(call.args) < 2 and "mark" in ast.unparse(call.func):
            yield call, "why does the rule not hold here?", 'waive("Q06", "why")'
