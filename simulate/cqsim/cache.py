"""A private cache of results on disk, as files with checksums shared by processes.

A file is written under a temporary name and renamed, so that another process
sees all of it or none; a seal before its content is compared before it is used, so that
what is damaged is made again. The folder is the user's own and closed to others, for
what is in it may be run.
"""

import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")

SEAL = 32
"""How many bytes of a hash stand before the content of a file."""


def cache_folder() -> Path:
    """Return the folder of the cache, made if need be.

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


def cached(
    key: object, make: Callable[[], Made], holds: Callable[[Made], bool] | None = None
) -> Made:
    """Return the cached result of `make`; call it on a miss and cache what it returns.

    An entry that is damaged, or that `holds` refuses, is a miss.

    Parameters
    ----------
    key
        Everything that the result depends on; anything that can be pickled, without
        sets, whose order differs from process to process.
    holds
        Whether an entry is still valid; by default it always is.
    """
    name = sha256(pickle.dumps(key)).hexdigest()[:SEAL]
    path = cache_folder() / name
    with suppress(OSError):
        found = path.read_bytes()
        if sha256(found[SEAL:]).digest() == found[:SEAL]:
            known: Made = pickle.loads(found[SEAL:])
            if holds is None or holds(known):
                return known
    made = make()
    content = pickle.dumps(made)
    handle, passing = tempfile.mkstemp(dir=path.parent, prefix=f".{name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(sha256(content).digest() + content)
    Path(passing).replace(path)
    return made


@cache
def code_digest(*packages: str) -> str:
    """Return a hash of the source files of some packages of cqsim.

    It is computed once a process, since a process loads its code once.
    """
    digest = sha256()
    for package in packages:
        for path in sorted((Path(__file__).parent / package).rglob("*.*")):
            if path.suffix == ".pyc":
                continue
            about = path.stat()
            digest.update(f"{path.name} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()
