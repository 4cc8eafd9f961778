"""Changes of the rendered code that its own tests have to find."""

import re
from dataclasses import dataclass

from cells import Cell

from rules.plants import Plant


@dataclass(frozen=True)
class Edited(Plant):
    """`old` in a file of the package becomes `new`, and then `test` fails."""

    file: str
    old: str
    new: str
    test: str
    cells: str = ""

    def fits(self, cell: Cell) -> bool:
        """Whether it can be done in the cell."""
        return re.search(self.cells, str(cell)) is not None


# Promises of the template's own code: its tests hold them, they are no instrument of a rule.
EDITED = [
    Edited(
        "E08",
        "test",
        "database/engine.py",
        "        if taken >= slow:\n",
        "        if taken >= 3600:\n",
        "tests/database/test_contract.py",
    ),
    Edited(
        "E09",
        "test",
        "database/session.py",
        "raise Unavailable(reason) from error",
        "raise",
        "tests/database/test_contract.py",
    ),
    Edited(
        "S18",
        "test",
        "database/repository.py",
        "raise NotFound(self.model, key)",
        "raise LookupError(key)",
        "tests/database/test_contract.py",
    ),
    Edited(
        "S07",
        "test",
        "database/session.py",
        "            yield session\n",
        "            try:\n"
        "                yield session\n"
        "            except Exception:\n"
        "                pass\n",
        "tests/database/test_contract.py",
    ),
    Edited(
        "G09",
        "test",
        "health.py",
        "    if current == expected:\n",
        "    if current:\n",
        "tests/test_health.py",
    ),
    Edited(
        "S06",
        "test",
        "web.py",
        "            return super().dispatch_request()\n",
        "            pass\n"
        "        g.session = self.sessions()\n"
        "        return super().dispatch_request()\n"
        "\n"
        "    def do_teardown_request(self, *arguments: object) -> None:\n"
        "        g.session.commit()\n"
        "        g.session.close()\n",
        "tests/database/test_requests.py",
        "flask",
    ),
]
