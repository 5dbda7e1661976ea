"""One look for all figures: fonts, colours that a colour-blind reader tells apart.

Colour never stands alone: a dash, a marker or a word says the same.
"""

import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from cqsim.resources import data_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito (2008), in an order that also steps in grey.
INK, BLUE, RUST, GREEN, GREY = "#1b1b1b", "#0072b2", "#b8430f", "#00795a", "#767676"
SKY, SAND, PLUM = "#56b4e9", "#e69f00", "#9b4f83"
SERIES = (
    (INK, "-", "o"),
    (BLUE, "--", "s"),
    (RUST, "-.", "^"),
    (GREEN, ":", "D"),
    (SAND, (0, (5, 1, 1, 1, 1, 1)), "v"),
    (PLUM, (0, (1, 1)), "P"),
    (SKY, (0, (8, 2)), "X"),
)
CLOSING = "\uff09\uff0c\uff1b\uff1a\u3001\u3002\u201d*"
"""Marks of Chinese text that cannot begin a line."""

WIDTH = 6.7
"""The width of a page's text in inches: figures are drawn at the size of print."""


@cache
def fonts_added() -> None:
    """Make the report's own fonts known to matplotlib, once."""
    from matplotlib import font_manager

    for path in sorted((data_folder("reports") / "fonts").glob("*.ttf")):
        font_manager.fontManager.addfont(str(path))


@contextmanager
def style() -> Iterator[None]:
    """Draw and save under the report's style file."""
    import matplotlib as mpl

    fonts_added()
    with mpl.rc_context(fname=data_folder("reports") / "figures.mplstyle"):
        yield


def new_figure(
    height: float,
    rows: int = 1,
    columns: int = 1,
    layout: Literal["constrained"] | None = "constrained",
    **options: Any,
) -> "tuple[Figure, list[Axes]]":
    """Return a figure as wide as the page's text, and its axes row by row."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout=layout)
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, list(axes.flat)


def panels(count: int, height: float) -> "tuple[Figure, list[Axes]]":
    """Return a figure of two columns and the axes that are drawn; none is empty.

    Parameters
    ----------
    height : inches of all rows
    """
    figure, axes = new_figure(height, rows_of(count), 2)
    for place in axes[count:]:
        place.set_visible(False)
    return figure, axes[:count]


def annotate(
    place: "Axes", text: str, at: tuple[float, float], gap: float = 3, **look: Any
) -> None:
    """Print a small text next to a point; `gap` in points, to the left if negative."""
    place.annotate(
        text,
        at,
        xytext=(gap, 0),
        textcoords="offset points",
        ha="left" if gap > 0 else "right",
        va="center",
        fontsize=6.8,
        **look,
    )


def rows_of(count: int) -> int:
    """Return how many rows of two hold so many axes."""
    return -(-count // 2)


def wrapped(text: str, language: str, longest: int) -> str:
    """Return a text in lines; `longest` is in Latin letters, a hanzi counts as two."""
    if language == "en":
        return "\n".join(textwrap.wrap(text, longest)) or text
    lines = [""]
    # A number stays whole, and no line begins with a closing mark.
    for piece in re.findall(rf"[0-9A-Za-z.%]+[{CLOSING}]*|.[{CLOSING}]*", text):
        if lines[-1] and len(lines[-1]) + len(piece) > longest // 2:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def shade(depth: float) -> tuple[float, float, float]:
    """Return a blue from pale (0) to deep (1), which grey print keeps in order."""
    pale, deep = (0.90, 0.94, 0.98), (0.05, 0.22, 0.40)
    one, two, three = (p + (d - p) * depth for p, d in zip(pale, deep, strict=True))
    return one, two, three
