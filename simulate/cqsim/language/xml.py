"""XML as a tree whose parts know their line: well-formed or refused, never repaired.

Prefixes that a file never binds are common in system dynamics, so names are compared
by their local part. An element whose prefix is not the root's is of another language
(`isee:tag`) and keeps its prefix.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from xml.parsers import expat

from cqsim.errors import InputFileError
from cqsim.language.lexer import after_comment
from cqsim.language.syntax import Interpolation, LookupTable, Source

#: Elements within each other, and elements of a file, at most.
DEEPEST_ELEMENT = 100
MOST_ELEMENTS_OF_A_FILE = 2_000_000
#: The encodings that a file may declare, with Python's name where that is another.
_ENCODINGS = dict.fromkeys(("utf-8", "utf8"), "utf-8-sig")
_ENCODINGS |= dict.fromkeys(("us-ascii", "ascii"), "ascii")
_ENCODINGS |= dict.fromkeys(("iso-8859-1", "windows-1252"), "cp1252")
_ENCODINGS |= dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030")
_ENCODINGS |= {"utf-16": "utf-16"}
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""")


@dataclass(slots=True)
class Element:
    """A tag with what stands in it.

    Attributes
    ----------
    text
        All text directly in the element, comments left out.
    line
        Where the tag begins, counted from 1.
    text_line, text_column
        Where the text begins, counted from 1; 0 where there is none.
    """

    path: Path
    tag: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    text_line: int = 0
    text_column: int = 0
    children: list["Element"] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator["Element"]:
        """Yield the children with one of these tags, in the order of the file."""
        return (child for child in self.children if child.tag in tags)

    def listed(self, box: str, tag: str) -> Iterator["Element"]:
        """Yield what stands with a tag in the children that hold it."""
        return (one for child in self.all(box) for one in child.all(tag))

    def first(self, *tags: str) -> "Element | None":
        """Return the first child with one of these tags, None if there is none."""
        return next(self.all(*tags), None)

    def said(self, name: str) -> str:
        """Return what the element says of something, in a child or an attribute."""
        found = self.first(name)
        return (found.text if found else self.attributes.get(name, "")).strip()

    @property
    def name(self) -> str:
        """The name that the tag gives, as messages and results show it."""
        return shown(self.attributes.get("name", ""))

    def fault(self, what: str, remedy: str) -> InputFileError:
        """Return the error for a fault in the element."""
        return InputFileError(self.path, self.line, what, remedy)

    @property
    def is_set(self) -> bool:
        """Whether an option holds: its tag is empty, or says true."""
        return self.text.strip().lower() not in ("false", "0")

    @property
    def equation(self) -> Source | None:
        """The text, if it holds an equation: more than comments and `???`."""
        for child in self.children:
            what = f"<{child.tag}> stands within <{self.tag}>"
            raise child.fault(what, "Delete it, or write &lt; for a '<'.")
        source = self.source
        rest, start = source.text, 0
        while rest.startswith("{"):
            start = after_comment(source, start, len(source.text))
            rest = source.text[start:].lstrip()
            start = len(source.text) - len(rest)
        return source if rest.strip("?") else None

    def equation_of(self, tag: str) -> Source | None:
        """Return the equation in the first child with a tag; None where it has none."""
        found = self.first(tag)
        return None if found is None else found.equation

    @property
    def source(self) -> Source:
        """The text, without blanks around it, and where it stands."""
        text = self.text.lstrip()
        before = self.text[: len(self.text) - len(text)]
        line = self.text_line + before.count("\n")
        start = 1 if "\n" in before else self.text_column
        column = start + len(before.rpartition("\n")[2])
        return Source(self.path, text.rstrip(), line or self.line, max(1, column))


def shown(name: str) -> str:
    r"""Return a name as messages and results show it: on one line, without quotes."""
    bare = " ".join(name.replace("\\n", " ").split())
    return bare[1:-1] if len(bare) > 1 and bare[0] == bare[-1] == '"' else bare


def read_xml(path: Path, content: bytes) -> tuple[Element, str]:
    """Return the root element of an XML file, and the text of the file.

    Raises
    ------
    InputFileError
        With line and caret, where the text is not well-formed, declares entities or a
        document type, is in an encoding that is not read, or is nested too deep.
    """
    text = _decoded(path, content)
    return _Builder(path, text).root(), text


def _decoded(path: Path, content: bytes) -> str:
    plain = content.removeprefix(b"\xef\xbb\xbf")
    found = _DECLARED.match(plain)
    declared = found[1].decode("ascii", "replace").lower() if found else "utf-8"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        declared = "utf-16"
    elif not plain.lstrip().startswith(b"<"):
        what = "this is no XML, and so no XMILE"
        raise InputFileError(path, 1, what, "Save the model as .xmile or .stmx.")
    line, what = 1, f"the encoding '{declared}' is not read"
    if declared in _ENCODINGS:
        try:
            text = content.decode(_ENCODINGS[declared]).removeprefix("\ufeff")
            return text.replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            what = f"the file declares {declared}, and these bytes are not"
    raise InputFileError(path, line, what, "Save the file as UTF-8.")


class _Builder:
    """Builds the tree from expat's events."""

    def __init__(self, path: Path, text: str) -> None:
        self.source = Source(path, text)
        self.stack = [Element(path, "", {}, 1)]
        self.texts: list[list[str]] = [[]]
        self.prefix: str | None = None
        self.count = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def root(self) -> Element:
        """Return the root element."""
        try:
            self.parser.Parse(self.source.text.encode(), True)
        except expat.ExpatError as error:
            what = f"the file is no well-formed XML: {expat.ErrorString(error.code)}"
            remedy = "Correct it here, or save the model anew where it was made."
            raise self._fault(what, remedy) from None
        return self.stack[0].children[0]

    def _fault(self, what: str, remedy: str) -> InputFileError:
        """Return the error for a fault at the place that is read."""
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber
        rows = self.source.text.split("\n", line)[:line]
        before = sum(len(row) + 1 for row in rows[: line - 1])
        return self.source.fault(before + min(column, len(rows[-1])), what, remedy)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        prefix, _, local = tag.rpartition(":")
        if self.prefix is None:
            self.prefix = prefix
        own, line = (
            local if prefix == self.prefix else tag,
            self.parser.CurrentLineNumber,
        )
        element = Element(self.source.path, own, attributes, line)
        self.stack[-1].children.append(element)
        self.stack.append(element)
        self.texts.append([])
        self.count += 1
        if len(self.stack) > DEEPEST_ELEMENT + 1:
            what = f"elements stand more than {DEEPEST_ELEMENT} deep within each other"
            raise self._fault(what, "Close each where it ends.")
        if self.count > MOST_ELEMENTS_OF_A_FILE:
            what = f"the file has more than {MOST_ELEMENTS_OF_A_FILE} elements"
            raise self._fault(what, "Divide the model.")

    def _end(self, _: str) -> None:
        self.stack.pop().text = "".join(self.texts.pop())

    def _text(self, text: str) -> None:
        top = self.stack[-1]
        if not top.text_line:
            top.text_line = self.parser.CurrentLineNumber
            top.text_column = self.parser.CurrentColumnNumber + 1
        self.texts[-1].append(text)

    def _doctype(self, *_: object) -> None:
        what = "the file declares a document type or entities, which are not read"
        raise self._fault(what, "Delete the <!DOCTYPE ...>.")


# Graphical functions: points from left to right, and their text.


_TYPES: Sequence[Interpolation] = ("continuous", "extrapolate", "discrete")


def table_text(table: LookupTable) -> str:
    """Return the points as they stand in the text of an equation."""
    return f"({', '.join(f'({x:.15g}, {y:.15g})' for x, y in table.points)})"


def graphical_function(box: Element) -> LookupTable:
    """Return what a `<gf>` says: its points from left to right.

    Raises
    ------
    InputFileError
        It lacks points, or they are no numbers, or not from left to right.
    """
    y = _numbers(box, "ypts")
    x = _numbers(box, "xpts") or _spaced(box, len(y))
    if not y or len(x) != len(y):
        what = f"the graphical function has {len(x)} x and {len(y)} y"
        raise box.fault(what, "Give as many <xpts> as <ypts>.")
    if any(right < left for left, right in pairwise(x)):
        what = "the x of the graphical function do not rise"
        raise box.fault(what, "Order its points by x.")
    written = box.attributes.get("type", "").lower() or "continuous"
    if box.attributes.get("discrete") == "true":
        written = "discrete"
    kind = next((one for one in _TYPES if one == written), None)
    if kind is None:
        what = f"the type '{written}' of the graphical function is not known"
        raise box.fault(what, "Use continuous, extrapolate or discrete.")
    table = LookupTable(0, 0, tuple(zip(x, y, strict=True)), kind)
    return replace(table, end=len(table_text(table)))


def _numbers(box: Element, tag: str) -> list[float]:
    found = box.first(tag)
    if found is None:
        return []
    sep = found.attributes.get("sep", "").strip() or ","
    points = found.text.strip().split(sep)
    try:
        # Some end with a separator, and some have blanks in its place.
        given = points if points[-1].strip() else points[:-1]
        numbers = [float(one) for point in given for one in point.split() or [""]]
    except ValueError:
        numbers = [math.nan]
    if all(map(math.isfinite, numbers)):
        return numbers
    what = f"a point in <{tag}> is no number"
    raise found.fault(what, "Write numbers with commas between them.")


def _spaced(box: Element, count: int) -> list[float]:
    """Return the x that lie evenly over the x scale."""
    scale = box.first("xscale")
    try:
        low, high = (float(scale.attributes[end]) for end in ("min", "max"))  # type: ignore[union-attr]
    except (AttributeError, KeyError, ValueError):
        what = "the graphical function has neither <xpts> nor <xscale min= max=>"
        raise box.fault(what, "Write one of them.") from None
    width = max(1, count - 1)
    return [low + (high - low) * n / width for n in range(count)]
