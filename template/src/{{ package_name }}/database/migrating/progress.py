"""Telling how far long work is."""

import logging
from time import monotonic

SECONDS_BETWEEN_LINES = 5
# Its lines stand among those of Alembic.
logger = logging.getLogger("alembic.runtime.migration.progress")


class Progress:
    """Logs every few seconds how many rows are done, how fast, and what time is left."""

    def __init__(self, name: str, total: int) -> None:
        self.name = name
        self.total = total
        self.done = 0
        self.began = self.told = monotonic()

    def advance(self, rows: int) -> None:
        """Count rows that are done."""
        self.done += rows
        now = monotonic()
        if now - self.told < SECONDS_BETWEEN_LINES and self.done < self.total:
            return
        self.told = now
        rate = self.done / max(now - self.began, 0.001)
        logger.info(
            "%s: %d of %d rows, %d a second, %d s left",
            self.name,
            self.done,
            self.total,
            rate,
            max(self.total - self.done, 0) / rate,
        )
