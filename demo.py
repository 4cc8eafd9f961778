"""Render the default service from this checkout, fill it, serve it and call it once.

`make demo` runs it. The service stays until Ctrl-C, with CI=true or DEMO_ONCE=1 for the
one call only.
"""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).parent
PATIENCE = 30  # seconds
OPENER = build_opener(ProxyHandler({}))  # never by the proxy of a company


def main(destination: Path) -> None:
    if destination.exists() and any(destination.iterdir()):
        sys.exit(f"{destination} is not empty: remove it or choose another by DEST=")
    copier = (sys.executable, "-m", "copier", "copy", "--defaults", "--quiet")
    run(*copier, "--vcs-ref=HEAD", ROOT, destination)
    run("uv", "sync", "--quiet", cwd=destination)
    run("uv", "run", "alembic", "upgrade", "head", cwd=destination)
    run("uv", "run", "my-service", "seed", cwd=destination)
    serve(destination, free_port())


def run(*command: str | Path, cwd: Path | None = None) -> None:
    print("$", *(part for part in command), flush=True)
    if code := subprocess.run(command, cwd=cwd, check=False).returncode:
        sys.exit(code)


def serve(destination: Path, port: int) -> None:
    command = ["uv", "run", "my-service", "serve", f"--port={port}"]
    print("$", *command, flush=True)
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, cwd=destination) as server:
        try:
            print(
                f"\nGET /products: {first_answer(server, f'{address}/products?limit=2')}"
            )
            print(f"\nThe service: {address}/products")
            print(f"Its API:     {address}/docs")
            print(f"Its health:  {address}/health/ready", flush=True)
            if os.environ.get("CI") != "true" and not os.environ.get("DEMO_ONCE"):
                print("Ctrl-C stops it.", flush=True)
                server.wait()
        except KeyboardInterrupt:
            pass  # the server had it too, and finishes what it had begun
        finally:
            server.terminate()


def first_answer(server: subprocess.Popen[bytes], url: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with OPENER.open(url, timeout=PATIENCE) as response:
                return str(response.read().decode())
        except URLError:
            time.sleep(0.1)
    sys.exit("The service does not answer.")


def free_port() -> int:
    """8000, or any port where that is taken."""
    for port in (8000, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)) as probe:
            return int(probe.getsockname()[1])
    sys.exit("No port is free.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
