"""A sheet that an equation reads: constants, series and texts from its cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cqsim.errors import FaultsError
from cqsim.language.syntax import canonical
from cqsim.model.data.datasets import Floats, points_of
from cqsim.model.data.labels import Elements, Rectangle, faults_of, surplus_faults
from cqsim.model.data.sheet import Book, Reader, Sheet, address, column_of, number, text

Cells = list[tuple[int, int]]
"""Rows and columns, counted from 0; or steps from cell to cell."""

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


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet for one that reads it.

    Every method raises InputFileError where a file or what it holds is at fault, with
    its line; where the model is, with that of the equation. Constants raise FaultsError
    for all faults of a table together.

    Attributes
    ----------
    headings
        By each variable that reads constants of the file so far, the heading of the
        column that it reads.
    """

    reader: Reader
    book: Book
    sheet: Sheet
    tab: str
    headings: dict[str, str]

    def cells(
        self,
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
            raise self.reader.fault(what, "Read one table for each element of an axis.")
        is_turned = first.strip().endswith("*")
        down, across = ((), (), *axes)[-2:]
        if is_turned:
            down, across = across, down
        sheet = self.sheet
        size = max(1, len(down)), max(1, len(across))
        row, column = self._start(first.strip().rstrip("*"), size)
        cells = Rectangle(self.reader, sheet, row, column, down, across)
        faults = faults_of(cells, known) or self._heading_faults(cells)
        if faults:
            raise FaultsError(faults)
        values = np.array([number(sheet.cell(*at)) or 0.0 for at in cells.places])
        lines = np.array([sheet.line(row) for row, _ in cells.places])
        shape = tuple(len(axis) for axis in axes)
        if is_turned:
            values, lines = values.reshape(size).T, lines.reshape(size).T
        return Block(values.reshape(shape), sheet.path, lines.reshape(shape))

    def series(
        self, time: str, first: str, count: int = 1, *, is_lookup: bool = False
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
        sheet = self.sheet
        times, steps = self._run(time.strip(), first.strip(), count)
        if times:
            rows = range(times[0][0], times[-1][0] + 1)
            faults = surplus_faults(sheet, rows, times[0][1] + steps[-1][1])
            if faults:
                raise FaultsError(faults)
        x, y = points_of(sheet, times, steps, 0.0 if is_lookup else np.nan)
        if not len(x) or np.isnan(y).all():
            where = f"{sheet.path.name} at '{time}' and '{first}'"
            what = f"reads {where}, where no numbers are"
            raise self.reader.fault(what, "Correct the cells that it names.")
        if is_lookup and (np.diff(x) < 0).any():
            at = int(np.flatnonzero(np.diff(x) < 0)[0]) + 1
            what = f"{x[at]:g} stands after {x[at - 1]:g}; the arguments must rise"
            raise sheet.fault(times[at][0], what, "Put the points in order.")
        order = np.argsort(x, kind="stable")
        return x[order], y[:, order]

    def texts(self, first: str, last: str) -> list[str]:
        """Return the texts in cells, across and then down, empty ones left out.

        `last` is a cell, or a column or row alone, or empty: the rest to the end.
        """
        top, left = self._start(first, (1, 1))
        found = re.fullmatch(r"([A-Za-z]{0,3})([0-9]{0,7})", last.strip())
        if found is None:
            what = f"names the last cell '{last}'"
            raise self.reader.fault(what, "Name a cell such as 'A9'.")
        right = column_of(found[1]) if found[1] else self.sheet.width - 1
        bottom = int(found[2]) if found[2] else len(self.sheet.rows)
        rows = self.sheet.rows[top:bottom]
        texts = [text(cell) for row in rows for cell in row[left : right + 1]]
        return [shown for shown in texts if shown]

    def heading(self, cell: str) -> str:
        """Return what stands at the head of the column that a cell is in."""
        at = address(cell.strip().rstrip("*"))
        return text(self.sheet.cell(0, at[1])) if at else ""

    def _start(self, name: str, size: tuple[int, int]) -> tuple[int, int]:
        """Return row and column of a first cell; named cells must have the size."""
        at = address(name)
        if at is not None:
            return at
        row, column, *found = self.book.area(self.reader, self.tab, name)
        if tuple(found) != size:
            what = f"names the cells '{name}': {found[0]} rows of {found[1]}"
            raise self.reader.fault(what, f"It needs {size[0]} rows of {size[1]}.")
        return row, column

    def _run(self, time: str, first: str, count: int) -> tuple[Cells, Cells]:
        """Return the cells of the times, and the step from them to each series."""
        at = address(first)
        if at is None:
            top, left, *size = self.book.area(self.reader, self.tab, time)
            is_down, length = size[1] == 1, max(size)
            wanted = (length, count) if is_down else (count, length)
            at = self._start(first, wanted)
        elif time.isdecimal():
            is_down, length = False, self.sheet.width - at[1]
            top, left = int(time) - 1, at[1]
        elif _COLUMN.fullmatch(time):
            is_down, length = True, len(self.sheet.rows) - at[0]
            top, left = at[0], column_of(time)
        else:
            what = f"takes the times from '{time}'"
            remedy = "Name a row such as '1' or a column such as 'A'."
            raise self.reader.fault(what, remedy)
        down, right = at[0] - top, at[1] - left
        if is_down:
            times = [(top + n, left) for n in range(length)]
            return times, [(down, right + n) for n in range(count)]
        times = [(top, left + n) for n in range(length)]
        return times, [(down + n, right) for n in range(count)]

    def _heading_faults(self, cells: Rectangle) -> list[str]:
        """Return the fault of a column headed by another reader of the same file."""
        sheet = self.sheet
        if not sheet.is_text or not cells.row or not cells.column or cells.across:
            return []
        own, heading = canonical(self.reader.name), text(sheet.cell(0, cells.column))
        readers = self.headings
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
