"""Keep one private database server, to be killed and started again by orders.

    python -m servers.keeper KIND[@PORT] PREFIX [LIBRARIES]

With the PORT of another one it is a replica of that. First its port is printed. Then each line of the input is an order, answered by a line:
a JSON list of settings starts the server with them (and kills the one that runs), `null`
only kills. With the input ends everything, as when pytest does.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from servers.binaries import Install
from servers.kinds import KINDS, Kind, Place, Process, free_port
from servers.supervisor import memory, settle, stop, temporary_directory

# The one setting that is ours: how large the server's files may become, in bytes.
LIMIT = "file_size="


def main(kind: Kind, install: Install, source: str) -> None:
    with (
        temporary_directory(memory()) as home,
        temporary_directory() as copy,
        os.fdopen(os.dup(sys.stdout.fileno()), "w") as answers,
    ):
        place, port = settle(home, install, copy), free_port()
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # for what programs print
        if source:
            assert kind.copy is not None
            kind.copy(place, int(source))
        else:
            kind.initialise(place)
        print(port, file=answers, flush=True)
        server: Process | None = None
        try:
            for order in sys.stdin:
                settings = json.loads(order)
                if server is not None:
                    kill(server)
                if settings is not None:
                    server = start(kind, place, port, settings)
                print("done", file=answers, flush=True)
        finally:
            if server is not None and server.poll() is None:
                stop(server, kind.stop)


def start(kind: Kind, place: Place, port: int, settings: list[str]) -> Process:
    limits = [setting for setting in settings if setting.startswith(LIMIT)]
    for limit in limits:
        size = int(limit.removeprefix(LIMIT))

        def restrict(size: int = size) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        place = replace(place, account={**place.account, "preexec_fn": restrict})
    own = [setting for setting in settings if setting not in limits]
    return kind.serve(place, port, kind.durable, *own)


def kill(server: Process) -> None:
    """End it as a power cut would: with its children, none of which can still act."""
    if server.poll() is not None:
        return
    server.send_signal(signal.SIGSTOP)  # it starts no more of them
    children = [pid for pid, parent, _ in processes() if parent == server.pid]
    for pid in (server.pid, *children):
        with suppress(ProcessLookupError):  # a child that has just ended by itself
            os.kill(pid, signal.SIGKILL)
    server.wait()
    while any(pid in children and state[0] != "Z" for pid, _, state in processes()):
        pass


def processes() -> list[tuple[int, int, str]]:
    """Each process of the machine: its number, its parent's, its state."""
    listed = subprocess.run(
        ["ps", "-axo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    lines = [line.split() for line in listed.stdout.splitlines()]
    return [(int(pid), int(parent), state) for pid, parent, state in lines]


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # runs what is under `finally`
    kind, *install = sys.argv[1:]
    name, _, source = kind.partition("@")
    main(KINDS[name], Install(*map(Path, install)), source)
