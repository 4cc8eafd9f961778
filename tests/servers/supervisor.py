"""Run one throw-away database server for as long as pytest lives.

    python -m servers.supervisor KIND LIFE URL [PREFIX [LIBRARIES]]

A process of its own, in a session of its own, since a pytest that is killed cleans
nothing up. LIFE is a port that pytest keeps open; the server's address is written to
the file URL. Without a prefix docker runs the server.
"""

import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servers.binaries import Install
from servers.kinds import KINDS, Place, Process, free_port


def main(name: str, life: int, url: Path, install: Install | None) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # runs what is under `finally`
    kind = KINDS[name]
    with (
        socket.create_connection(("127.0.0.1", life)) as pytest,
        temporary_directory(memory()) as home,
        temporary_directory() as copy,
    ):
        if install:
            place, port = settle(home, install, copy), free_port()
            kind.initialise(place)
            server = kind.serve(place, port)
        else:
            server, port = kind.serve_in_docker()
        try:
            url.write_text(kind.url.format(port=port))
            while server.poll() is None and not ended(pytest):
                pass
        finally:
            stop(server, kind.stop)


@contextmanager
def temporary_directory(parent: str | None = None) -> Iterator[Path]:
    """Like tempfile's, but a file that a dying server still makes does not matter."""
    path = tempfile.mkdtemp(prefix="copier-sqlalchemy-", dir=parent)
    try:
        yield Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def memory() -> str | None:
    """MariaDB's DDL waits for the disk whatever the settings: memory is far faster."""
    shm = "/dev/shm"
    roomy = os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > 2**30
    return shm if roomy else None


def settle(home: Path, install: Install, copy: Path) -> Place:
    """Choose the account, as PostgreSQL refuses root: root's servers run as nobody.

    Nobody needs a copy of files that lie below /root (not in /dev/shm: docker allows no
    programs there).
    """
    if os.geteuid() != 0:
        return Place(home, {}, install)
    nobody = pwd.getpwnam("nobody")
    account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    if not reaches(install, account):
        install = install.copied_to(copy)
    for path in (home, copy, *copy.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
    return Place(home, account, install)


def reaches(install: Install, account: dict[str, Any]) -> bool:
    command = ["test", "-x", str(install.prefix / "bin")]
    return subprocess.run(command, check=False, **account).returncode == 0


def ended(pytest: socket.socket) -> bool:
    """Whether its end of the connection is closed; waits a little for that."""
    readable, _, _ = select.select([pytest], [], [], 0.2)
    return bool(readable)


def stop(server: Process, how: signal.Signals) -> None:
    server.send_signal(how)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    name, life, url, *install = sys.argv[1:]
    files = Install(*map(Path, install)) if install else None
    main(name, int(life), Path(url), files)
