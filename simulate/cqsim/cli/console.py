"""Output on a terminal: tables of 80 columns, one JSON object, progress.

A Chinese character takes two columns; `rich.cells` counts them.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 80
GAP = 2
"""Blanks before every column but the first."""
LEAST_NAME, LEAST_TEXT = 10, 12
"""Columns that names and texts have at least, where many columns stand together."""

Cell = str | Text
Progress = Callable[[float, float], None]
"""Takes how much is done, and how much there is to do."""


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """A column: numbers stand at its right; a text is broken where it does not fit."""

    head: str = ""
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its name, and a cell for each column; without cells it is a heading.

    A name that is too long for the row is printed in lines of its own above the cells.
    """

    name: str
    cells: Sequence[Cell] = ()
    indent: int = 0


@dataclass(frozen=True, slots=True)
class TextTable:
    """Rows under a title; `name` is the head of their names, `notes` stand below."""

    title: str = ""
    columns: Sequence[ColumnHead] = ()
    rows: Sequence[Row] = ()
    notes: Sequence[str] = ()
    name: str = ""


def numbers(*heads: str) -> list[ColumnHead]:
    """Return columns of numbers with these heads."""
    return [ColumnHead(head) for head in heads]


def show(*parts: "TextTable | Text | str | RenderableType") -> None:
    """Print tables, texts that may be broken at 80 columns, and strings as they are."""
    console = Console(highlight=False, markup=False)
    for part in parts:
        if isinstance(part, TextTable):
            for line in rendered(part, console):
                console.print(line, soft_wrap=True)
        elif isinstance(part, Text):
            for line in part.wrap(console, WIDTH):
                console.print(line)
        else:
            console.print(part, soft_wrap=isinstance(part, str))


def show_json(content: Any) -> None:
    """Print one JSON object."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def show_notes(notes: Sequence[str]) -> None:
    """Print on standard error what a reader has to know, a line each."""
    for note in notes:
        click.echo(f"注意 Note: {note}", err=True)


def rendered(table: TextTable, console: Console) -> Iterator[Text]:
    """Yield the lines of a table, none wider than 80 columns.

    Columns for which there is no room follow in a second table below the first.
    """
    if table.title:
        yield Text()
        yield from Text(table.title, style="bold").wrap(console, WIDTH)
    for first, last in _blocks(table):
        yield from _block(table, first, last, console)
    for note in table.notes:
        yield from Text(note).wrap(console, WIDTH)


def _blocks(table: TextTable) -> Iterator[tuple[int, int]]:
    """Yield from where to where columns fit side by side."""
    first, room = 0, WIDTH - LEAST_NAME
    for number in range(len(table.columns)):
        least = GAP + _widths(table, number)[0]
        if least > room and number > first:
            yield first, number
            first, room = number, WIDTH - LEAST_NAME
        room -= least
    yield first, len(table.columns)


def _widths(table: TextTable, number: int) -> tuple[int, int]:
    """Return how wide a column must be, and how wide it wants to be."""
    column = table.columns[number]
    cells = (str(row.cells[number]) for row in table.rows if row.cells)
    lines = (line for cell in cells for line in cell.split("\n"))
    most = WIDTH - GAP - LEAST_NAME
    widest = min(max(map(cell_len, lines), default=0), most)
    wanted = min(max(widest, *map(cell_len, column.head.split("\n"))), most)
    return min(LEAST_TEXT, wanted) if column.is_text else max(widest, 1), wanted


def _block(table: TextTable, first: int, last: int, console: Console) -> Iterator[Text]:
    """Yield the lines of a table with a part of its columns."""
    columns = [ColumnHead(table.name, is_text=True), *table.columns[first:last]]
    widths = _shared(table, first, last)
    if any(column.head for column in columns):
        heads = [column.head for column in columns]
        yield from _side_by_side(heads, columns, widths, console)
        yield Text("─" * WIDTH)
    for row in table.rows:
        margin = " " * row.indent
        is_above = not row.cells or row.indent + cell_len(row.name) > widths[0]
        if is_above and row.name:
            style = "" if row.cells or row.indent else "bold"
            for part in Text(row.name, style).wrap(console, WIDTH - row.indent):
                yield Text(margin).append_text(part)
        if row.cells:
            cells = ["" if is_above else margin + row.name, *row.cells[first:last]]
            yield from _side_by_side(cells, columns, widths, console)


def _side_by_side(
    cells: Sequence[Cell],
    columns: Sequence[ColumnHead],
    widths: Sequence[int],
    console: Console,
) -> Iterator[Text]:
    """Yield the lines of cells, each broken at the width of its column."""
    texts = (cell if isinstance(cell, Text) else Text(cell) for cell in cells)
    broken = [t.wrap(console, max(w, 1)) for t, w in zip(texts, widths, strict=True)]
    for parts in zip_longest(*broken, fillvalue=Text()):
        line = Text()
        for number, part in enumerate(parts):
            part.rstrip()
            blanks = " " * max(0, widths[number] - part.cell_len)
            line.append(" " * GAP if number else "")
            if columns[number].is_text:
                line.append_text(part).append(blanks)
            else:
                line.append(blanks).append_text(part)
        line.rstrip()
        yield line


def _shared(table: TextTable, first: int, last: int) -> list[int]:
    """Return the widths of names and columns: what numbers leave, texts share."""
    columns = table.columns[first:last]
    widths = [_widths(table, number) for number in range(first, last)]
    room = WIDTH - GAP * len(columns)
    wanted = sum(w for c, (_, w) in zip(columns, widths, strict=True) if not c.is_text)
    is_tight = wanted > room - LEAST_NAME
    names = (row.indent + cell_len(row.name) for row in table.rows if row.cells)
    texts = [max(cell_len(table.name), *names, 0)]
    given = [0]
    for column, (least, wide) in zip(columns, widths, strict=True):
        texts.append(wide if column.is_text else 0)
        given.append(0 if column.is_text else least if is_tight else wide)
    room -= sum(given)
    waiting = sorted((w, place) for place, w in enumerate(texts) if w)
    for count, (wide, place) in enumerate(waiting):
        given[place] = min(wide, room // (len(waiting) - count))
        room -= given[place]
    return given


@contextmanager
def progress(
    *, hidden: bool = False, counted: bool = False
) -> Iterator[Progress | None]:
    """Show on standard error how far a computation is, and what is left of it.

    Parameters
    ----------
    counted
        What is done are runs: they are counted, also where no terminal listens, there
        in a line for every tenth.
    """
    console = Console(stderr=True)
    if hidden or not (console.is_terminal or counted):
        yield None
    elif not console.is_terminal:
        yield _lines()
    else:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        count = [TextColumn("{task.fields[count]}")] if counted else []
        columns = (TextColumn("模拟 Running"), BarColumn(), *count)
        with Progress(
            *columns, TimeRemainingColumn(), console=console, transient=True
        ) as bar:
            task, rate = bar.add_task("run", total=None, count=""), _rate()

            def advance(done: float, total: float) -> None:
                count = f"{done:.0f}/{total:.0f} ({rate(done):.0f}/s)"
                bar.update(task, completed=done, total=total, count=count)

            yield advance


def fraction_to(progress: Progress | None) -> Callable[[float], None] | None:
    """Return a callback for the fraction done; None without a progress callback."""
    return None if progress is None else lambda done: progress(done, 1.0)


def _lines() -> Progress:
    """Return a callback that prints a line for each tenth done."""
    shown, rate = 0.0, _rate()

    def advance(done: float, total: float) -> None:
        nonlocal shown
        speed, tenth = rate(done), 10 * done // max(1, total)
        if tenth > shown or done == total:
            shown = tenth
            left = f"{(total - done) / speed:.0f} s" if speed else "?"
            text = f"{done:.0f}/{total:.0f} runs, {speed:.0f}/s, {left} left"
            click.echo(text, err=True)

    return advance


def _rate() -> Callable[[float], float]:
    """Return what gives the rate a second since its first call; there it is 0."""
    began = first = 0.0

    def after(done: float) -> float:
        nonlocal began, first
        now = time.perf_counter()
        if not began:
            began, first = now, done
        return (done - first) / max(1e-9, now - began)

    return after
