"""One process at a time in the folder of a sweep, or several shards of it."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cqsim.study.chunks import StoreError, unwritten

LOCK = ".lock"


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
def shard_held(folder: Path, shard: tuple[int, int]) -> Iterator[None]:
    """Hold the folder for one shard: no whole sweep, nor the same shard, beside it.

    Raises
    ------
    BusyError
        Another process does the same work.
    """
    number, count = shard
    with ExitStack() as stack:
        stack.enter_context(held(folder, shared=count > 1))
        if count > 1:
            own = f"{LOCK}-{number + 1}-of-{count}"
            stack.enter_context(held(folder, own))
        yield


def _owner(text: str) -> str:
    try:
        owner = json.loads(text)
        return f"process {owner['pid']} on {owner['host']}"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _take(file: Any, *, shared: bool) -> bool:
    """Take a lock without waiting; tell whether it was free."""
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
