"""The one reader of all files that a model names: safe paths, each file read once."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType

from cqsim.errors import InputFileError, did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.data.sheet import (
    LARGEST_FILE,
    Book,
    Dataset,
    Reader,
    Series,
    Sheet,
    open_book,
    read_dat,
    read_table,
    series_key,
    too_large,
)
from cqsim.model.data.table import SheetTable
from cqsim.model.data.vdf import read_vdf
from cqsim.textfile import decode, is_file, read_bytes


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


class DataFiles:
    """Reads the files that a model names, each once, and checks them on reading.

    Parameters
    ----------
    folder
        The model's folder: no other file is read, whatever the model says.
    named
        Files that the user names, wherever they are: `?tag` for one that the model
        calls so, any other name for a data set, in place of that of the same name.
    datasets
        The data sets that the model's settings name.
    tags
        The files in the folder that those settings say a `?tag` stands for.

    Every method raises InputFileError where a file or what it holds is at fault, with
    its line; where the model is, with that of the equation.
    """

    def __init__(
        self,
        folder: Path,
        named: Mapping[str, Path] = MappingProxyType({}),
        datasets: Sequence[str] = (),
        tags: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._folder = folder
        self._tags = {tag.strip().lower(): file for tag, file in tags.items()}
        self._named = {name.strip().lower(): path for name, path in named.items()}
        given = [name for name in named if not name.startswith("?")]
        self._datasets = (*(d for d in datasets if d not in given), *given)
        self._digests: dict[str, str] = {}
        self._books: dict[Path, Book] = {}
        self._sheets: dict[tuple[Path, str], Sheet] = {}
        self._sets: dict[Path, Dataset] = {}
        self._headings: dict[Path, dict[str, str]] = {}

    def table(self, reader: Reader, file: str, tab: str) -> SheetTable:
        """Return the sheet of a file; its tab, or what separates its cells."""
        path, label = self._locate(reader, file)
        if path not in self._books:
            self._books[path] = open_book(path, self._read(path, label))
        book, headings = self._books[path], self._headings.setdefault(path, {})
        if (path, tab) not in self._sheets:
            self._sheets[path, tab] = book.sheet(reader, tab)
        return SheetTable(reader, book, self._sheets[path, tab], tab, headings)

    def external(
        self, reader: Reader, names: Sequence[str], file: str = ""
    ) -> dict[str, Series]:
        """Return the series of those names (`var[element]`) that data sets hold.

        Parameters
        ----------
        file
            One data set that the model names; else all of the settings and the user,
            of which the last that has a name gives its series.

        Raises
        ------
        InputFileError
            None of the names is there, or a data set that may have one cannot be read.
        """
        found: dict[str, Series] = {}
        for dataset_name in (file,) if file else reversed(self._datasets):
            dataset = self._dataset(reader, dataset_name)
            if canonical(names[0].partition("[")[0]) in dataset.uncertain:
                what = f"'{reader.name}' cannot be read from this .vdf beyond doubt"
                remedy = "Export it from Vensim as .dat or CSV."
                raise InputFileError(dataset.path, 0, what, remedy)
            found = {
                name: dataset.series[series_key(name)]
                for name in names
                if series_key(name) in dataset.series
            } | found
            if len(found) == len(names):
                break
        if not found:
            what = "has no equation, and no data file gives it values"
            raise reader.fault(what, "Name one: files={'data.csv': path}, or --file.")
        return found

    def digests(self) -> dict[str, str]:
        """Return SHA-256 of each file read, by its name from the model or its tag."""
        return dict(sorted(self._digests.items()))

    def _locate(self, reader: Reader, file: str) -> tuple[Path, str]:
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
            name = PureWindowsPath(meant).name if away else meant
            return self._in_folder(reader, name)
        if file.startswith("?"):
            what = f"reads '{file}', which stands for a file that was not given"
            remedy = f"Give it: files={{'{file}': path}}, or --file {file}=path."
            raise reader.fault(what, remedy)
        return self._in_folder(reader, file)

    def _in_folder(self, reader: Reader, file: str) -> tuple[Path, str]:
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

    def _dataset(self, reader: Reader, file: str) -> Dataset:
        path, label = self._locate(reader, file if Path(file).suffix else f"{file}.vdf")
        if path not in self._sets:
            content = self._read(path, label)
            kind = path.suffix.lower()
            if kind in (".vdf", ".vdfx"):
                self._sets[path] = read_vdf(path, content)
            elif kind == ".dat":
                self._sets[path] = read_dat(path, decode(path, content))
            else:
                self._sets[path] = read_table(
                    open_book(path, content).sheet(reader, "")
                )
        return self._sets[path]

    def _read(self, path: Path, label: str) -> bytes:
        if is_file(path) and path.stat().st_size > LARGEST_FILE:
            raise too_large(path)
        content = read_bytes(path)
        self._digests[label] = sha256(content).hexdigest()
        return content
