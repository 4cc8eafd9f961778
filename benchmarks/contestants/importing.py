"""One import of products, in a process of its own.

    python -m contestants.importing URL ROWS

Prints the seconds and the most memory (MiB) that the process ever had.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from my_service.catalogue.importing import product_import
from my_service.connection import connected
from my_service.settings import Settings


def lines(rows: int) -> Iterator[str]:
    """Yield the lines of a CSV file, as a file does."""
    yield "sku,name,price_cents,stock\n"
    for number in range(rows):
        yield f"SKU-{number:08},Product {number},{number % 9000 + 99},{number % 1000}\n"


def peak() -> float:
    """Return the most memory that this program had, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # what `resource` tells on Linux may be of the parent
        found = next(
            line for line in status.read_text().splitlines() if line[:6] == "VmHWM:"
        )
        return int(found.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


async def main(url: str, rows: int) -> None:
    """Import and tell."""
    async with connected(Settings(database_url=url)) as sessions:
        began = time.perf_counter()
        imported = await product_import.run(sessions, lines(rows))
        seconds = time.perf_counter() - began
    if imported.inserted != rows or imported.rejected:
        raise SystemExit(f"{imported.inserted} of {rows} rows were inserted")
    print(json.dumps({"seconds": seconds, "peak": peak()}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
