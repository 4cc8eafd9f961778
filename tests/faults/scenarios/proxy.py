"""A TCP proxy before a database server, which can let its clients down."""

import asyncio
import re
import socket
import struct
import threading
from collections import deque
from contextlib import suppress
from enum import Enum
from typing import Self

LINGER = struct.pack("ii", 1, 0)  # closing sends RST at once
COMMIT = re.compile(rb"\bCOMMIT\b")  # not READ COMMITTED
ROLLBACK = re.compile(rb"ROLLBACK(?! TO)")  # of a transaction, not to a savepoint


class Fate(Enum):
    """What becomes of a COMMIT or a ROLLBACK."""

    ANSWERED = "it passes, and so does its answer"
    UNANSWERED = "the server gets it, and the client is cut off before the answer"
    LOST = "both are cut off before the server gets it"


class Link:
    """One connection of a client, and the one to the server that stands for it."""

    def __init__(
        self, client: asyncio.StreamWriter, server: asyncio.StreamWriter
    ) -> None:
        self.client = client
        self.server = server
        self.wrote = False
        self.muted = False

    def cut(self) -> None:
        """Reset the client's connection and end the server's."""
        connection: socket.socket = self.client.get_extra_info("socket")
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
        self.client.transport.abort()
        self.server.close()


class Proxy:
    """Stands before the server at a port; `swallows` lets nothing pass any more.

    `commits` holds the fates of the next COMMITs of what was inserted, `rollbacks` those
    of the next ROLLBACKs; those after them are answered. After the last of its `answers`
    it cuts its clients off, if it is told how many there are.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.swallows = False
        self.commits: deque[Fate] = deque()
        self.rollbacks: deque[Fate] = deque()
        self.answers: int | None = None
        self.port = 0
        self._links: set[Link] = set()
        self._loop = asyncio.new_event_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()

    def reset(self) -> None:
        """Cut every connection."""

        async def cut() -> None:
            for link in list(self._links):
                link.cut()

        asyncio.run_coroutine_threadsafe(cut(), self._loop).result()

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[ready])
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set_result, None)
        self._thread.join()

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._link, "127.0.0.1")
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    async def _link(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        link = Link(writer, server)
        self._links.add(link)
        await asyncio.gather(self._up(link, reader), self._down(link, answers))
        link.cut()
        with suppress(OSError):
            await server.wait_closed()
        self._links.discard(link)

    async def _up(self, link: Link, reader: asyncio.StreamReader) -> None:
        """Pass on what a client sends."""
        with suppress(OSError):
            while data := await reader.read(2**16):
                if self.swallows:
                    continue
                fate = self._fate(link, data)
                if fate is Fate.LOST:
                    link.cut()
                    return
                link.muted = fate is Fate.UNANSWERED
                link.server.write(data)
                await link.server.drain()
        link.server.close()

    def _fate(self, link: Link, data: bytes) -> Fate:
        """Choose what becomes of what a client sends."""
        link.wrote |= b"INSERT" in data  # some drivers also commit when they connect
        if link.wrote and COMMIT.search(data) and self.commits:
            return self.commits.popleft()
        if self.rollbacks and ROLLBACK.search(data):
            return self.rollbacks.popleft()
        return Fate.ANSWERED

    async def _down(self, link: Link, reader: asyncio.StreamReader) -> None:
        """Pass on what the server answers."""
        with suppress(OSError):
            while data := await reader.read(2**16):
                if link.muted or self.answers == 0:
                    link.cut()
                    return
                if self.answers is not None:
                    self.answers -= 1
                if not self.swallows:
                    link.client.write(data)
                    await link.client.drain()
        if not self.swallows:
            link.client.close()

    def _run(self, ready: threading.Event) -> None:
        async def main() -> None:
            serving = asyncio.ensure_future(self._serve(ready))
            await self._ended
            serving.cancel()
            while self._links:
                for link in self._links:
                    link.cut()
                await asyncio.sleep(0.01)
            with suppress(asyncio.CancelledError):
                await serving

        self._loop.run_until_complete(main())
        self._loop.close()
