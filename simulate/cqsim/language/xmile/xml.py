"""XML as a tree whose parts know their line: well-formed or refused, never repaired.

Prefixes that a file never binds are common in system dynamics, so names are compared
by their local part. An element whose prefix is not the root's is of another language
(`isee:tag`) and keeps its prefix.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from cqsim.errors import InputFileError
from cqsim.language.syntax import Source

#: Elements within each other, and elements of a file, at most.
DEEPEST_ELEMENT = 100
MOST_ELEMENTS_OF_A_FILE = 2_000_000
#: The encodings that a file may declare, with Python's name for each.
_ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf8": "utf-8-sig",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "cp1252",
    "windows-1252": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "utf-16": "utf-16",
}
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


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

    def first(self, *tags: str) -> "Element | None":
        """Return the first child with one of these tags, None if there is none."""
        return next(self.all(*tags), None)

    def source(self, path: Path) -> Source:
        """Return the element's text, without blanks around it, and where it stands."""
        text = self.text.lstrip()
        before = self.text[: len(self.text) - len(text)]
        line = self.text_line + before.count("\n")
        start = 1 if "\n" in before else self.text_column
        column = start + len(before.rpartition("\n")[2])
        return Source(path, text.rstrip(), line or self.line, max(1, column))


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
    found = _DECLARED.match(content.removeprefix(b"\xef\xbb\xbf"))
    declared = found[1].decode("ascii", "replace").lower() if found else "utf-8"
    if content.startswith(_UTF_16):
        declared = "utf-16"
    elif not content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        what = "this is no XML, and so no XMILE"
        raise InputFileError(path, 1, what, "Save the model as .xmile or .stmx.")
    if declared not in _ENCODINGS:
        what = f"the encoding '{declared}' is not read"
        raise InputFileError(path, 1, what, "Save the file as UTF-8.")
    try:
        text = content.decode(_ENCODINGS[declared])
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        what = f"the file declares {declared}, and these bytes are not"
        raise InputFileError(path, line, what, "Save the file as UTF-8.") from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


class _Builder:
    """Builds the tree from expat's events."""

    def __init__(self, path: Path, text: str) -> None:
        self.source = Source(path, text)
        self.found = Element("", {}, 1)
        self.stack = [self.found]
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
            raise self._fault(error.lineno, error.offset, what, remedy) from None
        return self.found.children[0]

    def _fault(self, line: int, column: int, what: str, remedy: str) -> InputFileError:
        rows = self.source.text.split("\n")
        before = sum(len(row) + 1 for row in rows[: line - 1])
        width = len(rows[line - 1]) if line <= len(rows) else 0
        offset = min(before + min(column, width), len(self.source.text))
        return self.source.fault(offset, what, remedy)

    def _refuse(self, what: str, remedy: str) -> None:
        parser = self.parser
        line, column = parser.CurrentLineNumber, parser.CurrentColumnNumber
        raise self._fault(line, column, what, remedy)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        prefix, _, local = tag.rpartition(":")
        if self.prefix is None:
            self.prefix = prefix
        own = local if prefix == self.prefix else tag
        element = Element(own, attributes, self.parser.CurrentLineNumber)
        self.stack[-1].children.append(element)
        self.stack.append(element)
        self.texts.append([])
        self.count += 1
        if len(self.stack) > DEEPEST_ELEMENT + 1:
            what = f"elements stand more than {DEEPEST_ELEMENT} deep within each other"
            self._refuse(what, "Close each where it ends.")
        if self.count > MOST_ELEMENTS_OF_A_FILE:
            what = f"the file has more than {MOST_ELEMENTS_OF_A_FILE} elements"
            self._refuse(what, "Divide the model.")

    def _end(self, _: str) -> None:
        self.stack.pop().text = "".join(self.texts.pop())

    def _text(self, text: str) -> None:
        top = self.stack[-1]
        if not top.text_line:
            top.text_line = self.parser.CurrentLineNumber
            top.text_column = self.parser.CurrentColumnNumber + 1
        self.texts[-1].append(text)

    def _doctype(self, *_: object) -> None:
        self._refuse(
            "the file declares a document type or entities, which are not read",
            "Delete the <!DOCTYPE ...>.",
        )
