"""What was measured, as tables: for the terminal, for a page, and kept as JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

Cell = str | float | None
"""None where nothing was measured; the row says why."""


@dataclass(frozen=True, slots=True)
class Section:
    """Measurements of one kind.

    Attributes
    ----------
    id
        The word by which it is asked for.
    title, columns
        In Chinese and English.
    rows
        A cell for each column. The first says what the row is of.
    notes
        What a reader has to know of the numbers.
    """

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    def cell(self, row: str, column: int) -> Cell:
        """Return a cell of the row that begins with a word; None without one."""
        return next((cells[column] for cells in self.rows if cells[0] == row), None)


def section_of(plain: Mapping[str, Any]) -> Section:
    """Return a section that was kept as plain data."""
    return Section(
        plain["id"],
        plain["title"],
        tuple(plain["columns"]),
        tuple(tuple(row) for row in plain["rows"]),
        tuple(plain["notes"]),
    )


def shown(cell: Cell) -> str:
    """Return a cell as text: three digits that count, or all of a whole number."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if cell == 0 or not math.isfinite(cell):
        return f"{cell:g}"
    size = math.floor(math.log10(abs(cell)))
    if isinstance(cell, int) or size >= 2:
        return f"{cell:,.0f}".replace(",", " ")
    if size < -4:
        return f"{cell:.0e}"
    return f"{cell:.{2 - size}f}"


def print_section(section: Section, console: Console) -> None:
    """Print a section as a table."""
    table = Table(title=section.title, title_justify="left")
    for number, column in enumerate(section.columns):
        table.add_column(column, justify=_side(section, number))
    for row in section.rows:
        table.add_row(*map(shown, row))
    console.print(table)
    for note in section.notes:
        console.print(f"  {note}", highlight=False, markup=False)


def markdown(section: Section) -> str:
    """Return a section as Markdown."""
    sides = [_side(section, number) for number in range(len(section.columns))]
    rule = ["---:" if side == "right" else "---" for side in sides]
    cells = [map(shown, row) for row in section.rows]
    lines = [_line(section.columns), _line(rule), *map(_line, cells)]
    if section.notes:
        lines += ["", *(f"- {note}" for note in section.notes)]
    return "\n".join([f"## {section.title}", "", *lines, ""])


def _line(cells: Any) -> str:
    return f"| {' | '.join(str(cell).replace('|', ' ') for cell in cells)} |"


def _side(section: Section, column: int) -> Any:
    """Return the side on which a column is aligned: numbers on the right."""
    cells: Sequence[Cell] = [row[column] for row in section.rows]
    numbers = any(isinstance(cell, int | float) for cell in cells)
    return "right" if numbers else "left"
