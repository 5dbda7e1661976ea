"""Sheets of cells: text with separators, and workbooks; and what a cell holds."""

import csv
import io
import math
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from warnings import catch_warnings, simplefilter
from zipfile import BadZipFile, ZipFile

from cqsim.errors import InputFileError, did_you_mean
from cqsim.language.syntax import Source
from cqsim.textfile import decode

Cell = str | float | None

LARGEST_FILE = 64 * 2**20
"""Bytes of a file that is read."""
LARGEST_WORKBOOK = 512 * 2**20
"""Bytes of a workbook once unpacked."""
MOST_CELLS = 5_000_000
"""Cells of a sheet, the empty ones before its last cell included."""

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


class Book(Protocol):
    """A file that holds sheets."""

    def sheet(self, reader: Reader, tab: str) -> Sheet:
        """Return the sheet of a tab, "" being the first; in text a tab separates."""

    def area(self, reader: Reader, tab: str, name: str) -> tuple[int, int, int, int]:
        """Return first row, first column, rows and columns of a named range."""


def open_book(path: Path, content: bytes) -> Book:
    """Return the book in a file, by what it holds, not by how it is called.

    Raises
    ------
    InputFileError
        The file is neither a workbook nor text, or is damaged or too large.
    """
    is_workbook = path.suffix.lower() in (".xls", ".xlsx", ".xlsm")
    if content.startswith(b"PK"):
        return _Xlsx(path, content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return _Xls(path, content)
    if is_workbook:
        raise InputFileError(path, 0, "it is no workbook", "Save it as .xlsx again.")
    return _Text(path, decode(path, content))


class _Text:
    def __init__(self, path: Path, content: str) -> None:
        self._path = path
        self._content = content

    def sheet(self, reader: Reader, tab: str) -> Sheet:
        default = "," if self._path.suffix.lower() == ".csv" else "\t"
        mark = {"\\t": "\t", "": default}.get(tab, tab)[0]
        if mark.isalnum():
            mark = default
        if mark in '"\r\n':
            what = f"separates cells by {tab!r}"
            raise reader.fault(what, "Write ',' there.")
        rows: list[list[Cell]] = []
        lines = []
        found = csv.reader(io.StringIO(self._content, newline=""), delimiter=mark)
        try:
            for row in found:
                lines.append(found.line_num - sum(cell.count("\n") for cell in row))
                rows.append([*row])
        except csv.Error as error:
            what = f"the line cannot be read ({error})"
            remedy = "Check the quotes in it."
            raise InputFileError(self._path, found.line_num, what, remedy) from None
        if not any(map(any, rows)):
            what = "the file is empty"
            raise InputFileError(self._path, 0, what, "Put the table back.")
        return Sheet(self._path, rows, lines, is_text=True)

    def area(self, reader: Reader, tab: str, name: str) -> tuple[int, int, int, int]:
        what = f"names the cells '{tab}' '{name}', and text has no named cells"
        raise reader.fault(what, "Name a cell such as 'B2'.")


class _Xlsx:
    def __init__(self, path: Path, content: bytes) -> None:
        from openpyxl import load_workbook

        self._path = path
        try:
            with catch_warnings(), ZipFile(io.BytesIO(content)) as archive:
                if sum(part.file_size for part in archive.infolist()) > (
                    LARGEST_WORKBOOK
                ):
                    raise _too_large(path)
                for part in archive.namelist():
                    self._refuse_doctype(archive.open(part).read(2**16))
                # openpyxl warns of parts that no cell needs.
                simplefilter("ignore")
                self._book: Any = load_workbook(
                    io.BytesIO(content), read_only=True, data_only=True
                )
        except (InputFileError, MemoryError):
            raise
        except BadZipFile as error:
            raise _damaged(path, error) from None
        except Exception as error:  # openpyxl documents none of the errors it raises
            raise _damaged(path, error) from None

    def _refuse_doctype(self, begin: bytes) -> None:
        if b"<!DOCTYPE" in begin or begin[:2] in (b"\xff\xfe", b"\xfe\xff"):
            what = "its XML declares a document type, which no workbook does"
            raise InputFileError(self._path, 0, what, "Save it as .xlsx again.")

    def _tab(self, reader: Reader, tab: str) -> Any:
        titles = {sheet.title.lower(): sheet for sheet in self._book.worksheets}
        if not tab and titles:
            return next(iter(titles.values()))
        if tab.strip().lower() not in titles:
            raise _no_sheet(reader, self._path, tab, self._book.sheetnames)
        return titles[tab.strip().lower()]

    def sheet(self, reader: Reader, tab: str) -> Sheet:
        found = self._tab(reader, tab)
        rows: list[list[Cell]] = []
        count = 0
        try:
            # A sheet may claim any size for itself.
            found.reset_dimensions()
            with catch_warnings():
                simplefilter("ignore")
                for row in found.iter_rows(values_only=True):
                    rows.append([_plain(cell) for cell in row])
                    count += 1 + len(row)
                    if count > MOST_CELLS:
                        raise _too_large(self._path)
        except (InputFileError, MemoryError):
            raise
        except Exception as error:  # as above
            raise _damaged(self._path, error) from None
        return Sheet(self._path, rows, [], is_text=False)

    def area(self, reader: Reader, tab: str, name: str) -> tuple[int, int, int, int]:
        sheet = self._tab(reader, tab)
        known = {**self._book.defined_names, **sheet.defined_names}
        folded = {key.lower(): entry for key, entry in known.items()}
        entry = folded.get(name.strip().lower())
        for title, cells in entry.destinations if entry is not None else ():
            corners = [address(corner) for corner in cells.split(":")]
            first, last = corners[0], corners[-1]
            if title == sheet.title and first and last:
                size = last[0] - first[0] + 1, last[1] - first[1] + 1
                return *first, *size
        what = f"names the cells '{name}', which {self._path.name} '{tab}' lacks"
        raise reader.fault(what, "Name a cell such as 'B2', or define the name.")


class _Xls:
    def __init__(self, path: Path, content: bytes) -> None:
        remedy = "Save it as .xlsx."
        try:
            import xlrd
        except ImportError:
            what = "workbooks of the old form .xls are read by xlrd, which is missing"
            raise InputFileError(path, 0, what, remedy) from None
        self._path = path
        try:
            with Path(os.devnull).open("w", encoding="utf-8") as silence:
                self._book: Any = xlrd.open_workbook(
                    file_contents=content, logfile=silence
                )
        except Exception as error:  # xlrd raises errors of many kinds
            raise _damaged(path, error) from None

    def sheet(self, reader: Reader, tab: str) -> Sheet:
        titles = {sheet.name.lower(): sheet for sheet in self._book.sheets()}
        found = titles.get(tab.strip().lower()) if tab else self._book.sheet_by_index(0)
        if found is None:
            raise _no_sheet(reader, self._path, tab, self._book.sheet_names())
        rows = [
            [
                cell.value if cell.ctype in (1, 2, 3) else None
                for cell in found.row(number)
            ]
            for number in range(found.nrows)
        ]
        return Sheet(self._path, rows, [], is_text=False)

    def area(self, reader: Reader, tab: str, name: str) -> tuple[int, int, int, int]:
        what = f"names the cells '{tab}' '{name}'; names in .xls are not read"
        raise reader.fault(what, f"Save {self._path.name} as .xlsx.")


def _plain(cell: Any) -> Cell:
    """Return the number or text of a cell; of a date the number that Excel keeps."""
    from datetime import date, time, timedelta

    if isinstance(cell, (date, time, timedelta)):
        from openpyxl.utils.datetime import to_excel

        return float(to_excel(cell))
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    return None if cell is None else str(cell)


def _no_sheet(reader: Reader, path: Path, tab: str, known: list[str]) -> InputFileError:
    what = f"reads the sheet '{tab}' of {path.name}, which has none of that name"
    return reader.fault(what, did_you_mean(tab, known))


def _damaged(path: Path, error: Exception) -> InputFileError:
    what = f"the workbook is damaged ({error})"
    return InputFileError(path, 0, what, "Save it as .xlsx again.")


def _too_large(path: Path) -> InputFileError:
    what = (
        f"it holds more than {LARGEST_WORKBOOK // 2**20} MiB unpacked, or "
        f"{MOST_CELLS:,} cells in a sheet"
    )
    return InputFileError(path, 0, what, "Keep only what the model reads.")
