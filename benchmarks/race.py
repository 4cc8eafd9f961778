"""The races of the data layer: contestants take turns, each in a process of its own."""

import json
import random
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contestants import inputs
from judge import CheatError, Judge
from projects import Project
from workshop import Cell

READERS = ("raw", "core", "orm", "ours", "advanced")
WRITERS = (*READERS, "loop")
LISTS = ("tree", "first_page", "far_page")
# What the contestants of another commit are called here.
BEFORE = {"before": "ours", "rows_before": "rows"}
# Where the database has a faster way than the driver's executemany.
BEST = {"postgresql": ("insert", "upsert", "update"), "mysql": ("update",)}
ARCHIVED = {"first_page", "far_page", "stream"}
WARM_UP = 10  # before the first round each contestant does a part of the work


@dataclass
class Result:
    """What the rounds of one contestant took, in seconds."""

    database: str
    concurrency: str
    operation: str
    contestant: str
    seconds: list[float]


def contestants(database: str, operation: str, *, before: bool) -> list[str]:
    """Return who takes part, the data layer of an earlier commit with them if asked for."""
    found = list(WRITERS if operation in inputs.WRITES else READERS)
    if operation in LISTS:
        found.append("rows")
    if operation == "stream":
        found.remove("advanced")  # it has none
    if operation in BEST.get(database, ()):
        found.append("best")
    found += [name for name, now in BEFORE.items() if before and now in found]
    return found


class Worker:
    """The process of a contestant."""

    def __init__(self, name: str, process: subprocess.Popen[str], log: Path) -> None:
        self.name, self.process, self.log = name, process, log

    def work(self, operation: str, size: int) -> dict[str, Any]:
        """Let it work and return its answer. Raises CheatError when it ends instead."""
        order = json.dumps({"operation": operation, "size": size})
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            print(order, file=self.process.stdin, flush=True)
            answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            said = self.log.read_text("utf-8")[-3000:]
            raise CheatError(f"{operation} failed:\n{said}") from None
        return answer


@contextmanager
def worker(project: Project, name: str, url: str) -> Iterator[Worker]:
    """Start the process of a contestant, and end it with the block."""
    log = project.path / f"{name}.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [
                ".venv/bin/python",
                "-m",
                "contestants.worker",
                BEFORE.get(name, name),
                url,
            ],
            cwd=project.path,
            env=project.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield Worker(name, process, log)
    finally:
        process.communicate()  # the end of its input ends it


def race(
    project: Project,
    cell: Cell,
    url: str,
    operations: Sequence[str],
    rounds: int,
    before: Project | None = None,
) -> list[Result]:
    """Let the contestants race on a database, operation by operation.

    `before` has the data layer of an earlier commit. Raises CheatError.
    """
    own = cell.url(url)
    with worker(project, "core", own) as maker:
        maker.work("create", 0)
    judge = Judge(url)
    judge.fill(archive=not ARCHIVED.isdisjoint(operations))
    racing = {
        name: contestants(cell.database, name, before=before is not None)
        for name in operations
    }
    results = []
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(
                worker(before if before and name in BEFORE else project, name, own)
            )
            for name in dict.fromkeys(
                name for names in racing.values() for name in names
            )
        }
        for operation, names in racing.items():
            taking_part = [workers[name] for name in names]
            seconds = compete(taking_part, judge, operation, rounds)
            results += [
                Result(cell.database, cell.concurrency, operation, name, seconds[name])
                for name in names
            ]
    judge.close()
    return results


def compete(
    workers: Sequence[Worker], judge: Judge, operation: str, rounds: int
) -> dict[str, list[float]]:
    """Run the rounds of one operation, in another order each time; return seconds."""
    size = inputs.SIZES[operation]
    judge.prepare(operation)
    for worker in workers:
        turn(worker, judge, operation, max(size // WARM_UP, 2), whole=True)
    seconds: dict[str, list[float]] = {worker.name: [] for worker in workers}
    for _ in range(rounds):
        for worker in random.sample(workers, len(workers)):
            taken = turn(worker, judge, operation, size, whole=False)
            seconds[worker.name].append(taken)
    return seconds


def turn(
    worker: Worker, judge: Judge, operation: str, size: int, *, whole: bool
) -> float:
    """Let one contestant work once; return the seconds. Raises CheatError."""
    # Its bulk methods do not count versions.
    versions = worker.name != "advanced"
    writes = operation in inputs.WRITES
    if writes:
        judge.prepare(operation)
    answer = worker.work(operation, size)
    try:
        if not writes:
            judge.check_reading(operation, size, answer["digest"])
        elif whole:
            judge.check_writing(operation, size, versions=versions)
        else:
            judge.check_sums(operation, size, versions=versions)
    except CheatError as error:
        raise CheatError(f"{worker.name}, {operation}: {error}") from None
    return float(answer["seconds"])
