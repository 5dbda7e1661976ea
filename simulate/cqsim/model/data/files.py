"""The one reader of all files that a model names: safe paths, each file read once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from cqsim.errors import FaultsError, InputFileError
from cqsim.language.syntax import canonical
from cqsim.model.data.datasets import (
    Dataset,
    Floats,
    Series,
    points_of,
    read_dat,
    read_table,
    series_key,
)
from cqsim.model.data.labels import Elements, Rectangle, faults_of, surplus_faults
from cqsim.model.data.paths import Paths
from cqsim.model.data.sheet import (
    LARGEST_FILE,
    Book,
    Reader,
    Sheet,
    address,
    column_of,
    number,
    open_book,
    text,
    too_large,
)
from cqsim.model.data.vdf import read_vdf
from cqsim.textfile import decode, is_file, read_bytes

_COLUMN = re.compile(r"[A-Za-z]{1,3}")


@dataclass(frozen=True, slots=True)
class Block:
    """Constants read from cells.

    Attributes
    ----------
    values
        In the order of the axes that were asked for.
    path, lines
        The file, and the line of each value in it, in the shape of `values`.
    """

    values: Floats
    path: Path
    lines: NDArray[np.int64]


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
    its line; where the model is, with that of the equation. Constants raise FaultsError
    for all faults of a table together.
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
        self._readers: dict[Path, dict[str, str]] = {}

    def cells(
        self,
        reader: Reader,
        file: str,
        tab: str,
        first: str,
        axes: Sequence[Elements] = (),
        known: frozenset[str] = frozenset(),
    ) -> Block:
        """Return constants from cells, in the shape of the axes.

        The last axis runs to the right, the one before it down; a `*` after the cell
        turns them. A cell without a number is 0, as in Vensim, but refused in a table
        of text with labels, and where a number was meant (`1_000`, `nan`, `#REF!`).

        Parameters
        ----------
        first
            The first cell (`B2`, `B2*`), or the name of cells in a workbook.
        axes
            The elements of each free subscript; at most two.
        known
            The keys of all elements of the model.
        """
        if len(axes) > 2:
            what = "would read cells in more than rows and columns"
            raise reader.fault(what, "Read one table for each element of an axis.")
        is_turned = first.strip().endswith("*")
        down, across = ((), (), *axes)[-2:]
        if is_turned:
            down, across = across, down
        sheet = self._sheet(reader, file, tab)
        size = max(1, len(down)), max(1, len(across))
        row, column = self._start(reader, sheet, tab, first.strip().rstrip("*"), size)
        cells = Rectangle(sheet, row, column, down, across)
        faults = faults_of(reader, cells, known) or self._heading_faults(reader, cells)
        if faults:
            raise FaultsError(faults)
        values = np.array([number(sheet.cell(*at)) or 0.0 for at in cells.places])
        lines = np.array([sheet.line(row) for row, _ in cells.places])
        shape = tuple(len(axis) for axis in axes)
        if is_turned:
            values, lines = values.reshape(size).T, lines.reshape(size).T
        return Block(values.reshape(shape), sheet.path, lines.reshape(shape))

    def series(
        self,
        reader: Reader,
        file: str,
        tab: str,
        time: str,
        first: str,
        count: int = 1,
        *,
        is_lookup: bool = False,
    ) -> tuple[Floats, Floats]:
        """Return times, and values by (series, time), NaN where a cell has no number.

        In a lookup such a cell is 0, as in Vensim. Reading ends with the first cell of
        the times that holds no number.

        Parameters
        ----------
        time
            The row (`1`) or column (`A`) of the times or arguments, or named cells.
        first
            The first cell of the first series, or named cells.
        count
            How many series follow one another, in rows or columns.
        """
        sheet = self._sheet(reader, file, tab)
        times, steps = self._run(reader, sheet, tab, (time, first), count)
        if times:
            rows = range(times[0][0], times[-1][0] + 1)
            faults = surplus_faults(sheet, rows, times[0][1] + steps[-1][1])
            if faults:
                raise FaultsError(faults)
        x, y = points_of(sheet, times, steps, 0.0 if is_lookup else np.nan)
        if not len(x) or np.isnan(y).all():
            what = f"reads {file} at '{time}' and '{first}', where no numbers are"
            raise reader.fault(what, "Correct the cells that it names.")
        if is_lookup and (np.diff(x) < 0).any():
            at = int(np.flatnonzero(np.diff(x) < 0)[0]) + 1
            what = f"{x[at]:g} stands after {x[at - 1]:g}; the arguments must rise"
            raise sheet.fault(times[at][0], what, "Put the points in order.")
        order = np.argsort(x, kind="stable")
        return x[order], y[:, order]

    def texts(
        self, reader: Reader, file: str, tab: str, first: str, last: str
    ) -> list[str]:
        """Return the texts in cells, across and then down, empty ones left out.

        `last` is a cell, or a column or row alone, or empty: the rest to the end.
        """
        sheet = self._sheet(reader, file, tab)
        top, left = self._start(reader, sheet, tab, first, (1, 1))
        found = re.fullmatch(r"([A-Za-z]{0,3})([0-9]{0,7})", last.strip())
        if found is None:
            what = f"names the last cell '{last}'"
            raise reader.fault(what, "Name a cell such as 'A9'.")
        right = column_of(found[1]) if found[1] else sheet.width - 1
        bottom = int(found[2]) if found[2] else len(sheet.rows)
        rows = sheet.rows[top:bottom]
        texts = [text(cell) for row in rows for cell in row[left : right + 1]]
        return [shown for shown in texts if shown]

    def heading(self, reader: Reader, file: str, tab: str, first: str) -> str:
        """Return what stands at the head of the column that a cell is in."""
        sheet = self._sheet(reader, file, tab)
        at = address(first.strip().rstrip("*"))
        return text(sheet.cell(0, at[1])) if at else ""

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

    def _start(
        self, reader: Reader, sheet: Sheet, tab: str, name: str, size: tuple[int, int]
    ) -> tuple[int, int]:
        """Return row and column of a first cell; named cells must have the size."""
        at = address(name)
        if at is not None:
            return at
        row, column, *found = self._books[sheet.path].area(reader, tab, name)
        if tuple(found) != size:
            what = f"names the cells '{name}': {found[0]} rows of {found[1]}"
            raise reader.fault(what, f"It needs {size[0]} rows of {size[1]}.")
        return row, column

    def _run(
        self, reader: Reader, sheet: Sheet, tab: str, cells: tuple[str, str], count: int
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return the cells of the times, and the step from them to each series."""
        time, first = cells[0].strip(), cells[1].strip()
        at = address(first)
        if at is None:
            top, left, *size = self._books[sheet.path].area(reader, tab, time)
            is_down, length = size[1] == 1, max(size)
            wanted = (length, count) if is_down else (count, length)
            at = self._start(reader, sheet, tab, first, wanted)
        elif time.isdecimal():
            is_down, length = False, sheet.width - at[1]
            top, left = int(time) - 1, at[1]
        elif _COLUMN.fullmatch(time):
            is_down, length = True, len(sheet.rows) - at[0]
            top, left = at[0], column_of(time)
        else:
            what = f"takes the times from '{time}'"
            raise reader.fault(what, "Name a row such as '1' or a column such as 'A'.")
        down, right = at[0] - top, at[1] - left
        if is_down:
            times = [(top + n, left) for n in range(length)]
            return times, [(down, right + n) for n in range(count)]
        times = [(top, left + n) for n in range(length)]
        return times, [(down + n, right) for n in range(count)]

    def _heading_faults(self, reader: Reader, cells: Rectangle) -> list[str]:
        """Return the fault of a column headed by another reader of the same file."""
        sheet = cells.sheet
        if not sheet.is_text or not cells.row or not cells.column or cells.across:
            return []
        own, heading = canonical(reader.name), text(sheet.cell(0, cells.column))
        readers = self._readers.setdefault(sheet.path, {})
        readers[own] = canonical(heading)
        wrong = {(own, canonical(heading))} | {
            (n, h) for n, h in readers.items() if h == own
        }
        return [
            str(sheet.fault(0, what, "Put the columns in the order of the model."))
            for name, headed in sorted(wrong)
            if name != headed and headed in readers
            for what in [
                f"the column headed '{headed}' is where the model reads '{name}'"
            ]
        ]

    def _sheet(self, reader: Reader, file: str, tab: str) -> Sheet:
        path, label = self._paths.locate(reader, file)
        if (path, tab) not in self._sheets:
            if path not in self._books:
                self._books[path] = open_book(path, self._read(path, label))
            self._sheets[path, tab] = self._books[path].sheet(reader, tab)
        return self._sheets[path, tab]

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
