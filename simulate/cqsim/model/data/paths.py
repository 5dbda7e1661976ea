"""Where the files that a model names are: beside it, or where the user says."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from cqsim.errors import InputFileError, did_you_mean
from cqsim.model.data.sheet import Reader
from cqsim.textfile import is_file


class Paths:
    """Finds files by the names that a model calls them.

    Parameters
    ----------
    folder
        The model's folder: no file elsewhere is found.
    named
        Files that the user names, wherever they are.
    tags
        The files that the model's settings say `?tag` stands for.
    """

    def __init__(
        self, folder: Path, named: Mapping[str, Path], tags: Mapping[str, str]
    ) -> None:
        self._folder = folder
        self._tags = {tag.strip().lower(): file for tag, file in tags.items()}
        self._named = {name.strip().lower(): path for name, path in named.items()}

    def locate(self, reader: Reader, file: str) -> tuple[Path, str]:
        """Return the path of a file, and its name among the digests."""
        given = self._named.get(file.strip().lower())
        if given is not None:
            if not is_file(given):
                what = "there is no such file"
                raise InputFileError(given, 0, what, f"It was given for '{file}'.")
            return given, file.strip()
        meant = self._tags.get(file.strip().lower())
        if meant is not None:
            # A full path is of the author's machine.
            away = _leads_away(meant)
            return self._beside(reader, PureWindowsPath(meant).name if away else meant)
        if file.startswith("?"):
            what = f"reads '{file}', which stands for a file that was not given"
            remedy = f"Give it: files={{'{file}': path}}, or --file {file}=path."
            raise reader.fault(what, remedy)
        return self._beside(reader, file)

    def _beside(self, reader: Reader, file: str) -> tuple[Path, str]:
        """Return the path of a file in the model's folder, never of one elsewhere."""
        remedy = "Keep the file in the model's folder and name it from there."
        if _leads_away(file):
            what = f"reads '{file}', which is not beside the model"
            raise reader.fault(what, remedy)
        folder = self._folder.resolve()
        path = _any_case(folder / PureWindowsPath(file).as_posix())
        if not is_file(path):
            what = f"reads '{file}', and there is no such file"
            there = [entry.name for entry in _files_in(path.parent)]
            raise reader.fault(what, did_you_mean(path.name, there))
        if not path.resolve().is_relative_to(folder):
            what = f"reads '{file}', which leads out of the model's folder"
            raise reader.fault(what, remedy)
        label = path.relative_to(folder).as_posix()
        return self._folder / label, label


def _leads_away(file: str) -> bool:
    windows, posix = PureWindowsPath(file), PurePosixPath(file)
    return (
        not file.strip()
        or bool(windows.drive or windows.root)
        or posix.is_absolute()
        or ".." in (*windows.parts, *posix.parts)
        or "://" in file
        or "\x00" in file
    )


def _any_case(path: Path) -> Path:
    """Return the path, or the only file in its folder of that name in another case."""
    if is_file(path):
        return path
    same = [e for e in _files_in(path.parent) if e.name.lower() == path.name.lower()]
    return same[0] if len(same) == 1 else path


def _files_in(folder: Path) -> Iterator[Path]:
    try:
        yield from (entry for entry in sorted(folder.iterdir()) if is_file(entry))
    except OSError:
        return
