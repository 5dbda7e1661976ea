"""A sheet that an equation reads: constants, series and texts from its cells.

A model reads cells by their place only: a region that is missing from a table would
give every region after it the values of its neighbour. Where a table of text has a
column of labels or a heading that holds names of the elements, they must agree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cqsim.errors import FaultsError, did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.data.sheet import (
    Book,
    Floats,
    Reader,
    Sheet,
    address,
    column_of,
    is_mistyped,
    number,
    points_of,
    text,
)

Elements = Sequence[str]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Cells of a sheet that one reads: the first, and the elements they stand for.

    No elements across or down means one column or one row.
    """

    reader: Reader
    sheet: Sheet
    row: int
    column: int
    down: Elements = ()
    across: Elements = ()

    @property
    def places(self) -> list[tuple[int, int]]:
        """Row and column of each cell, row by row."""
        return [
            (self.row + down, self.column + across)
            for down in range(max(1, len(self.down)))
            for across in range(max(1, len(self.across)))
        ]


def faults_of(cells: Rectangle, known: frozenset[str]) -> list[str]:
    """Return what is wrong with a rectangle of constants, each with file and line.

    Parameters
    ----------
    known
        The keys of all elements of the model: a row of one of them below the table
        may belong to another one.
    """
    sheet = cells.sheet
    last = cells.row + max(1, len(cells.down))
    faults = surplus_faults(sheet, range(cells.row, last), cells.column)
    is_labelled = False
    if sheet.is_text and not faults:
        for labels in (_row_labels(cells), _column_labels(cells)):
            if {*map(canonical, labels.texts)} & {*map(canonical, labels.wanted)}:
                is_labelled = True
                faults += _label_faults(sheet, labels, known)
    return faults or _number_faults(cells, is_labelled=is_labelled)


def surplus_faults(sheet: Sheet, rows: range, column: int) -> list[str]:
    """Return rows with a number right of a heading, as `0,008` has in a CSV file."""
    heading = sheet.rows[0] if sheet.rows else []
    width = len(heading)
    if not sheet.is_text or 0 in rows or width <= column:
        return []
    if any(number(cell) is not None or not text(cell) for cell in heading[1:]):
        return []
    remedy = "Take the surplus out; a text with a comma needs quotes."
    return [
        str(sheet.fault(row, what, remedy))
        for row in rows
        if row < len(sheet.rows)
        if any(number(cell) is not None for cell in sheet.rows[row][width:])
        for what in [
            f"the row has {len(sheet.rows[row])} cells, and the first has {width}"
        ]
    ]


@dataclass(frozen=True, slots=True)
class _Labels:
    """The labels left of or above a table, their rows, and the elements wanted."""

    kind: str
    texts: list[str]
    rows: Sequence[int]
    wanted: Elements

    @property
    def keys(self) -> list[str]:
        """The canonical names; a label that names its element in part is that one."""
        keys = [canonical(label) for label in self.texts]
        elements = [canonical(element) for element in self.wanted]
        for n, (key, element) in enumerate(zip(keys, elements, strict=False)):
            if key not in elements and _is_alike(key, element):
                keys[n] = element
        return keys


def _is_alike(label: str, element: str) -> bool:
    """Whether one begins with the other, or they have a word in common."""
    sides = [re.findall(r"\w+", name) for name in (label, element)]
    one, other = ("".join(words) for words in sides)
    if not one or one.startswith(other) or other.startswith(one):
        return bool(one)
    return any(len(word) > 2 for word in {*sides[0]} & {*sides[1]})


def _row_labels(cells: Rectangle) -> _Labels:
    """Return the labels from the first row to the first blank one below the table."""
    count = len(cells.down) if cells.column else 0
    rows = range(cells.row, len(cells.sheet.rows)) if count else range(0)
    labels = [text(cells.sheet.cell(row, 0)) for row in rows]
    below = [*labels[count:], ""].index("")
    return _Labels("row", labels[: count + below], rows, cells.down)


def _column_labels(cells: Rectangle) -> _Labels:
    heading = cells.sheet.rows[0][cells.column :] if cells.row and cells.across else []
    labels = [text(cell) for cell in heading]
    wanted = {*map(canonical, cells.across)}
    known = [n for n, label in enumerate(labels, 1) if canonical(label) in wanted]
    count = max([*known, min(len(labels), len(wanted))])
    return _Labels("column", labels[:count], [0] * count, cells.across)


def _label_faults(sheet: Sheet, labels: _Labels, known: frozenset[str]) -> list[str]:
    """Return which labels are twice there, not known or missing; else their order."""
    kind, wanted = labels.kind, {canonical(name): name for name in labels.wanted}
    agree = labels.keys[: len(wanted)] == [*wanted]
    if agree and kind == "column":
        return []
    faults = []
    seen: set[str] = set()
    for label, name, row in zip(labels.texts, labels.keys, labels.rows, strict=False):
        if name in seen and not agree:
            what = f"the {kind} '{label}' is there twice"
            faults.append(str(sheet.fault(row, what, "Keep one of them.")))
        elif name not in wanted and not (agree and name in known):
            what = f"the model knows no {kind} '{label}'"
            hint = did_you_mean(label, list(labels.wanted))
            faults.append(str(sheet.fault(row, what, hint)))
        seen.add(name)
    missing = [name for folded, name in wanted.items() if folded not in seen]
    if missing:
        last = labels.rows[len(labels.texts) - 1]
        what = f"no {kind} for {', '.join(missing)}"
        faults.append(str(sheet.fault(last, what, "Add it, in the model's order.")))
    if not faults and not agree:
        what = f"the {kind}s are in another order than in the model"
        remedy = f"Put them in this order: {', '.join(labels.wanted)}."
        faults.append(str(sheet.fault(labels.rows[0], what, remedy)))
    return faults


def _number_faults(cells: Rectangle, *, is_labelled: bool) -> list[str]:
    found = [
        (row, column, _cell_fault(cells, row, column, is_labelled))
        for row, column in cells.places
    ]
    return [
        str(cells.sheet.fault(row, f"column {column + 1} {fault[0]}", fault[1]))
        for row, column, fault in found
        if fault
    ]


def _cell_fault(
    cells: Rectangle, row: int, column: int, is_labelled: bool
) -> tuple[str, str] | None:
    """Return what is wrong with a cell, and the remedy.

    Vensim takes a cell without a number for 0, and any number whatever the range of
    the variable. A label that names an element says that a number was meant, and one
    for it, so there the cell is refused.
    """
    reader, sheet = cells.reader, cells.sheet
    cell = sheet.cell(row, column)
    value = number(cell)
    if row >= len(sheet.rows) or column >= sheet.width:
        return f"is not there, and '{reader.name}' reads it", "Add the missing number."
    if value is None and (is_labelled or is_mistyped(cell)):
        return f"holds '{text(cell)}', and a number belongs there", "Write a number."
    if value is None or not is_labelled or reader.low <= value <= reader.high:
        return None
    limits = f"[{reader.low:g}, {reader.high:g}] {reader.unit}".rstrip()
    what = f"holds {text(cell)}, outside {limits}, the range of '{reader.name}'"
    return what, "Correct it."


Cells = list[tuple[int, int]]
"""Rows and columns, counted from 0; or steps from cell to cell."""

_COLUMN = re.compile(r"[A-Za-z]{1,3}")


@dataclass(frozen=True, slots=True)
class ConstantCells:
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
class SheetTable:
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
    ) -> ConstantCells:
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
        return ConstantCells(values.reshape(shape), sheet.path, lines.reshape(shape))

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
