"""Check that a table's rows and columns are the ones that the model takes them for.

A model reads cells by their place only: a region that is missing from a table would
give every region after it the values of its neighbour.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from cqsim.engine.data_files import DataFile
from cqsim.engine.table_shape import (
    cells_of,
    column_of,
    heading_fault,
    is_number,
    lookup_faults,
    shape_faults,
    text_tables,
)
from cqsim.errors import FaultsError, did_you_mean
from cqsim.model.model import Equation, Model, Variable

CONSTANTS = re.compile(
    r"GET[\s_]+DIRECT[\s_]+CONSTANTS\s*\(\s*'([^']*)'\s*,\s*'([^']*)'\s*,"
    r"\s*'([A-Z]{1,3})(\d+)(\*?)'\s*\)",
    re.I,
)

INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class Block:
    """The cells of one table that one equation reads; rows and columns from 0.

    `faults` are those of the table as a whole; `owner` reads the cells.
    """

    owner: Variable
    faults: tuple[str, ...]
    path: Path
    cells: list[list[str]]
    row: int
    column: int
    down: tuple[str, ...]
    across: tuple[str, ...]


def check_tables(model: Model, files: list[DataFile]) -> None:
    """Check labels and numbers of every table that the model takes constants from.

    Raises
    ------
    FaultsError
        A row or column is missing, twice there, in another order or not known, or a
        cell holds text or a number outside the constant's range; every fault with file
        and line.
    """
    texts = text_tables(files)
    faults: dict[str, None] = {}
    for variable in model.variables.values():
        for equation in variable.equations:
            block = _block(model, variable, equation, texts)
            if block is not None:
                faults.update(dict.fromkeys(_faults(block)))
    faults.update(dict.fromkeys(lookup_faults(model, texts)))
    if faults:
        raise FaultsError(list(faults))


def _block(
    model: Model, variable: Variable, equation: Equation, texts: dict[str, DataFile]
) -> Block | None:
    match = CONSTANTS.search(equation.right)
    if match is None or match[1] not in texts:
        return None
    file = texts[match[1]]
    cells = cells_of(file, match[2])
    names = equation.subscripts or variable.subscripts
    free = [model.elements(name) for name in names if model.elements(name) != (name,)]
    down, across = _layout(free, transposed=bool(match[5]))
    row, column = int(match[4]) - 1, column_of(match[3])
    faults = shape_faults(file, cells)
    if not faults and row and column and not across:
        faults = [heading_fault(model, file, cells, column, variable.key)]
    whole = tuple(fault for fault in faults if fault)
    return Block(variable, whole, file.path, cells, row, column, down, across)


def _layout(
    free: list[tuple[str, ...]], *, transposed: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what runs down and what runs across; the last subscript runs across."""
    if not free:
        return (), ()
    down = free[-2] if len(free) > 1 else ()
    return (free[-1], down) if transposed else (down, free[-1])


def _faults(block: Block) -> list[str]:
    if block.faults:
        return list(block.faults)
    faults = []
    if block.column and block.down:
        labels = [row[0].strip() if row else "" for row in block.cells[block.row :]]
        lines = [block.row + 1 + offset for offset in range(len(labels))]
        faults += _label_faults(block, labels, lines, block.down, "row")
    if block.row and block.across and block.cells:
        labels = [cell.strip() for cell in block.cells[0][block.column :]]
        lines = [1] * len(labels)
        faults += _label_faults(block, labels, lines, block.across, "column")
    return faults or _number_faults(block)


def _label_faults(
    block: Block,
    labels: list[str],
    lines: list[int],
    wanted: tuple[str, ...],
    kind: str,
) -> list[str]:
    """Return what is wrong with labels; nothing where they are no names of elements."""
    if not set(labels) & set(wanted):
        return []
    last = max(i for i, label in enumerate(labels) if label in wanted or kind == "row")
    faults = []
    seen: set[str] = set()
    for label, line in zip(labels[: last + 1], lines, strict=False):
        if label in seen:
            what = f"the {kind} '{label}' is there twice. Keep one of them."
            faults.append(f"{block.path}:{line}: {what}")
        elif label not in wanted:
            hint = did_you_mean(label, list(wanted))
            what = f"the model knows no {kind} '{label}'. {hint}"
            faults.append(f"{block.path}:{line}: {what}")
        seen.add(label)
    missing = [element for element in wanted if element not in seen]
    if missing:
        what = f"no {kind} for {', '.join(missing)}. Add it, in the model's order."
        faults.append(f"{block.path}:{lines[last]}: {what}")
    if not faults and tuple(labels[: len(wanted)]) != wanted:
        what = f"the {kind}s are in another order than in the model"
        order = f"Put them in this order: {', '.join(wanted)}."
        faults.append(f"{block.path}:{lines[0]}: {what}. {order}")
    return faults


def _number_faults(block: Block) -> list[str]:
    faults = []
    for down in range(max(1, len(block.down))):
        row = block.row + down
        cells = block.cells[row] if row < len(block.cells) else []
        for across in range(max(1, len(block.across))):
            column = block.column + across
            cell = cells[column].strip() if column < len(cells) else ""
            fault = _cell_fault(block.owner, column, cell)
            if fault:
                faults.append(f"{block.path}:{row + 1}: {fault}")
    return faults


def _cell_fault(owner: Variable, column: int, cell: str) -> str:
    """Return what is wrong with one number; nothing where it is right."""
    if not is_number(cell):
        what = f"column {column + 1} holds {cell!r}, and a number belongs there"
        return f"{what}. Write a number."
    low = -INFINITY if owner.low is None else owner.low
    high = INFINITY if owner.high is None else owner.high
    if low <= float(cell) <= high:
        return ""
    what = f"column {column + 1} holds {cell}, outside [{low:g}, {high:g}] {owner.unit}"
    return f"{what}, the range of '{owner.name}'. Correct it."
