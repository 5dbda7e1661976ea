"""The one reader of all files that a model names: safe paths, each file read once."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from cqsim.errors import InputFileError
from cqsim.language.syntax import canonical
from cqsim.model.data.datasets import Dataset, Series, read_dat, read_table, series_key
from cqsim.model.data.paths import Paths
from cqsim.model.data.sheet import (
    LARGEST_FILE,
    Book,
    Reader,
    Sheet,
    open_book,
    too_large,
)
from cqsim.model.data.table import Table
from cqsim.model.data.vdf import read_vdf
from cqsim.textfile import decode, is_file, read_bytes


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
        self._paths = Paths(folder, named, tags)
        given = [name for name in named if not name.startswith("?")]
        self._datasets = (*(d for d in datasets if d not in given), *given)
        self._digests: dict[str, str] = {}
        self._books: dict[Path, Book] = {}
        self._sheets: dict[tuple[Path, str], Sheet] = {}
        self._sets: dict[Path, Dataset] = {}
        self._headings: dict[Path, dict[str, str]] = {}

    def table(self, reader: Reader, file: str, tab: str) -> Table:
        """Return the sheet of a file; its tab, or what separates its cells."""
        path, label = self._paths.locate(reader, file)
        if path not in self._books:
            self._books[path] = open_book(path, self._read(path, label))
        book, headings = self._books[path], self._headings.setdefault(path, {})
        if (path, tab) not in self._sheets:
            self._sheets[path, tab] = book.sheet(reader, tab)
        return Table(reader, book, self._sheets[path, tab], tab, headings)

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

    def _dataset(self, reader: Reader, file: str) -> Dataset:
        path, label = self._paths.locate(
            reader, file if Path(file).suffix else f"{file}.vdf"
        )
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
