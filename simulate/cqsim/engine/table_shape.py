"""Check what a table must be whatever the model reads from it, and lookups by year."""

import csv
import io
import re
from itertools import pairwise

from cqsim.engine.data_files import TABLES, DataFile
from cqsim.model.model import Model, Variable

LOOKUPS = re.compile(
    r"GET[\s_]+DIRECT[\s_]+LOOKUPS\s*\(\s*'([^']*)'\s*,\s*'([^']*)'\s*,"
    r"\s*'([A-Z]{1,3})'\s*,\s*'([A-Z]{1,3})(\d+)'\s*\)",
    re.I,
)

Cells = list[list[str]]


def cells_of(file: DataFile, separator: str) -> Cells:
    """Return the cells of a table; nothing as separator stands for a comma."""
    mark = {"\\t": "\t", "": ","}.get(separator, separator)[:1]
    return list(csv.reader(io.StringIO(file.content.decode("utf-8")), delimiter=mark))


def column_of(letters: str) -> int:
    """Return the number of a column, A being 0."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def is_number(cell: str) -> bool:
    """Whether a cell holds a finite number."""
    try:
        return abs(float(cell)) < float("inf") and "_" not in cell
    except ValueError:
        return False


def shape_faults(file: DataFile, cells: Cells) -> list[str]:
    """Return what is wrong with a table as a whole: empty, or a row too long."""
    if not any(any(cell.strip() for cell in row) for row in cells):
        return [f"{file.path}: the file is empty. Put the table back."]
    width = len(cells[0])
    return [
        f"{file.path}:{line}: the row has {len(row)} cells, and the first has {width}. "
        "Take the surplus out; a text with a comma needs quotes."
        for line, row in enumerate(cells, start=1)
        if len(row) > width
    ]


def lookup_faults(model: Model, texts: dict[str, DataFile]) -> list[str]:
    """Return what is wrong with the lookups that a model reads from tables."""
    faults: list[str] = []
    for variable in model.variables.values():
        for equation in variable.equations:
            match = LOOKUPS.search(equation.text)
            if match is None or match[1] not in texts:
                continue
            file = texts[match[1]]
            cells = cells_of(file, match[2])
            first, columns = (
                int(match[5]) - 1,
                (column_of(match[3]), column_of(match[4])),
            )
            faults += shape_faults(file, cells) or _point_faults(
                file, cells[first:], first + 1, columns
            )
    return faults


def _point_faults(
    file: DataFile, rows: Cells, first: int, columns: tuple[int, int]
) -> list[str]:
    """Return cells without a number, and arguments that do not rise."""
    faults, arguments = [], []
    for line, row in enumerate(rows, start=first):
        for column in columns:
            cell = row[column].strip() if column < len(row) else ""
            if not is_number(cell):
                what = f"column {column + 1} holds {cell!r}, and a number belongs there"
                faults.append(f"{file.path}:{line}: {what}. Write a number.")
            elif column == columns[0]:
                arguments.append((line, float(cell)))
    for (_, before), (line, value) in pairwise(arguments):
        if value <= before:
            what = f"{value:g} stands after {before:g}; the first column must rise"
            remedy = "Put the rows in order, each once."
            faults.append(f"{file.path}:{line}: {what}. {remedy}")
    return faults


def heading_fault(
    model: Model, file: DataFile, cells: Cells, column: int, key: str
) -> str:
    """Return the fault of a column headed by another constant read from the table."""
    heading = cells[0][column] if column < len(cells[0]) else ""
    other = model.variable(heading)
    if other is None or other.key == key or not _reads(other, file.name):
        return ""
    what = f"column {column + 1} is headed '{heading}', and the model reads '{key}'"
    return f"{file.path}:1: {what} there. Put the columns in the order of the model."


def _reads(variable: Variable, name: str) -> bool:
    return any(f"'{name}'" in equation.text for equation in variable.equations)


def text_tables(files: list[DataFile]) -> dict[str, DataFile]:
    """Return the data files that are tables of text, by name."""
    return {file.name: file for file in files if file.path.suffix.lower() in TABLES}
