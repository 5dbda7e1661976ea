"""Sheets of cells, in text with separators and in workbooks, and series over time."""

import csv
import io
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from cqsim.errors import InputFileError, did_you_mean
from cqsim.language.syntax import Source, canonical
from cqsim.textfile import decode

Cell = str | float | None

LARGEST_FILE = 64 * 2**20
"""Bytes of a file that is read."""
LARGEST_WORKBOOK = 512 * 2**20
"""Bytes of a workbook once unpacked."""
MOST_CELLS = 5_000_000
"""Cells of a sheet, the empty ones before its last cell included."""

_REMEDY = "Save it as .xlsx."
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MISTYPED = re.compile(r"[+-]?\.?[0-9]|[+-]?(?:nan|inf|infinity)$|#", re.I)
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True)
class Reader:
    """The variable or subscript range that reads a file, and where it says so.

    Attributes
    ----------
    source, start
        The text of the model, and where in it the reading equation begins.
    name
        The variable's name, as messages show it.
    low, high
        The range that the model gives the variable: a cell outside it is refused.
    """

    source: Source
    start: int
    name: str
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""

    def fault(self, what: str, remedy: str) -> InputFileError:
        """Return the error for a fault of the equation that names file and cells."""
        return self.source.fault(self.start, f"'{self.name}' {what}", remedy)


def number(cell: Cell) -> float | None:
    """Return the finite number in a cell, or None: `1_000`, `nan` and `` are none."""
    if isinstance(cell, str):
        text = cell.strip()
        cell = float(text) if _NUMBER.fullmatch(text) else None
    return cell if cell is not None and math.isfinite(cell) else None


def is_mistyped(cell: Cell) -> bool:
    """Whether a cell without a number was meant to hold one, as `1_000` or `#REF!`."""
    if isinstance(cell, str):
        return number(cell) is None and bool(_MISTYPED.match(cell.strip()))
    return cell is not None and not math.isfinite(cell)


def text(cell: Cell) -> str:
    """Return what a cell shows: a whole number without a decimal point."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def column_of(letters: str) -> int:
    """Return the column, counted from 0, that these letters name."""
    column = 0
    for letter in letters.upper():
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1


def address(name: str) -> tuple[int, int] | None:
    """Return row and column, counted from 0, of a cell such as `B2`, or None."""
    found = _CELL.fullmatch(name.strip())
    return (int(found[2]) - 1, column_of(found[1])) if found else None


@dataclass(frozen=True)
class Sheet:
    """The cells of a sheet.

    Attributes
    ----------
    rows
        From the first row on; a row ends with its last cell.
    lines
        The line of a text file in which each row stands, counted from 1.
    is_text
        Whether it comes from a text file: labels of workbooks are not checked.
    """

    path: Path
    rows: list[list[Cell]]
    lines: list[int]
    is_text: bool

    @cached_property
    def width(self) -> int:
        """The number of cells of the longest row."""
        return max(map(len, self.rows), default=0)

    def cell(self, row: int, column: int) -> Cell:
        """Return a cell, None where the sheet has none."""
        line = self.rows[row] if row < len(self.rows) else []
        return line[column] if column < len(line) else None

    def line(self, row: int) -> int:
        """Return the line of a row, counted from 1; in a workbook the row's number."""
        return self.lines[row] if row < len(self.lines) else row + 1

    def fault(self, row: int, what: str, remedy: str) -> InputFileError:
        """Return the error for a fault in a row."""
        return InputFileError(self.path, self.line(row), what, remedy)


def too_large(path: Path) -> InputFileError:
    """Return the error for a file that goes beyond the limits of this module."""
    what = (
        f"it holds more than {LARGEST_FILE // 2**20} MiB, a workbook more than "
        f"{LARGEST_WORKBOOK // 2**20} MiB unpacked, or a table {MOST_CELLS:,} cells"
    )
    return InputFileError(path, 0, what, "Keep only what the model reads.")


class Book:
    """A file that holds sheets by their titles; `""` is the first one."""

    def __init__(self, path: Path, titles: Mapping[str, Any]) -> None:
        self.path = path
        self._titles = titles

    def rows(self, found: Any) -> Iterator[list[Cell]]:
        """Yield the rows of what stands under a title."""
        raise NotImplementedError

    def sheet(self, reader: Reader, tab: str) -> Sheet:
        """Return the sheet of a tab."""
        found = self.find(reader, tab)
        with _opened(self.path):
            return Sheet(self.path, _limited(self.path, self.rows(found)), [], False)

    def area(self, reader: Reader, tab: str, name: str) -> tuple[int, int, int, int]:
        """Return first row, first column, rows and columns of named cells."""
        what = f"names the cells '{tab}' '{name}' of {self.path.name}, which has none"
        raise reader.fault(what, "Name a cell such as 'B2', or save it as .xlsx.")

    def find(self, reader: Reader, tab: str) -> Any:
        """Return what stands under a title, in which case does not count."""
        folded = {title.lower(): found for title, found in self._titles.items()}
        first = None if tab else next(iter(folded.values()), None)
        found = folded.get(tab.strip().lower(), first)
        if found is None:
            what = f"reads the sheet '{tab}' of {self.path.name}, which lacks it"
            raise reader.fault(what, did_you_mean(tab, list(self._titles)))
        return found


def open_book(path: Path, content: bytes) -> Book:
    """Return the book in a file, by what it holds, not by how it is called.

    Raises
    ------
    InputFileError
        The file is neither a workbook nor text, or is damaged or too large.
    """
    if content.startswith(b"PK"):
        return _Xlsx(path, content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return _Xls(path, content)
    if path.suffix.lower() in (".xls", ".xlsx", ".xlsm"):
        raise InputFileError(path, 0, "it is no workbook", _REMEDY)
    return _Text(path, {"": decode(path, content)})


def _limited(path: Path, rows: Iterable[list[Cell]]) -> list[list[Cell]]:
    """Return the rows of a sheet that is not too large."""
    found, count = [], 0
    for row in rows:
        found.append(row)
        count += 1 + len(row)
        if count > MOST_CELLS:
            raise too_large(path)
    return found


class _Text(Book):
    """Rows of cells with a separator between them, which stands in place of a tab."""

    def sheet(self, reader: Reader, tab: str) -> Sheet:
        default = "," if self.path.suffix.lower() == ".csv" else "\t"
        mark = {"\\t": "\t", "": default}.get(tab, tab)[0]
        if mark.isalnum():
            mark = default
        if mark in '"\r\n':
            what = f"separates cells by {tab!r}"
            raise reader.fault(what, "Write ',' there.")
        lines: list[int] = []
        text = io.StringIO(self.find(reader, ""), newline="")
        found = csv.reader(text, delimiter=mark)

        def numbered() -> Iterator[list[Cell]]:
            for row in found:
                lines.append(found.line_num - sum(cell.count("\n") for cell in row))
                yield [*row]

        try:
            rows = _limited(self.path, numbered())
        except csv.Error as error:
            what = f"the line cannot be read ({error})"
            remedy = "Check the quotes in it."
            raise InputFileError(self.path, found.line_num, what, remedy) from None
        if not any(map(any, rows)):
            raise InputFileError(self.path, 0, "the file is empty", "Put it back.")
        return Sheet(self.path, rows, lines, is_text=True)


@contextmanager
def _opened(path: Path) -> Iterator[None]:
    """Refuse a workbook as damaged where what reads it fails, and be still else."""
    try:
        with catch_warnings():
            simplefilter("ignore")
            yield
    except (InputFileError, MemoryError):
        raise
    except Exception as error:  # neither library says what it may raise
        what = f"the workbook is damaged ({error})"
        raise InputFileError(path, 0, what, _REMEDY) from None


class _Xlsx(Book):
    def __init__(self, path: Path, content: bytes) -> None:
        from openpyxl import load_workbook

        with _opened(path), ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > LARGEST_WORKBOOK:
                raise too_large(path)
            for part in parts:
                begin = archive.open(part).read(2**16)
                if b"<!DOCTYPE" in begin or begin[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    what = "its XML declares a document type, as no workbook does"
                    raise InputFileError(path, 0, what, _REMEDY)
            file = io.BytesIO(content)
            self._book: Any = load_workbook(file, read_only=True, data_only=True)
        super().__init__(path, {sheet.title: sheet for sheet in self._book.worksheets})

    def rows(self, found: Any) -> Iterator[list[Cell]]:
        # A sheet may claim any size for itself.
        found.reset_dimensions()
        for row in found.iter_rows(values_only=True):
            yield [_plain(cell) for cell in row]

    def area(self, reader: Reader, tab: str, name: str) -> tuple[int, int, int, int]:
        sheet = self.find(reader, tab)
        known = {**self._book.defined_names, **sheet.defined_names}
        entry = {key.lower(): entry for key, entry in known.items()}.get(name.lower())
        for title, cells in entry.destinations if entry is not None else ():
            corners = [address(corner) for corner in cells.split(":")]
            first, last = corners[0], corners[-1]
            if title == sheet.title and first and last:
                return *first, last[0] - first[0] + 1, last[1] - first[1] + 1
        return super().area(reader, tab, name)


class _Xls(Book):
    """A workbook of the old form, read by xlrd where that is installed."""

    def __init__(self, path: Path, content: bytes) -> None:
        try:
            import xlrd
        except ImportError:
            what = "workbooks of the old form .xls are read by xlrd, which is missing"
            raise InputFileError(path, 0, what, _REMEDY) from None
        with _opened(path), Path(os.devnull).open("w", encoding="utf-8") as silence:
            book: Any = xlrd.open_workbook(file_contents=content, logfile=silence)
            super().__init__(path, {sheet.name: sheet for sheet in book.sheets()})

    def rows(self, found: Any) -> Iterator[list[Cell]]:
        # Of kind 1 to 3 are texts, numbers and dates, of 5 errors such as #REF!.
        for row in found.get_rows():
            yield [
                c.value if 1 <= c.ctype <= 3 else "#" if c.ctype == 5 else ""
                for c in row
            ]


def _plain(cell: Any) -> Cell:
    """Return the number or text of a cell; of a date the number that Excel keeps."""
    if isinstance(cell, (date, time, timedelta)):
        from openpyxl.utils.datetime import to_excel

        return float(to_excel(cell))
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    return None if cell is None else str(cell)


# Data sets: series over time by the names of variables, in .dat, .vdf or tables.


Floats = NDArray[np.float64]
Series = tuple[Floats, Floats]
"""Times, and the values at them."""

_POINT = re.compile(r"\s*([-+.0-9eE]+)[\s,]+([-+.0-9eE]+)(?:[\s,]|$)")


@dataclass(frozen=True, slots=True)
class Dataset:
    """The content of a data set.

    Attributes
    ----------
    series
        By `series_key`.
    uncertain
        Variables that stand in the file and cannot be read beyond doubt.
    """

    path: Path
    series: Mapping[str, Series]
    uncertain: frozenset[str] = field(default_factory=frozenset)


def series_key(name: str) -> str:
    """Return the one spelling of `name[element, element]`."""
    head, bracket, elements = name.strip().partition("[")
    if not bracket:
        return canonical(head)
    listed = ",".join(canonical(e) for e in elements.rstrip("] \t").split(","))
    return f"{canonical(head)}[{listed}]"


def points_of(
    sheet: Sheet,
    times: Iterable[tuple[int, int]],
    steps: list[tuple[int, int]],
    blank: float = np.nan,
) -> tuple[Floats, Floats]:
    """Return times, and the values at (series, time); reading ends with the times.

    Parameters
    ----------
    times
        The cells of the times; the first that holds no number ends them.
    steps
        How far each series lies from the times, in rows and columns.
    blank
        What stands for a cell without a number.

    Raises
    ------
    InputFileError
        A cell holds what was meant to be a number and is none.
    """
    cells = list(takewhile(lambda at: _number(sheet, at) is not None, times))
    values = [
        [
            blank if (v := _number(sheet, (r + down, c + right))) is None else v
            for r, c in cells
        ]
        for down, right in steps
    ]
    x = np.array([_number(sheet, at) for at in cells], dtype=float)
    return x, np.array(values, dtype=float).reshape(len(steps), len(cells))


def _number(sheet: Sheet, at: tuple[int, int]) -> float | None:
    cell: Cell = sheet.cell(*at)
    if is_mistyped(cell):
        what = f"column {at[1] + 1} holds '{text(cell)}', and a number belongs there"
        raise sheet.fault(at[0], what, "Write a number.")
    return number(cell)


def read_table(sheet: Sheet) -> Dataset:
    """Return the series of a table: names across and times down, or turned.

    The names stand in the first column where the rest of the first row is times.
    """
    heading = sheet.rows[0][1:] if sheet.rows else []
    height, width = len(sheet.rows), sheet.width
    if height * width > MOST_CELLS:
        raise too_large(sheet.path)
    if heading and all(number(cell) is not None for cell in heading if text(cell)):
        times = [(0, c) for c in range(1, width)]
        names = [(r, 0, (r, 0)) for r in range(1, height)]
    else:
        times = [(r, 0) for r in range(1, height)]
        names = [(0, c, (0, c)) for c in range(1, width)]
    found: dict[str, list[tuple[float, float]]] = {}
    for row, column, step in names:
        name = text(sheet.cell(row, column))
        if name:
            x, y = points_of(sheet, times, [step])
            pairs = zip(x.tolist(), y[0].tolist(), strict=True)
            found.setdefault(series_key(name), []).extend(pairs)
    return Dataset(sheet.path, _combined(found))


def read_dat(path: Path, content: str) -> Dataset:
    """Return the series of Vensim's .dat: a line with a name, then time and value.

    A name that stands there twice has the points of both. After a name, `/` begins a
    comment and `<` the name of a time base; after a pair of numbers all is comment.

    Raises
    ------
    InputFileError
        Numbers stand before the first name, or a time without a value.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    points: list[tuple[float, float]] | None = None
    if content.count("\n") > MOST_CELLS:
        raise too_large(path)
    for line, written in enumerate(content.splitlines(), 1):
        pair = _POINT.match(written)
        x, y = (number(pair[1]), number(pair[2])) if pair else (None, None)
        if x is not None and y is not None and points is not None:
            points.append((x, y))
        elif pair or number(written.split("/")[0]) is not None:
            what = "a name, or a time and its value, belong on this line"
            raise InputFileError(path, line, what, "Correct the line.")
        elif written.strip():
            name = re.split(r"\s*[/<]", written)[0] if '"' not in written else written
            points = found.setdefault(series_key(name), [])
    return Dataset(path, _combined(found))


def _combined(found: dict[str, list[tuple[float, float]]]) -> dict[str, Series]:
    """Return series in the order of time; of two values at one time the later."""
    combined = {}
    for name, points in found.items():
        kept = sorted((x, y) for x, y in dict(points).items() if not np.isnan(y))
        if kept:
            x, y = zip(*kept, strict=True)
            combined[name] = (np.array(x, dtype=float), np.array(y, dtype=float))
    return combined
