"""Work at once that needs no session."""

import hashlib
from concurrent.futures import ThreadPoolExecutor


def digests(contents: list[bytes]) -> list[str]:
    """Return the digest of each."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(digest, contents))


def digest(content: bytes) -> str:
    """Return a digest."""
    return hashlib.sha256(content).hexdigest()
