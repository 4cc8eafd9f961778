"""Two nodes of Galera: MariaDB servers of a test's own that replicate to each other."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from servers import binaries
from servers.debian import NoServerError
from servers.kinds import PASSWORD, free_port
from servers.private import PATIENCE, PrivateServer, running
from servers.shared import unavailable

STATE = """SELECT variable_value FROM information_schema.global_status
    WHERE variable_name = 'wsrep_local_state_comment'"""
LIBRARY = "usr/lib/galera/libgalera_smm.so"
# How a node hands over its data: the one that joins is just initialised, as the other
# was, and needs no more than to know where in the history that is.
HAND_OVER = f"""\
#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in
        --gtid) position=$2 ;;
        --host) host=$2 ;;
        --port) port=$2 ;;
    esac
    shift
done
mariadb --no-defaults --host="$host" --port="$port" --user=root --password={PASSWORD} \\
    --execute="SET GLOBAL wsrep_start_position = '$position'" && echo "done $position"
"""


@pytest.fixture(scope="session")
def galera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[PrivateServer]]:
    """The nodes of a cluster, each of which takes writes."""
    try:
        with cluster(tmp_path_factory.mktemp("galera")) as nodes:
            yield nodes
    except NoServerError as error:
        unavailable("mysql", error)


@contextmanager
def cluster(folder: Path, size: int = 2) -> Iterator[list[PrivateServer]]:
    """Give nodes that run until the end of the block. Raises NoServerError."""
    ports = [free_port() for _ in range(size)]
    with ExitStack() as stack:
        library = stack.enter_context(_library())
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("PATH", str(library.parent), prepend=os.pathsep)
        nodes = [
            stack.enter_context(running("mysql", folder / f"{number}.log"))
            for number in range(size)
        ]
        for first, (node, port) in zip(
            (True, *[False] * (size - 1)),
            zip(nodes, ports, strict=True),
            strict=True,
        ):
            others = ",".join(f"127.0.0.1:{other}" for other in ports)
            node.start(
                "--wsrep-on=ON",
                f"--wsrep-provider={library}",
                f"--wsrep-cluster-address=gcomm://{others}",
                *(["--wsrep-new-cluster"] if first else []),
                "--wsrep-node-address=127.0.0.1",
                f"--wsrep-node-incoming-address=127.0.0.1:{node.port}",
                f"--wsrep-provider-options=base_host=127.0.0.1;base_port={port};"
                f"gmcast.listen_addr=tcp://127.0.0.1:{port};"
                f"ist.recv_addr=127.0.0.1:{free_port()};gcache.size=16M",
                "--wsrep-sst-method=mysqldump",
                f"--wsrep-sst-auth=root:{PASSWORD}",
                f"--wsrep-sst-receive-address=127.0.0.1:{node.port}",
                "--binlog-format=ROW",
                "--innodb-autoinc-lock-mode=2",
            )
            _wait_until_synced(node)
        yield nodes


def _wait_until_synced(node: PrivateServer) -> None:
    engine, deadline = sa.create_engine(node.url), time.monotonic() + PATIENCE
    with engine.connect() as connection:
        while connection.exec_driver_sql(STATE).first() != ("Synced",):
            assert time.monotonic() < deadline, "the node does not join"
            time.sleep(0.05)
    engine.dispose()


@contextmanager
def _library() -> Iterator[Path]:
    """Give Galera's library, where the account of the servers can read."""
    install = binaries.of_debian("galera", "galera-4", program=LIBRARY)
    folder = Path(tempfile.mkdtemp(prefix="copier-sqlalchemy-"))
    folder.chmod(0o755)
    script = folder / "wsrep_sst_mysqldump"
    script.write_text(HAND_OVER)
    script.chmod(0o755)
    try:
        yield Path(shutil.copy(install.prefix.parent / LIBRARY, folder))
    finally:
        shutil.rmtree(folder)
