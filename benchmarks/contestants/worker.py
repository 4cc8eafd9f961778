"""One contestant in a process of its own, which works when it is told to.

    python -m contestants.worker CONTESTANT URL

Each line of its input is an order; each line of its output tells how long that took, and
a checksum of what was read. Between two orders it waits: only one contestant works.
"""

import asyncio
import gc
import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, NamedTuple

from sqlalchemy import make_url

from . import inputs, readings
from .contestant import Contestant

MODULES = {
    "raw": "raw_{}.Raw",
    "best": "best_{}.Best",
    "core": "core.Core",
    "orm": "orm.Orm",
    "loop": "loop.Loop",
    "ours": "ours.Ours",
    "rows": "rows.Rows",
    "advanced": "advanced.Advanced",
}


class Operation(NamedTuple):
    """Which unit of work runs with what, and how the last one's result is told."""

    method: str
    arguments: Callable[[int], list[Any]]  # one for each unit
    reading: Callable[[Any], str] = str


OPERATIONS = {
    "create": Operation("create", lambda size: [size]),
    "insert": Operation("insert", lambda size: [inputs.inserts(size)]),
    "upsert": Operation("upsert", lambda size: [inputs.upserts(size)]),
    "update": Operation("update", lambda size: [inputs.updates(size)]),
    "get": Operation("get", lambda size: [inputs.keys(size)], readings.rows),
    "tree": Operation("tree", inputs.shelves, readings.tree),
    "first_page": Operation("page", lambda size: [None] * size, readings.rows),
    "far_page": Operation("page", lambda size: [None] * size, readings.rows),
    "stream": Operation("stream", lambda size: [size], readings.counted),
}


def contestant(name: str, url: str) -> Contestant:
    """Make the contestant for a database."""
    backend = make_url(url).get_backend_name()
    module, kind = MODULES[name].format(backend).split(".")
    found: Contestant = getattr(import_module(f".{module}", __package__), kind)(url)
    return found


async def main(name: str, url: str) -> None:
    """Work until the input ends."""
    worker = contestant(name, url)
    await worker.open()
    try:
        for line in sys.stdin:
            answer = await perform(worker, **json.loads(line))
            print(json.dumps(answer), flush=True)
    finally:
        await worker.close()


async def perform(worker: Contestant, operation: str, size: int) -> dict[str, Any]:
    """Work, and tell the seconds and the checksum of what was read last."""
    method, given, reading = OPERATIONS[operation]
    arguments = given(size)
    if operation == "far_page":
        arguments = [await worker.position(inputs.before_far_page())] * size
    seconds, found = await repeated(getattr(worker, method), arguments)
    return {"seconds": seconds, "digest": reading(found)}


async def repeated(
    unit: Callable[[Any], Awaitable[Any]], arguments: list[Any]
) -> tuple[float, Any]:
    """Run a unit of work with each argument; return the seconds and what it gave last."""
    found = None
    gc.collect()
    began = time.perf_counter()
    for argument in arguments:
        found = await unit(argument)
    return time.perf_counter() - began, found


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # of statements that are slow
    asyncio.run(main(*sys.argv[1:]))
