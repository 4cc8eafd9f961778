"""Serve a project in several ways, interleaved: what does one cost against the first?

    python benchmarks/ways_to_serve.py /tmp/old /tmp/new --path /products --rounds 20

Each way is a folder with a rendered project whose environment is installed; its DATABASE_URL
is in `.env`, migrated. `FOLDER?LOG_LEVEL=WARNING` serves with that variable. All servers run,
and take turns: each round asks each of them for some seconds over 8 connections.
"""

import argparse
import os
import socket
import statistics
import subprocess
import time
from pathlib import Path
from threading import Thread

CONNECTIONS = 8


def ask(port: int, path: str, until: float, counts: list[int]) -> None:
    """Send requests over one connection, one after the other; append how many were answered."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    count = 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while time.perf_counter() < until:
            connection.sendall(request)
            answer = connection.recv(2**16)
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 "), answer[:200]
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            while len(body) < length:
                body += connection.recv(2**16)
            count += 1
    counts.append(count)


def cpu_of(process: int) -> float:
    """Return the seconds that a process has computed so far."""
    fields = (
        Path(f"/proc/{process}/stat").read_text("ascii").rpartition(") ")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(port: int, process: int, path: str, seconds: float) -> tuple[float, float]:
    """Return the requests a second that a server answers, and those of a second of its CPU."""
    began, counts, used = time.perf_counter(), list[int](), cpu_of(process)
    arguments = (port, path, began + seconds, counts)
    threads = [Thread(target=ask, args=arguments) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == CONNECTIONS, "a request was not answered"
    total = sum(counts)
    return total / (time.perf_counter() - began), total / (cpu_of(process) - used)


def serve(way: str, port: int) -> subprocess.Popen[bytes]:
    """Start the server of a project, whose log goes to a file; wait until it answers."""
    folder, _, variables = way.partition("?")
    pairs = dict(each.split("=", 1) for each in variables.split("&") if each)
    [script] = {
        path.parent.name.replace("_", "-")
        for path in Path(folder).glob("src/*/serving.py")
    }
    with Path(folder, f".server.{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [Path(folder, ".venv/bin", script).resolve(), "serve", f"--port={port}"],
            cwd=folder,
            env={**os.environ, **pairs},
            stdout=log,
            stderr=log,
        )
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return process
    raise SystemExit(f"{way} does not serve: see {log.name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ways", nargs="+", metavar="FOLDER[?VARIABLE=VALUE]")
    parser.add_argument("--path", default="/products")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=2)
    given = parser.parse_args()
    ports = range(8810, 8810 + len(given.ways))
    servers = [serve(way, port) for way, port in zip(given.ways, ports, strict=True)]
    try:
        asked = [
            (p, s.pid, given.path, given.seconds)
            for p, s in zip(ports, servers, strict=True)
        ]
        for each in asked:  # what is slow once: imports, connections, caches
            measure(*each)
        turns = [[measure(*each) for each in asked] for _ in range(given.rounds)]
    finally:
        for server in servers:
            server.terminate()
    for number, way in enumerate(given.ways):
        print(way)
        for kind, what in enumerate(("requests/s", "requests/s of CPU")):
            rates = [turn[number][kind] for turn in turns]
            ratios = [turn[number][kind] / turn[0][kind] for turn in turns]
            low, middle, high = statistics.quantiles(ratios, n=4)
            print(
                f"  {statistics.median(rates):7.0f} {what},"
                f" {middle:.3f} of the first ({low:.3f} to {high:.3f})"
            )


if __name__ == "__main__":
    main()
