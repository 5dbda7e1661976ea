"""Files written atomically, and folders in which one process works at a time."""

import errno
import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from cqsim.errors import PlacedError

LOCK = ".lock"


class StoreError(PlacedError):
    """The folder of a sweep cannot be used as it is."""


class BusyError(StoreError):
    """Another process works in the folder of a sweep."""


@contextmanager
def held(folder: Path, name: str = LOCK, *, shared: bool = False) -> Iterator[None]:
    """Hold a lock in a folder until the end; a killed process holds none.

    Raises
    ------
    BusyError
        Another process holds it.
    """
    path = folder / name
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise unwritten(folder, error) from error
    with file:
        if not _take(file, shared=shared):
            file.seek(0)
            what = f"{_owner(file.read())} sweeps into it"
            raise BusyError(folder, what, REMEDY)
        if not shared:
            file.seek(0)
            file.truncate()
            file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
            file.flush()
        try:
            yield
        finally:
            if not shared:
                file.truncate(0)


REMEDY = "Wait for it, give another --out, or divide the work with --shard 1/2, 2/2."


@contextmanager
def shard_held(folder: Path, index: int, count: int) -> Iterator[None]:
    """Lock the folder for one shard: no whole sweep and no second run of the shard.

    Raises
    ------
    BusyError
        Another process does the same work.
    """
    with ExitStack() as stack:
        stack.enter_context(held(folder, shared=count > 1))
        if count > 1:
            own = f"{LOCK}-{index + 1}-of-{count}"
            stack.enter_context(held(folder, own))
        yield


def _owner(text: str) -> str:
    try:
        owner = json.loads(text)
        return f"process {owner['pid']} on {owner['host']}"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _take(file: Any, *, shared: bool) -> bool:
    """Take a lock without waiting; return whether it was free."""
    try:
        import fcntl
    except ImportError:
        return _take_on_windows(file)
    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _take_on_windows(file: Any) -> bool:
    from importlib import import_module

    locking = import_module("msvcrt")
    try:
        file.seek(2**30)
        locking.locking(file.fileno(), locking.LK_NBLCK, 1)
    except OSError:
        return False
    return True


def write_file(path: Path, content: bytes, what: str = "the sweep") -> None:
    """Write a file atomically: after a crash it is there, or what was there before.

    Parameters
    ----------
    what
        What the file is a part of, for the error.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise unwritten(path.parent, error, what) from error


def unwritten(folder: Path, error: OSError, what: str = "the sweep") -> StoreError:
    """Return the error for a folder in which nothing more can be written."""
    reason = error.strerror or str(error)
    full = error.errno in (None, errno.ENOSPC, errno.EDQUOT)
    remedy = "Make room and ask again" if full else "Give another folder with --out"
    if what == "the sweep":
        reason = f"{reason}); the runs that are there are safe"
        remedy += ": it goes on from there." if full else ", or correct this one."
        return StoreError(folder, f"{what} cannot be written ({reason}", remedy)
    return StoreError(folder, f"{what} cannot be written ({reason})", f"{remedy}.")


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(number)
    except OSError:
        return
    finally:
        os.close(number)
