"""A text that is read, and where each of its characters stands in its file."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cqsim.errors import InputFileError


@dataclass(frozen=True)
class Source:
    """A text that nodes are cut from: a Vensim file, or one equation of an XMILE file.

    Attributes
    ----------
    line, column
        Where the first character of `text` stands in the file, counted from 1.
    """

    path: Path
    text: str = field(repr=False)
    line: int = 1
    column: int = 1

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column in the file of a character of the text."""
        row = bisect_right(self._line_starts, offset) - 1
        column = offset - self._line_starts[row] + 1
        return self.line + row, column + (self.column - 1 if row == 0 else 0)

    def fault(self, offset: int, what: str, remedy: str) -> InputFileError:
        """Return the error for a fault at a character, with its line and a caret."""
        row = bisect_right(self._line_starts, offset) - 1
        begin = self._line_starts[row]
        text = self.text[begin:].partition("\n")[0].rstrip("\r")
        line, _ = self.position(offset)
        shown, caret = _excerpt(text, offset - begin)
        return InputFileError(self.path, line, what, remedy, shown, caret)


_WIDEST = 72


def _excerpt(text: str, column: int) -> tuple[str, int]:
    """Return the part of a long line around a column, and the column in that part."""
    text = text.replace("\t", " ")
    start = max(0, column - _WIDEST // 2) if len(text) > _WIDEST else 0
    return text[start : start + _WIDEST], column - start
