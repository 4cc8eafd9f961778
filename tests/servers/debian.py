"""Debian packages without root: fetched by apt-get and unpacked, never installed."""

import shutil
import subprocess
from pathlib import Path


class NoServerError(Exception):
    """There is no way to a server here; the text says why."""


def unpack(packages: list[str], root: Path, scratch: Path) -> None:
    """Unpack packages and all that they need, except libc: that must be the machine's.

    What the machine has installed is not asked: the same files come out everywhere.
    """
    for file in _download(packages, scratch):
        if not file.name.startswith("libc6_"):
            run("dpkg-deb", "-x", str(file), str(root))
    if (root / "lib").exists():  # where Debian 12 still has some libraries
        shutil.copytree(
            root / "lib", root / "usr/lib", symlinks=True, dirs_exist_ok=True
        )


def _download(packages: list[str], folder: Path) -> list[Path]:
    """By apt-get with the machine's sources and keys, but with a state of our own."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()  # nothing is installed
    settings = {
        "Dir::State": folder / "state",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
        "Acquire::Retries": 1,
        "APT::Keep-Downloaded-Packages": "true",
        "APT::Sandbox::User": "root",  # its other account cannot see root's home
    }
    apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in settings.items())]
    run(*apt, "update")
    run(*apt, "install", "--download-only", "--no-install-recommends", "-y", *packages)
    return sorted((folder / "cache/archives").glob("*.deb"))


def run(*command: str, env: dict[str, str] | None = None) -> str:
    """Run a command; its output, or an error with the end of what it said."""
    try:
        done = subprocess.run(
            command,
            env=env,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip()[-300:]
        raise NoServerError(f"{command[0]} failed: {said}") from None
    except (subprocess.TimeoutExpired, FileNotFoundError) as error:
        raise NoServerError(str(error)) from None
    return done.stdout
