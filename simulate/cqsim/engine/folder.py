"""Put a folder of results in place as a whole: a crash leaves the old or the new."""

import ctypes
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cqsim.errors import CqsimError

OURS = (
    "series.parquet",
    "series.csv",
    "targets.csv",
    "indicators.csv",
    "manifest.json",
)

# Of the C libraries of Linux and macOS; both call the swap 2.
AT_WORKING_FOLDER = -100
SWAP = 2


class OutputError(CqsimError):
    """Results cannot be written."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(folder, reason)

    def __str__(self) -> str:
        folder, reason = self.args
        return (
            f"{folder}: the results cannot be written ({reason}). "
            "Make room or give another folder with --out; what was there is unchanged."
        )


def refuse_unwritable(folder: Path) -> None:
    """Raise an error where a folder of results can surely not be written.

    Raises
    ------
    OutputError
        It, or what it would be made in, is no folder or does not let us write.
    """
    try:
        _refuse_unwritable(folder.resolve())
    except OSError as error:
        raise OutputError(folder, error.strerror or str(error)) from None
    except RuntimeError:
        raise OutputError(folder, "a symbolic link leads back to itself") from None


def _refuse_unwritable(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(folder, "a file of that name is there")
    around = folder.parent
    while not around.exists() and around != around.parent:
        around = around.parent
    if not around.is_dir():
        raise OutputError(folder, f"{around} is a file, not a folder")
    if not os.access(around, os.W_OK | os.X_OK):
        raise OutputError(folder, f"no permission to write in {around}")


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill, which then takes the place of `folder`.

    What others have put into `folder` stays in it; our own files of an earlier run go.

    Raises
    ------
    OutputError
        Something cannot be written; `folder` is as it was.
    """
    fresh: Path | None = None
    try:
        folder = folder.resolve()
        folder.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{folder.name}-"
        fresh = Path(tempfile.mkdtemp(prefix=prefix, suffix=".tmp", dir=folder.parent))
        fresh.chmod(0o777 & ~_umask())
        yield fresh
        _carry_over(folder, fresh)
        _flush(fresh)
        _put(fresh, folder)
    except OSError as error:
        raise OutputError(folder, error.strerror or str(error)) from error
    finally:
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _carry_over(folder: Path, fresh: Path) -> None:
    """Copy what is not ours from the old folder to the new."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.name in OURS:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, fresh / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, fresh / entry.name, follow_symlinks=False)


def _flush(folder: Path) -> None:
    """Have the files on the disk before the folder takes its place."""
    for path in folder.iterdir():
        if path.is_file() and not path.is_symlink():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


def _put(fresh: Path, folder: Path) -> None:
    """Give a new folder the place of an old one, which takes the new one's."""
    if not folder.exists():
        fresh.rename(folder)
    elif not _exchange(fresh, folder):
        aside = folder.with_name(f".{folder.name}-{os.getpid()}.old")
        folder.rename(aside)
        fresh.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where the system has no such step."""
    here = os.fsencode(one), os.fsencode(other)
    try:
        library = ctypes.CDLL(None)
        if platform.system() == "Darwin":
            return bool(library.renamex_np(*here, SWAP) == 0)
        relative_to = AT_WORKING_FOLDER
        return bool(
            library.renameat2(relative_to, here[0], relative_to, here[1], SWAP) == 0
        )
    except (AttributeError, OSError, TypeError):
        return False
