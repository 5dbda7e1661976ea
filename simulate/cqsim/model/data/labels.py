"""Check that the rows and columns of a table are the ones the model takes them for.

A model reads cells by their place only: a region that is missing from a table would
give every region after it the values of its neighbour. Where a table of text has a
column of labels or a heading that holds names of the elements, they must agree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cqsim.errors import did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.data.sheet import Reader, Sheet, is_mistyped, number, text

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
    """The labels beside or above a table, their rows, and the elements wanted."""

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
