"""Doing things at the same time, in threads; tasks.py has the same for tasks."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

Barrier = threading.Barrier
Event = threading.Event
sleep = time.sleep


def together(works: Iterable[Callable[[], Result]]) -> list[Result | BaseException]:
    """Do all at once; give what each returned or raised, in their order."""
    works = list(works)
    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(work) for work in works]
        return [future.exception() or future.result() for future in futures]
