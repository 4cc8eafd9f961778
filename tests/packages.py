"""The packages of rendered projects: fetched once, and compiled once for all of them.

uv links what is in its cache into each environment, the compiled files too; so what is
compiled in the cache need not be compiled in each of a hundred environments.
"""

import os
import subprocess
import sys
from pathlib import Path

from servers.binaries import cache_folder, locked


def use_own_cache() -> None:
    """Let uv keep packages beside the servers, where UV_CACHE_DIR names no other place."""
    os.environ.setdefault("UV_CACHE_DIR", str(cache_folder() / "uv"))


def compile_packages() -> None:
    """Compile what uv has fetched since the last time, for this version of Python."""
    cache = Path(os.environ["UV_CACHE_DIR"])
    known = cache / f"compiled-{sys.implementation.cache_tag}"
    with locked(cache / "compiling.lock"):
        compiled = known.read_text("utf-8").split() if known.exists() else []
        fetched = {folder.name: folder for folder in cache.glob("archive-v*/*")}
        new = [str(fetched[name]) for name in fetched.keys() - set(compiled)]
        if new:
            # Some packages have templates that are no Python yet: what fails is left alone.
            subprocess.run(
                [sys.executable, "-m", "compileall", "-qq", "-j0", *new], check=False
            )
            known.write_text("\n".join(fetched), "utf-8")
