"""Check that the rows and columns of a table are the ones the model takes them for.

A model reads cells by their place only: a region that is missing from a table would
give every region after it the values of its neighbour. Where a table of text has a
column of labels or a heading that holds names of the elements, they must agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cqsim.errors import did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.data.sheet import Reader, Sheet, is_mistyped, number, text

Elements = Sequence[str]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Cells of a sheet: row and column of the first, and the elements they stand for.

    No elements across or down means one column or one row.
    """

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


def faults_of(reader: Reader, cells: Rectangle, known: frozenset[str]) -> list[str]:
    """Return what is wrong with a rectangle of constants, each with file and line.

    Parameters
    ----------
    known
        The keys of all elements of the model: a row of one of them below the table
        may belong to another one.
    """
    faults: list[str] = surplus_faults(cells.sheet, cells.row, cells.column)
    is_labelled = False
    if cells.sheet.is_text and not faults:
        down, across = _row_labels(cells), _column_labels(cells)
        is_labelled = _names_any(down, cells.down) or _names_any(across, cells.across)
        faults += _row_faults(cells, down, known)
        faults += _column_faults(cells, across)
    return faults or _number_faults(reader, cells, is_labelled=is_labelled)


def surplus_faults(sheet: Sheet, row: int, column: int) -> list[str]:
    """Return rows with a number right of a heading, as `0,008` has in a CSV file."""
    heading = sheet.rows[0] if sheet.rows else []
    if not sheet.is_text or row == 0 or len(heading) <= column:
        return []
    if any(number(cell) is not None or not text(cell) for cell in heading[1:]):
        return []
    width = len(heading)
    return [
        str(sheet.fault(line, what, remedy))
        for line, cells in enumerate(sheet.rows[row:], row)
        if any(number(cell) is not None for cell in cells[width:])
        for what in [f"the row has {len(cells)} cells, and the first has {width}"]
        for remedy in ["Take the surplus out; a text with a comma needs quotes."]
    ]


def _row_labels(cells: Rectangle) -> list[str]:
    """Return the labels from the first row down to the first blank after the table."""
    if not cells.column or not cells.down:
        return []
    labels = [text(cells.sheet.cell(r, 0)) for r in _rows_from(cells)]
    blank = next(
        (n for n, label in enumerate(labels) if n >= len(cells.down) and not label),
        len(labels),
    )
    return labels[:blank]


def _rows_from(cells: Rectangle) -> range:
    return range(cells.row, len(cells.sheet.rows))


def _column_labels(cells: Rectangle) -> list[str]:
    if not cells.row or not cells.across:
        return []
    return [text(cell) for cell in cells.sheet.rows[0][cells.column :]]


def _names_any(labels: list[str], wanted: Elements) -> bool:
    return bool(
        {canonical(label) for label in labels} & {canonical(name) for name in wanted}
    )


def _row_faults(
    cells: Rectangle, labels: list[str], known: frozenset[str]
) -> list[str]:
    if not _names_any(labels, cells.down):
        return []
    rows = list(range(cells.row, cells.row + len(labels)))
    if not _agree(labels, cells.down):
        return _label_faults(cells.sheet, labels, rows, cells.down, "row")
    count = len(cells.down)
    return [
        _unknown(cells.sheet, row, label, cells.down, "row")
        for row, label in zip(rows[count:], labels[count:], strict=True)
        if canonical(label) not in known
    ]


def _column_faults(cells: Rectangle, labels: list[str]) -> list[str]:
    if not _names_any(labels, cells.across) or _agree(labels, cells.across):
        return []
    wanted = {canonical(name) for name in cells.across}
    last = max(n for n, label in enumerate(labels) if canonical(label) in wanted)
    named = labels[: last + 1]
    return _label_faults(cells.sheet, named, [0] * len(named), cells.across, "column")


def _agree(labels: list[str], wanted: Elements) -> bool:
    return [canonical(label) for label in labels[: len(wanted)]] == [
        canonical(e) for e in wanted
    ]


def _label_faults(
    sheet: Sheet, labels: list[str], rows: list[int], wanted: Elements, kind: str
) -> list[str]:
    """Return which labels are twice there, not known or missing; else their order."""
    faults = []
    elements = {canonical(name): name for name in wanted}
    seen: set[str] = set()
    for label, row in zip(labels, rows, strict=True):
        if canonical(label) in seen:
            what = f"the {kind} '{label}' is there twice"
            faults.append(str(sheet.fault(row, what, "Keep one of them.")))
        elif canonical(label) not in elements:
            faults.append(_unknown(sheet, row, label, wanted, kind))
        seen.add(canonical(label))
    missing = [name for folded, name in elements.items() if folded not in seen]
    if missing:
        what = f"no {kind} for {', '.join(missing)}"
        faults.append(str(sheet.fault(rows[-1], what, "Add it, in the model's order.")))
    if not faults:
        what = f"the {kind}s are in another order than in the model"
        remedy = f"Put them in this order: {', '.join(wanted)}."
        faults.append(str(sheet.fault(rows[0], what, remedy)))
    return faults


def _unknown(sheet: Sheet, row: int, label: str, wanted: Elements, kind: str) -> str:
    what = f"the model knows no {kind} '{label}'"
    return str(sheet.fault(row, what, did_you_mean(label, list(wanted))))


def _number_faults(reader: Reader, cells: Rectangle, *, is_labelled: bool) -> list[str]:
    faults = []
    for row, column in cells.places:
        what, remedy = _cell_fault(reader, cells.sheet, row, column, is_labelled)
        if what:
            faults.append(
                str(cells.sheet.fault(row, f"column {column + 1} {what}", remedy))
            )
    return faults


def _cell_fault(
    reader: Reader, sheet: Sheet, row: int, column: int, is_labelled: bool
) -> tuple[str, str]:
    """Return what is wrong with a cell, and the remedy; nothing where it is right.

    Vensim takes a cell without a number for 0. A label that names an element says
    that a number was meant, so there the cell is refused.
    """
    cell = sheet.cell(row, column)
    value = number(cell)
    if row >= len(sheet.rows) or column >= sheet.width:
        what = f"is not there, and '{reader.name}' reads it"
        return what, "Add the missing number."
    if value is None and (is_labelled or is_mistyped(cell)):
        return f"holds '{text(cell)}', and a number belongs there", "Write a number."
    if value is None or reader.low <= value <= reader.high:
        return "", ""
    limits = f"[{reader.low:g}, {reader.high:g}] {reader.unit}".rstrip()
    what = f"holds {text(cell)}, outside {limits}, the range of '{reader.name}'"
    return what, "Correct it."
