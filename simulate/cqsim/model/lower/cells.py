"""Numbers that a model takes from files beside it: CSV, tab-separated, workbooks."""

import csv
import math
import re
import warnings
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Literal

from cqsim.errors import InputFileError
from cqsim.model.lower.source import Source
from cqsim.textfile import read_text

Grid = list[list[str | float | None]]

_WORKBOOKS = (".xlsx", ".xlsm", ".xls")


class Cells:
    """Reads cells of the files beside a model, each file once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._grids: dict[tuple[Path, str], Grid] = {}

    def grid(self, owner: str, file: str, tab: str) -> Grid:
        """Return all cells of a file, or of one sheet of a workbook.

        Raises
        ------
        InputFileError
            If the file is not beside the model, is missing or cannot be read.
        """
        path = self._beside(owner, file)
        if (path, tab) not in self._grids:
            try:
                workbook = path.suffix.lower() in _WORKBOOKS
                read = _read_sheet if workbook else _read_text
                self._grids[path, tab] = read(path, tab)
            except (OSError, ValueError, KeyError, ImportError) as error:
                what = f"'{owner}' reads {file} '{tab}', which cannot be read ({error})"
                raise self._source.fault(owner, what, "Check the file.") from error
        return self._grids[path, tab]

    def digests(self) -> dict[str, str]:
        """Return the hash of each file that was read, by its name from the model."""
        folder = self._source.path.parent.resolve()
        return {
            path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
            for path in sorted({path for path, _ in self._grids})
        }

    def block(
        self, owner: str, file: str, tab: str, cell: str, rows: int, columns: int
    ) -> list[list[float]]:
        """Return a rectangle of numbers whose top left cell is named as in `B2`."""
        grid = self.grid(owner, file, tab)
        top, left = self.position(owner, cell)
        found = [
            [_number(grid, row, column) for column in range(left, left + columns)]
            for row in range(top, top + rows)
        ]
        for row, numbers in enumerate(found, start=top):
            for column, number in enumerate(numbers, start=left):
                if math.isnan(number):
                    self._refuse_cell(owner, file, row, column)
        return found

    def run(
        self, owner: str, file: str, tab: str, start: tuple[int, int], down: bool
    ) -> list[float]:
        """Return the cells from one to the end of its column or row, or NaN."""
        grid = self.grid(owner, file, tab)
        row, column = start
        if down:
            return [_number(grid, r, column) for r in range(row, len(grid))]
        width = max((len(line) for line in grid), default=0)
        return [_number(grid, row, c) for c in range(column, width)]

    def named(self, owner: str, file: str, tab: str, name: str) -> list[list[float]]:
        """Return the numbers of a named range of cells of a workbook, row by row."""
        grid = self.grid(owner, file, tab)
        path = self._beside(owner, file)
        area = _named_area(path, tab, name) if path.suffix != ".xls" else None
        if area is None:
            what = f"'{owner}' names the cells '{name}', which {file} '{tab}' lacks"
            remedy = "Name a cell such as 'B2', or define the name in the sheet."
            raise self._source.fault(owner, what, remedy)
        top, left, bottom, right = area
        return [
            [_number(grid, row, column) for column in range(left, right + 1)]
            for row in range(top, bottom + 1)
        ]

    def texts(
        self, owner: str, file: str, tab: str, first: str, last: str
    ) -> list[str]:
        """Return the texts in a rectangle of cells, row by row, empty ones left out."""
        grid = self.grid(owner, file, tab)
        top, left = self.position(owner, first)
        bottom, right = len(grid) - 1, max(map(len, grid), default=0) - 1
        found = re.fullmatch(r"([A-Za-z]{0,3})([0-9]*)", last.strip())
        if found and found.group(1):
            right = column_of(found.group(1))
        if found and found.group(2):
            bottom = int(found.group(2)) - 1
        cells = [c for row in grid[top : bottom + 1] for c in row[left : right + 1]]
        return [text for cell in cells if (text := _text(cell))]

    def position(self, owner: str, cell: str) -> tuple[int, int]:
        """Return row and column, counted from 0, of a cell named as in `B2`."""
        found = re.fullmatch(r"([A-Za-z]{1,3})([1-9][0-9]*)", cell.strip())
        if not found:
            what = f"'{owner}' names the cell '{cell}'"
            remedy = "Name a cell such as 'B2'."
            raise self._source.fault(owner, what, remedy)
        return int(found.group(2)) - 1, column_of(found.group(1))

    def _beside(self, owner: str, file: str) -> Path:
        """Return the path of a file beside the model, never of one elsewhere."""
        windows, posix = PureWindowsPath(file), PurePosixPath(file)
        away = (
            windows.is_absolute()
            or posix.is_absolute()
            or windows.drive
            or windows.root
            or ".." in windows.parts
            or ".." in posix.parts
            or file.startswith("?")
            or "://" in file
            or "\x00" in file
        )
        remedy = "Keep the file in the model's folder and name it from there."
        if away or not file.strip():
            what = f"'{owner}' reads '{file}', which is not beside the model"
            raise self._source.fault(owner, what, remedy)
        folder = self._source.path.parent.resolve()
        path = (folder / windows.as_posix()).resolve()
        if not path.is_relative_to(folder):
            what = f"'{owner}' reads '{file}', which leads out of the model's folder"
            raise self._source.fault(owner, what, remedy)
        if not path.is_file():
            what = f"'{owner}' reads '{file}', and there is no such file"
            raise self._source.fault(owner, what, remedy)
        return path

    def _refuse_cell(self, owner: str, file: str, row: int, column: int) -> None:
        place = f"column {column + 1}"
        what = f"'{owner}' reads {place} of this line, which holds no number"
        path = self._source.path.parent / file
        raise InputFileError(path, row + 1, what, "Put a number there.")


def is_cell(text: str) -> bool:
    """Tell whether a text names one cell, as `B2` does."""
    return bool(re.fullmatch(r"[A-Za-z]{1,3}[1-9][0-9]*\*?", text.strip()))


def _text(cell: str | float | None) -> str:
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    return str(cell).strip()


def _named_area(path: Path, tab: str, name: str) -> tuple[int, int, int, int] | None:
    """Return the first and last row and column of a named range, counted from 0."""
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=False, data_only=True)
    sheets = {sheet.title.lower(): sheet for sheet in book.worksheets}
    local = sheets[tab.lower()].defined_names if tab.lower() in sheets else {}
    found = local.get(name) or book.defined_names.get(name)
    for sheet, cells in found.destinations if found is not None else ():
        corners = re.findall(r"\$?([A-Z]+)\$?([0-9]+)", cells)
        if sheet.lower() == tab.lower() and corners:
            (left, top), (right, bottom) = corners[0], corners[-1]
            rows = int(top) - 1, int(bottom) - 1
            return rows[0], column_of(left), rows[1], column_of(right)
    return None


def column_of(letters: str) -> int:
    """Return the column, counted from 0, that a workbook calls by these letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _number(grid: Grid, row: int, column: int) -> float:
    try:
        cell = grid[row][column]
        number = math.nan if cell is None else float(cell)
    except (IndexError, ValueError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _read_text(path: Path, tab: str) -> Grid:
    default = "," if path.suffix.lower() == ".csv" else "\t"
    separator = tab if tab and not tab[0].isalnum() else default
    separator = "\t" if separator == "\\t" else separator
    text = read_text(path)
    reader = csv.reader(text.splitlines(), delimiter=separator)
    rows: Grid = [list(row) for row in reader]
    while rows and not any(rows[-1]):
        rows.pop()
    blank = next((n for n, row in enumerate(rows, 1) if not row), 0)
    if blank:
        # Readers disagree on whether an empty line counts.
        what = "the line is empty, so that the rows below have no certain number"
        raise InputFileError(path, blank, what, "Delete the line.")
    return rows


def _read_sheet(path: Path, tab: str) -> Grid:
    import pandas as pd

    engine: Literal["openpyxl", "xlrd"] = "openpyxl"
    if path.suffix.lower() == ".xls":
        engine = "xlrd"
    with warnings.catch_warnings():
        # pandas announces that it will read workbooks by other means.
        warnings.simplefilter("ignore")
        with pd.ExcelFile(path, engine=engine) as sheets:
            names = {str(name).lower(): name for name in sheets.sheet_names}
            if tab.lower() not in names:
                message = f"it has no sheet '{tab}'"
                raise ValueError(message)
            frame = sheets.parse(names[tab.lower()], header=None)
    return [list(row) for row in frame.itertuples(index=False, name=None)]
