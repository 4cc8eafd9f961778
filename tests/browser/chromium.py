"""The Chromium of the machine, without a window."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "There is no Chromium: install it by `apt-get install chromium`, or Google Chrome."
)
# Containers have neither a sandbox nor a graphics card, and a check asks no other host.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched() -> Iterator[Browser]:
    path = executable()
    if path is None:
        raise SystemExit(MISSING)
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=FLAGS)


if __name__ == "__main__" and executable() is None:
    sys.exit(MISSING)
