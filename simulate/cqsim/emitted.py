"""Emitted source as real files: named by what they hold, shared by processes.

A file is written under a temporary name and moved into place, so that another process
sees all of it or none; its text is compared before it is used, so that a damaged or
foreign file is replaced. The folder is the user's own and closed to others.
"""

import os
import sys
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder for emitted files, made if need be.

    `CQSIM_CACHE` names another. Where no folder can be written, one is made that lasts
    as long as the process.
    """
    wanted = os.environ.get("CQSIM_CACHE")
    folder = Path(wanted) if wanted else _usual_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_ours(folder):
            return folder
    except OSError:
        pass
    return _passing_folder()


def _usual_folder() -> Path:
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", ""))
        # The standard says that a relative path is to be ignored.
        base = base if base.is_absolute() else Path.home() / ".cache"
    return base / "cqsim"


def _is_ours(folder: Path) -> bool:
    """Tell whether only this user can write to a folder, and it can."""
    if not os.access(folder, os.W_OK):
        return False
    if not hasattr(os, "getuid"):
        return True
    status = folder.stat()
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


_PASSING: list[tempfile.TemporaryDirectory[str]] = []


def _passing_folder() -> Path:
    if not _PASSING:
        _PASSING.append(tempfile.TemporaryDirectory(prefix="cqsim-"))
    return Path(_PASSING[0].name)


def write_once(folder: Path, name: str, data: bytes) -> Path:
    """Return the path of a file with this content, written if it is not there."""
    path = folder / name
    try:
        if path.read_bytes() == data:
            return path
    except OSError:
        pass
    handle, passing = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(passing).replace(path)
    return path
