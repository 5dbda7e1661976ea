"""Hashes that say which input a result or a cache entry came from."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from cqsim.engine.data_files import DataFile

TRANSLATION = "1"
"""Changes when the way in which models are staged for PySD changes."""


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


def translation_key(text: str, files: Iterable[DataFile], version: str) -> str:
    """Return the name of the cache entry for a model's text and its data files."""
    digest = hashlib.sha256(f"{TRANSLATION}\0{version}\0{len(text)}\0{text}".encode())
    for file in files:
        digest.update(f"\0{file.name}\0{len(file.content)}\0".encode())
        digest.update(file.content)
    return digest.hexdigest()


def engine_name() -> str:
    """Return what computes runs: with another one the last digits may differ."""
    from importlib.metadata import version

    from cqsim.codegen.native import code_generator

    return f"{code_generator()}, numpy {version('numpy')}"
