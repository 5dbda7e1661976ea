"""Lines of text tables that stay within 80 columns; a Chinese character takes two."""

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells

WIDTH = 80


def filled(text: str, width: int, *, right: bool = False) -> str:
    """Return a text filled with blanks to a width."""
    blanks = " " * max(0, width - cell_len(text))
    return blanks + text if right else text + blanks


def cut(text: str, width: int) -> str:
    """Return a text cut to a width, with an ellipsis where something is missing."""
    if cell_len(text) <= width:
        return text
    return chop_cells(text, width - 1)[0] + "…"


def columns(head: str, cells: Sequence[str], head_width: int, widest: int = 12) -> str:
    """Return one row: a head, then cells at the right of columns of equal width."""
    width = min(widest, (WIDTH - head_width) // max(1, len(cells)))
    return filled(cut(head, head_width - 1), head_width) + "".join(
        filled(cut(cell, width - 1), width, right=True) for cell in cells
    )


def rule() -> str:
    """Return a line across the table."""
    return "─" * WIDTH
