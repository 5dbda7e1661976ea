"""A model file cut into its blocks: `equation ~ unit ~ documentation |`.

A block keeps the text of its equation with comments blanked out character for
character, so that a place in it is a place in the file.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from cqsim.errors import InputFileError

#: Equations are shorter, with what stands in them of data.
_LONGEST = 400_000

_SKETCH = re.compile(r"^\\\\+---///.*", re.MULTILINE | re.DOTALL)
_MACRO = re.compile(
    r"^[ \t]*:MACRO:\s*+(?P<name>[^(\n]++)(?:(?!:MACRO:).)*?:END OF MACRO:",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_INK = re.compile(r"\S")
_STOP = re.compile(r'["{~|]')
_DOCUMENTATION_STOP = re.compile(r"[~|]")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Block:
    """What stands before one `|`.

    `equation` starts at character `offset` of the file, on `line`.
    """

    equation: str
    unit: str
    documentation: str
    offset: int
    line: int
    is_header: bool


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a model file, and which line a character is on."""

    path: Path
    text: str

    def line(self, offset: int) -> int:
        """Return the line of a character, counted from 1."""
        return self.text.count("\n", 0, offset) + 1

    def fault(self, offset: int, what: str, remedy: str) -> InputFileError:
        """Return the error for what is wrong at a character."""
        return InputFileError(self.path, self.line(offset), what, remedy)


def decode(path: Path, content: bytes) -> Source:
    """Return the text of a model file.

    Raises
    ------
    InputFileError
        The bytes are not UTF-8; the message says so if they are GB18030.
    """
    try:
        return Source(path, content.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        what = "the text is not UTF-8"
        raise InputFileError(path, line, what, "Save the file as UTF-8.") from None
    what = "the text is GB18030, not UTF-8"
    remedy = f"Convert it: iconv -f GB18030 -t UTF-8 {path.name}"
    raise InputFileError(path, line, what, remedy)


def macro_names(source: Source) -> tuple[str, ...]:
    """Return the names of the macros that the file defines."""
    return tuple(m["name"].strip() for m in _MACRO.finditer(source.text))


def blocks(source: Source) -> list[Block]:
    """Return the blocks outside macros, up to the sketch.

    Raises
    ------
    InputFileError
        A quote, comment or block is not closed, or a block lacks a field.
    """
    text = _MACRO.sub(_blank, _SKETCH.sub("", source.text))
    if text.startswith("{UTF-8}"):
        text = " " * 7 + text[7:]
    found = []
    start, line, counted = 0, 1, 0
    while (beginning := _INK.search(text, start)) is not None:
        start = beginning.start()
        line += text.count("\n", counted, start)
        counted = start
        block, start = _block(source, text, start, line)
        found.append(block)
    return found


def _blank(match: re.Match[str]) -> str:
    """Return blanks for all that matched except its line ends."""
    return re.sub(r"[^\n]", " ", match.group())


def _block(source: Source, text: str, start: int, line: int) -> tuple[Block, int]:
    """Return the block that starts here and where the next one may start."""
    is_header = text.startswith("***", start)
    equation, end = _equation(source, text, start)
    if len(equation) > _LONGEST:
        what = f"an equation is longer than {_LONGEST} characters"
        raise source.fault(start, what, "Keep long data in a file beside it.")
    fields: list[str] = []
    while text[end] != "|":
        stop = _DOCUMENTATION_STOP.search(text, end + 1)
        if stop is None:
            raise _open_block(source, start)
        fields.append(text[end + 1 : stop.start()])
        end = stop.start()
    if is_header:
        return Block(equation, "", "".join(fields), start, line, True), end + 1
    if len(fields) > 2 and not fields[2].strip().upper().startswith(":SUP"):
        raise _open_block(source, start)
    if len(fields) < 2:
        what = f"'{_head(equation)}' lacks the fields of its unit and its meaning"
        remedy = "Write: equation ~ unit ~ meaning |"
        raise source.fault(start, what, remedy)
    return Block(equation, fields[0], fields[1], start, line, False), end + 1


def _open_block(source: Source, start: int) -> InputFileError:
    """Return the error for a block without its `|`."""
    what = f"the '|' after '{_head(source.text[start:])}' is missing"
    return source.fault(start, what, "End each equation with '~ unit ~ meaning |'.")


def _head(equation: str) -> str:
    """Return the beginning of an equation, to be shown in a message."""
    first = re.split(r"[=\n~|]", equation, maxsplit=1)[0]
    return " ".join(first.split())[:60]


def _equation(source: Source, text: str, start: int) -> tuple[str, int]:
    """Return the equation without comments, and where its field ends."""
    pieces: list[str] = []
    place = start
    while True:
        stop = _STOP.search(text, place)
        if stop is None:
            raise _open_block(source, start)
        at = stop.start()
        pieces.append(text[place:at])
        if text[at] in "~|":
            return _joined("".join(pieces)), at
        piece, place = _passage(source, text, at)
        pieces.append(piece)


def _passage(source: Source, text: str, at: int) -> tuple[str, int]:
    """Return the quoted name or the blanked comment that starts here, and its end."""
    if text[at] == '"':
        quoted = _QUOTED.match(text, at)
        if quoted is None:
            what = "the quote of a name is not closed on its line"
            raise source.fault(at, what, 'Close it with a second ".')
        return quoted.group(), quoted.end()
    close = text.find("}", at)
    if close < 0:
        raise source.fault(at, "the comment { is not closed", "Close it with }.")
    return re.sub(r"[^\n]", " ", text[at : close + 1]), close + 1


def _joined(equation: str) -> str:
    """Return the equation with the backslashes of continued lines blanked out."""
    return re.sub(r"\\(?=[ \t]*\n)", " ", equation)
