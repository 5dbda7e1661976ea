"""A Vensim model file (.mdl) as a syntax tree."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cqsim.errors import FaultsError, InputFileError
from cqsim.language.expression import Parser
from cqsim.language.lexer import VENSIM, Lexer, after_comment
from cqsim.language.syntax import (
    Call,
    Definition,
    Dimension,
    Expression,
    Group,
    Macro,
    Mapping,
    Method,
    Settings,
    Source,
    SourceModel,
)
from cqsim.textfile import decode_model

_SKETCH = re.compile(r"^\\+---///", re.MULTILINE)
_SETTINGS = re.compile(r"^///---\\+", re.MULTILINE)
_DATA_KEYWORDS = (":INTERPOLATE:", ":RAW:", ":LOOK FORWARD:", ":HOLD BACKWARD:")
_CHECKS = (":TEST INPUT:", ":THE CONDITION:")
_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<digits>\d+)$", re.DOTALL)
#: Elements of all numeric ranges of a file, at most.
MOST_ELEMENTS = 100_000
#: Faults of one file that are told together, at most.
MOST_FAULTS = 20
#: The integration types of Vensim's settings.
_METHODS: dict[str, Method] = {
    "0": "euler",
    "1": "rk4",
    "2": "euler",
    "3": "rk2",
    "4": "rk2",
    "5": "rk4",
}


def parse_vensim(path: Path, content: bytes) -> SourceModel:
    """Return what a Vensim model file says.

    Raises
    ------
    InputFileError
        The text has a fault in its syntax, or is in no known encoding.
    FaultsError
        It has several, each with its line.
    """
    return _File(Source(path, decode_model(path, content))).read()


def parse_equations(source: Source) -> tuple[Definition, ...]:
    """Return equations written as in a Vensim file; raise as `parse_vensim`."""
    return _File(source).read().definitions


@dataclass
class _File:
    """A file while it is read: what was found so far."""

    source: Source
    definitions: list[Definition] = field(default_factory=list)
    dimensions: list[Dimension] = field(default_factory=list)
    macros: list[Macro] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    faults: list[InputFileError] = field(default_factory=list)
    elements: int = 0

    def read(self) -> SourceModel:
        text = self.source.text
        sketch = _SKETCH.search(text)
        limit = sketch.start() if sketch else len(text)
        place = 0
        while len(self.faults) < MOST_FAULTS:
            try:
                place = _next(self.source, place, limit)
                if place >= limit:
                    break
                place = self._read_one(place, limit)
            except InputFileError as fault:
                self.faults.append(fault)
                place = _after_bar(text, place, limit)
        if self.faults:
            raise together(self.faults)
        return SourceModel(
            self.source,
            "vensim",
            tuple(self.definitions),
            tuple(self.dimensions),
            tuple(self.macros),
            tuple(self.groups),
            *_settings(text[limit:]),
        )

    def _read_one(self, place: int, limit: int) -> int:
        """Take a header, a macro, a range or an equation; return where it ends."""
        if self.source.text.startswith("*", place):
            return self._read_group(place, limit)
        if _MACRO.match(self.source.text, place):
            return self._read_macro(place, limit)
        reader = _Reader(self.source, VENSIM, place, limit)
        group = self.groups[-1].name if self.groups else ""
        found = reader.definition(group)
        if isinstance(found, Dimension):
            self._count(found)
            self.dimensions.append(found)
        elif found is not None:
            self.definitions.append(found)
        return reader.last

    def _count(self, found: Dimension) -> None:
        """Refuse a file whose ranges have too many elements together."""
        self.elements += len(found.members) if isinstance(found.members, tuple) else 0
        if self.elements > MOST_ELEMENTS:
            what = f"the ranges of the file have more than {MOST_ELEMENTS} elements"
            raise self.source.fault(found.start, what, "Give shorter ranges.")

    def _read_group(self, place: int, limit: int) -> int:
        text = self.source.text
        end = text.find("|", place, limit)
        end = limit if end < 0 else end
        title, _, meaning = text[place:end].partition("~")
        name = " ".join(title.replace("*", " ").split()).lstrip(".")
        line, _ = self.source.position(place)
        self.groups.append(Group(name, " ".join(meaning.split()), line))
        return min(end + 1, limit)

    def _read_macro(self, place: int, limit: int) -> int:
        end = _MACRO_END.search(self.source.text, place, limit)
        if end is None:
            what = "the macro is not closed"
            raise self.source.fault(place, what, "Write :END OF MACRO: after it.")
        head = Lexer(self.source, VENSIM, place, end.start())
        head.expect(":MACRO:")
        name = head.name()
        head.expect("(")
        parameters: list[str] = []
        outputs: list[str] = []
        names = parameters
        while not head.sees(")"):
            names.append(head.name())
            if head.skip(":"):
                names = outputs
            elif not head.skip(","):
                break
        head.expect(")")
        body = list(self._body(head.last, end.start()))
        self.macros.append(
            Macro(
                place,
                end.end(),
                self.source,
                name,
                tuple(parameters),
                tuple(outputs),
                tuple(body),
            )
        )
        return end.end()

    def _body(self, place: int, limit: int) -> Iterator[Definition]:
        while (place := _next(self.source, place, limit)) < limit:
            reader = _Reader(self.source, VENSIM, place, limit)
            found = reader.definition("")
            if isinstance(found, Definition):
                yield found
            place = reader.last


_MACRO = re.compile(r":\s*MACRO\s*:", re.IGNORECASE)
_MACRO_END = re.compile(r":\s*END\s+OF\s+MACRO\s*:", re.IGNORECASE)


class _Reader(Parser):
    """Reads one definition: an equation or a subscript range, with its fields."""

    def definition(self, group: str) -> Definition | Dimension | None:
        """Take a definition; None for a reality check, which no run needs."""
        start = self.token.start
        if self.sees(*_CHECKS):
            self._reality_check()
            return None
        name = self.name()
        if self.sees(*_CHECKS):
            self._reality_check()
            return None
        if self.sees(":", "<->"):
            return self._dimension(start, name)
        subscripts = self._names("]") if self.skip("[") else ()
        if self.sees(*_CHECKS):
            self._reality_check()
            return None
        exceptions = self._exceptions()
        keyword = self.take().text if self.sees(*_DATA_KEYWORDS) else ""
        operator = self._operator()
        value = self._value(operator)
        end = self.last
        unit, documentation = self._fields()
        return Definition(
            start,
            end,
            self.source,
            name,
            subscripts,
            exceptions,
            keyword,
            operator,
            value,
            unit,
            documentation,
            group,
        )

    def _operator(self) -> str:
        for sign in ("==", ":=", "=", "(", ":IS:"):
            if self.skip(sign):
                return sign
        return ""

    def _value(self, operator: str) -> Expression | None:
        if not operator:
            return None
        if operator != "(":
            return self.right_side()
        is_file = self.token.text[:4].upper() == "GET "
        value = self.expression() if is_file else self.table()
        self.expect(")")
        return value

    def _exceptions(self) -> tuple[tuple[str, ...], ...]:
        found = []
        if self.skip(":EXCEPT:"):
            while self.skip("["):
                found.append(self._names("]"))
                self.skip(",")
        return tuple(found)

    def _names(self, close: str) -> tuple[str, ...]:
        """Take names up to a closing sign."""
        found = []
        while not self.sees(close):
            found.append(self.name() + ("!" if self.skip("!") else ""))
            if not self.skip(","):
                break
        self.expect(close)
        return tuple(found)

    def _reality_check(self) -> None:
        while not self.sees("~", "|") and self.token.kind != "end":
            self.take()
        self._fields()

    def _dimension(self, start: int, name: str) -> Dimension:
        is_alias = self.take().text == "<->"
        members: tuple[str, ...] | Call
        if self.token.text[:4].upper() == "GET ":
            call = self.expression()
            if not isinstance(call, Call):
                self.refuse("a range is read by GET DIRECT SUBSCRIPT(...)")
            members = call
        else:
            members = tuple(self._members())
        mappings = tuple(self._mappings())
        end = self.last
        _, documentation = self._fields()
        return Dimension(
            start, end, self.source, name, members, mappings, is_alias, documentation
        )

    def _members(self) -> Iterator[str]:
        while self.token.kind in ("name", "number") or self.sees("("):
            if self.skip("("):
                place, first = self.token.start, self.name()
                self.expect("-")
                last = self.name()
                self.expect(")")
                yield from self._numbered(place, first, last)
            else:
                yield self.name()
            if not self.skip(","):
                break

    def _numbered(self, place: int, first: str, last: str) -> Iterator[str]:
        """Yield the elements of `(A1-A9)`."""
        ends = _NUMBERED.match(first), _NUMBERED.match(last)
        if ends[0] is None or ends[1] is None or ends[0]["stem"] != ends[1]["stem"]:
            what = f"({first}-{last}) is no numeric range"
            raise self.source.fault(place, what, "Write it as (A1-A9).")
        low, high = (int(end["digits"][:10]) for end in ends if end is not None)
        if high - low >= MOST_ELEMENTS:
            what = f"a numeric range has more than {MOST_ELEMENTS} elements"
            raise self.source.fault(place, what, "Give a shorter range.")
        yield from (f"{ends[0]['stem']}{number}" for number in range(low, high + 1))

    def _mappings(self) -> Iterator[Mapping]:
        if not self.skip("->"):
            return
        while True:
            start = self.token.start
            if self.skip("("):
                target = self.name()
                self.expect(":")
                yield Mapping(start, self.last, target, self._names(")"))
            else:
                yield Mapping(start, self.last, self.name())
            if not self.skip(","):
                return

    def _fields(self) -> tuple[str, str]:
        """Take unit and documentation as they are written, with the `|` after them."""
        if not self.sees("~", "|"):
            remedy = "An equation ends with: ~ unit ~ documentation |"
            self.refuse(f"{self.shown()} cannot stand here", remedy)
        start = self.token.start
        bar = self.source.text.find("|", start, self.limit)
        if bar < 0:
            what = "the '|' that ends the equation is missing"
            raise self.source.fault(start, what, "Add it.")
        unit, _, rest = self.source.text[start:bar].lstrip("~").partition("~")
        self.last = bar + 1
        return unit.strip(), _SUPPLEMENTARY.sub("", rest).strip(" \t\r\n~")


_SUPPLEMENTARY = re.compile(r":\s*SUP\w*\s*:?\s*$", re.IGNORECASE)


def _next(source: Source, place: int, limit: int) -> int:
    """Return where the next definition begins: blanks and comments are passed over."""
    text = source.text
    while place < limit:
        if text[place] == "{":
            place = after_comment(source, place, limit)
        elif text[place].isspace() or text[place] == "|":
            place += 1
        else:
            break
    return place


def _after_bar(text: str, place: int, limit: int) -> int:
    bar = text.find("|", place, limit)
    return limit if bar < 0 else bar + 1


def together(
    faults: Sequence[InputFileError | FaultsError],
) -> InputFileError | FaultsError:
    """Return one error for all faults of a file."""
    if len(faults) == 1:
        return faults[0]
    said = (f.args[0] if isinstance(f, FaultsError) else [str(f)] for f in faults)
    return FaultsError([line for lines in said for line in lines])


def _settings(after: str) -> tuple[Settings, tuple[tuple[str, ...], ...]]:
    """Return what the part after the sketch says of runs, and its unit synonyms."""
    found = _SETTINGS.search(after)
    rows = after[found.end() if found else 0 :].splitlines()
    values: dict[str, str] = {}
    synonyms = []
    tags = []
    for row in rows:
        number, colon, value = row.partition(":")
        if colon and number == "22":
            synonyms.append(tuple(part.strip() for part in value.split(",")))
        elif colon and number == "30" and "=" in value:
            tag, _, file = value.partition("=")
            tags.append((tag.strip(), file.strip()))
        elif colon:
            values[number] = value.strip()
    integration = values.get("15", "").split(",")
    method = _METHODS.get(integration[3].strip()) if len(integration) > 3 else None
    data = [name.strip() for name in values.get("13", "").split(",")]
    return (
        Settings(
            start=_number(values.get("24", "")),
            stop=_number(values.get("25", "")),
            time_unit="",
            method=method,
            data_files=tuple(name for name in data if name),
            file_tags=tuple(tags),
        ),
        tuple(synonyms),
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
