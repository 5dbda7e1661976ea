"""The identity of a result or cache entry: hashes of files, code and git commit."""

import hashlib
import re
from pathlib import Path


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in parts."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def engine_name() -> str:
    """Return what computes runs: with another one the last digits may differ."""
    from importlib.metadata import version

    from cqsim.llvm.native import code_generator

    return f"{code_generator()}, numpy {version('numpy')}"


# The git commit that a file is of, read from the repository's own files.


def commit_of(path: Path) -> str | None:
    """Return the commit that is checked out around a file; None where there is none.

    No program is started, so that a repository from others can run none.
    """
    if "site-packages" in path.resolve().parts:
        return None
    for folder in path.resolve().parents:
        git = folder / ".git"
        try:
            if git.is_dir():
                return _head(git, git)
            if git.is_file():
                return _worktree(git)
        except (OSError, UnicodeDecodeError):
            return None
    return None


def _worktree(file: Path) -> str | None:
    """Return the commit of a worktree, whose `.git` is a file that names a folder."""
    text = file.read_text(encoding="utf-8").strip()
    own = file.parent / text.removeprefix("gitdir: ")
    common = own / "commondir"
    if not common.is_file():
        return _head(own, own)
    return _head(own, own / common.read_text(encoding="utf-8").strip())


def _head(own: Path, common: Path) -> str | None:
    head = (own / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref: "):
        return _valid(head)
    name = head.removeprefix("ref: ")
    if (common / name).is_file():
        return _valid((common / name).read_text(encoding="utf-8").strip())
    packed = common / "packed-refs"
    if packed.is_file():
        for line in packed.read_text(encoding="utf-8").splitlines():
            if line.endswith(" " + name):
                return _valid(line.split(" ")[0])
    return None


def _valid(text: str) -> str | None:
    return text if re.fullmatch(r"[0-9a-f]{40,64}", text) else None
