"""A client that loads one URL: as little work as can be between two requests.

    python load.py HOST PORT PATH SECONDS

Prints the number of requests a second and percentiles of their latencies as JSON.
"""

import asyncio
import json
import sys
import time

CONNECTIONS = 32
WARM_UP = 1.0  # seconds


class Loader(asyncio.Protocol):
    """One connection: sends the next request when an answer is complete."""

    def __init__(self, request: bytes, latencies: list[tuple[float, float]]) -> None:
        self.request, self.latencies = request, latencies
        self.received = b""
        self.began = 0.0
        self.transport: asyncio.Transport
        self.failure: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._send()

    def _send(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer."""
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        if not head.startswith(b"HTTP/1.1 200 "):
            self.failure = self.received[:500].decode(errors="replace")
            self.transport.close()
            return
        self.received = b""
        now = time.perf_counter()
        self.latencies.append((now, now - self.began))
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        """Remember that it ended early; our own end comes with the program's."""
        self.failure = self.failure or "the server closed the connection"


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without a length")


async def load(host: str, port: int, path: str, seconds: float) -> dict[str, float]:
    """Load a URL and return what was counted after the first second."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    latencies: list[tuple[float, float]] = []
    loop = asyncio.get_running_loop()
    loaders = [
        (await loop.create_connection(lambda: Loader(request, latencies), host, port))[
            1
        ]
        for _ in range(CONNECTIONS)
    ]
    begin = time.perf_counter() + WARM_UP
    await asyncio.sleep(WARM_UP + seconds)
    if failures := {loader.failure for loader in loaders if loader.failure}:
        raise SystemExit("\n".join(failures))
    counted = sorted(taken for at, taken in latencies if begin <= at < begin + seconds)
    return {
        "per_second": len(counted) / seconds,
        "p50": counted[len(counted) // 2],
        "p99": counted[len(counted) * 99 // 100],
    }


if __name__ == "__main__":
    host, port, path, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(load(host, int(port), path, float(seconds)))))
