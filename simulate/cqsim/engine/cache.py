"""A private folder for what is made once from a model and used again."""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SEAL = "seal.txt"
"""The file in an entry that holds the hash of all others, written last."""


def cache_folder() -> Path:
    """Return the user's cache folder for cqsim; `CQSIM_CACHE` overrides the platform's.

    It is made where it is missing, for its owner only; where that cannot be done, a new
    temporary folder takes its place.
    """
    folder = _platform_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK) and _is_ours(folder):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="cqsim-"))


def entry(key: str, make: Callable[[Path], None]) -> Path:
    """Return the folder of a cache entry, made by `make` where it is not there whole.

    Many processes may ask for the same entry at once: each makes its own copy, and the
    first to finish is kept. A damaged entry is made again.
    """
    folder = cache_folder()
    kept = folder / key
    if _is_whole(kept):
        return kept
    fresh = Path(tempfile.mkdtemp(prefix=f".{key[:12]}-", dir=folder))
    try:
        make(fresh)
        (fresh / SEAL).write_text(_hash(fresh), encoding="utf-8")
        return _keep(fresh, kept)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _keep(fresh: Path, kept: Path) -> Path:
    for _ in range(3):
        try:
            fresh.rename(kept)
        except OSError:
            if _is_whole(kept):
                shutil.rmtree(fresh, ignore_errors=True)
                return kept
            _set_aside(kept)
        else:
            return kept
    return fresh


def _set_aside(damaged: Path) -> None:
    """Rename a damaged entry, then delete it: never a half-deleted one in its place."""
    aside = Path(tempfile.mkdtemp(prefix=".damaged-", dir=damaged.parent))
    with suppress(OSError):
        damaged.rename(aside / "entry")
    shutil.rmtree(aside, ignore_errors=True)


def _is_whole(kept: Path) -> bool:
    try:
        return (kept / SEAL).read_text(encoding="utf-8") == _hash(kept)
    except (OSError, UnicodeDecodeError):
        return False


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != SEAL and "__pycache__" not in path.parts:
            content = path.read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def _platform_folder() -> Path:
    chosen = os.environ.get("CQSIM_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "cqsim" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "cqsim"
    base = os.environ.get("XDG_CACHE_HOME") or ""
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "cqsim"


def _is_ours(folder: Path) -> bool:
    """Tell whether only this user can write in a folder: its code may be run."""
    if sys.platform == "win32":
        return True
    about = folder.stat()
    return about.st_uid == os.getuid() and not about.st_mode & 0o022
