"""The model file as text: decoded without loss, with the line of every equation."""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cqsim.errors import InputFileError
from cqsim.textfile import decode

#: Parentheses nested deeper than this are not a model that anyone wrote.
DEEPEST = 100

#: A subscript range of more elements would make a model too large to run.
LONGEST_RANGE = 100_000

#: Names and numbers are shorter; so are equations, with what stands in them of data.
_LONGEST_WORD = 1_000
_LONGEST_EQUATION = 400_000

_LONGEST_DIGITS = 9
_LARGEST = 50_000_000
_SKETCH = "\\\\\\---///"


def key_of(name: str) -> str:
    """Return the form in which Vensim compares names: no case, blank is underscore."""
    bare = name.strip()
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        bare = bare[1:-1]
    return "_".join(bare.replace("_", " ").split()).lower()


@dataclass(frozen=True, slots=True)
class Source:
    """A model file's text, its digest and the line on which each name is defined."""

    path: Path
    text: str
    digest: str
    lines: dict[str, int]

    def line_of(self, name: str) -> int:
        """Return the line that defines a name, 0 where it cannot be told."""
        return self.lines.get(key_of(name), 0)

    def whole_fault(self, what: str, remedy: str) -> InputFileError:
        """Return the error that says what is wrong with the file."""
        return InputFileError(self.path, 0, what, remedy)

    def fault(self, name: str, what: str, remedy: str) -> InputFileError:
        """Return the error that says what is wrong with the equation of a name."""
        return InputFileError(self.path, self.line_of(name), what, remedy)


def read_source(path: Path) -> Source:
    """Read a Vensim or XMILE file.

    Raises
    ------
    InputFileError
        If the file is missing, not text in its declared encoding, or nested so
        deeply that reading it would not end.
    """
    data = _bytes_of(path)
    text = _decode(path, data)
    vensim = path.suffix.lower() == ".mdl"
    lines = _vensim_lines(text) if vensim else _xmile_lines(text)
    if vensim:
        _refuse_long_words(path, text)
        _refuse_deep_nesting(path, text)
        _refuse_long_ranges(path, text)
    return Source(path, text, sha256(data).hexdigest(), lines)


def with_equations(source: Source, equations: str) -> Source:
    """Return a Vensim source with more equations before its sketch."""
    model, *sketch = source.text.split(_SKETCH, 1)
    text = "".join([model, "\n", equations, *(_SKETCH + part for part in sketch)])
    digest = sha256(text.encode()).hexdigest()
    return Source(source.path, text, digest, _vensim_lines(text))


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            what = f"the file is larger than {_LARGEST // 1_000_000} MB"
            raise InputFileError(path, 0, what, "Give a model file.")
        return path.read_bytes()
    except OSError as error:
        what = f"the model cannot be read ({error.strerror or error})"
        raise InputFileError(path, 0, what, "Check the path.") from error


def _decode(path: Path, data: bytes) -> str:
    declared = re.match(rb"\xef\xbb\xbf?\s*\{([^}\r\n]*)\}", data) or re.match(
        rb"\s*\{([^}\r\n]*)\}", data
    )
    encoding = declared.group(1).decode("ascii", "replace") if declared else "utf-8"
    try:
        return data.decode("utf-8-sig" if encoding.lower() == "utf-8" else encoding)
    except LookupError as error:
        what = f"the encoding '{encoding}' named in its first line is unknown"
        raise InputFileError(path, 1, what, "Save it as {UTF-8}.") from error
    except UnicodeDecodeError as error:
        if encoding.lower() in ("utf-8", "utf8"):
            return decode(path, data)
        line = data[: error.start].count(b"\n") + 1
        what = f"the text is not {encoding}"
        raise InputFileError(path, line, what, "Save it as {UTF-8}.") from error


def _vensim_lines(text: str) -> dict[str, int]:
    """Return the first line on which each name stands at the head of an equation."""
    body = text.split(_SKETCH, 1)[0]
    lines: dict[str, int] = {}
    pattern = r'"(?:\\"|[^"])*"|\|'
    start = 0
    bars = (m.start() for m in re.finditer(pattern, body) if m.group() == "|")
    for end in [*bars, len(body)]:
        entry = body[start:end]
        head = re.sub(r"^(\s|\{[^}]*\}|:MACRO:|:END OF MACRO:|\*+[^~]*~)+", "", entry)
        found = re.match(r'\s*("(?:\\"|[^"])*"|[^=\[(:~<|]+)', head)
        if found and found.group(1).strip():
            line = body.count("\n", 0, start + len(entry) - len(head)) + 1
            lines.setdefault(key_of(found.group(1)), line)
        start = end + 1
    return lines


def _xmile_lines(text: str) -> dict[str, int]:
    """Return the line of the first tag that carries each name."""
    lines: dict[str, int] = {}
    pattern = r"<(?:stock|flow|aux|gf|macro)\b[^>]*?\bname\s*=\s*[\"']([^\"']+)[\"']"
    for found in re.finditer(pattern, text):
        name = found.group(1).replace("\\n", " ")
        lines.setdefault(key_of(name), text.count("\n", 0, found.start()) + 1)
    return lines


_LONG_WORD = re.compile(
    rf'"(?:\\"|[^"\n]){{{_LONGEST_WORD}}}'
    rf'|[^\s,;()\[\]{{}}|~=+*/^<>"!&-]{{{_LONGEST_WORD}}}'
)


def _refuse_long_words(path: Path, text: str) -> None:
    """Refuse names, numbers and equations that it would take for ever to read."""
    start = 0
    for entry in text.split(_SKETCH, 1)[0].split("|"):
        equation = entry.split("~", 1)[0]
        found = _LONG_WORD.search(equation)
        what = ""
        if found:
            what = f"a name or number is longer than {_LONGEST_WORD} characters"
        elif len(equation) > _LONGEST_EQUATION:
            what = f"an equation is longer than {_LONGEST_EQUATION} characters"
        if what:
            at = start + (found.start() if found else len(equation.rstrip()))
            line = text.count("\n", 0, at) + 1
            raise InputFileError(
                path, line, what, "Keep long data in a file beside it."
            )
        start += len(entry) + 1


def _refuse_deep_nesting(path: Path, text: str) -> None:
    depth = 0
    for found in re.finditer(r'"(?:\\"|[^"])*"|[()|]', text.split(_SKETCH, 1)[0]):
        token = found.group()
        if token == "|":
            depth = 0
        elif token in "()":
            depth += 1 if token == "(" else -1
        if depth > DEEPEST:
            line = text.count("\n", 0, found.start()) + 1
            what = f"parentheses are nested more than {DEEPEST} deep"
            raise InputFileError(path, line, what, "Name parts of the expression.")


def _refuse_long_ranges(path: Path, text: str) -> None:
    """Refuse numeric ranges such as (a1-a1000000000), which would fill the memory."""
    name = rf"([^()|~=]{{0,{_LONGEST_WORD}}}?)(?<!\d)(\d++)"
    pattern = rf"\(\s*+{name}\s*+-\s*+{name}\s*+\)"
    for found in re.finditer(pattern, text):
        before, first, after, last = found.groups()
        same = key_of(before) == key_of(after)
        long = len(last) > _LONGEST_DIGITS or int(last) - int(first) > LONGEST_RANGE
        if same and long:
            line = text.count("\n", 0, found.start()) + 1
            what = f"a numeric range has more than {LONGEST_RANGE} elements"
            raise InputFileError(path, line, what, "Give a shorter range.")
