"""Hashes that say which input a result or a cache entry came from."""

import hashlib
from pathlib import Path


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in parts."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def engine_name() -> str:
    """Return what computes runs: with another one the last digits may differ."""
    from importlib.metadata import version

    from cqsim.llvm.native import code_generator

    return f"{code_generator()}, numpy {version('numpy')}"
