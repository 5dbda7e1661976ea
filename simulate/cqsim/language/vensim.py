"""A Vensim model file (.mdl) as a syntax tree."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cqsim.errors import MOST_FAULTS, InputFileError, together
from cqsim.language.expression import Parser
from cqsim.language.lexer import VENSIM
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
_MACRO_END = re.compile(r":\s*END\s+OF\s+MACRO\s*:", re.IGNORECASE)
_SUPPLEMENTARY = re.compile(r":\s*SUP\w*\s*:?\s*$", re.IGNORECASE)
_DATA_KEYWORDS = (":INTERPOLATE:", ":RAW:", ":LOOK FORWARD:", ":HOLD BACKWARD:")
_CHECKS = (":TEST INPUT:", ":THE CONDITION:")
_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<digits>\d+)$", re.DOTALL)
#: Elements of all numeric ranges of a file, at most.
MOST_ELEMENTS = 100_000
#: The integration types of Vensim's settings.
_METHODS: Sequence[Method] = ("euler", "rk4", "euler", "rk2", "rk2", "rk4")


def parse_vensim(path: Path, content: bytes) -> SourceModel:
    """Return what a Vensim model file says.

    Raises
    ------
    InputFileError
        The text has a fault in its syntax, or is in no known encoding.
    FaultsError
        It has several, each with its line.
    """
    return _VensimFile(Source(path, decode_model(path, content))).read()


def parse_equations(source: Source) -> tuple[Definition, ...]:
    """Return equations written as in a Vensim file; raise as `parse_vensim`."""
    return _VensimFile(source).read().definitions


class _VensimFile(Parser):
    """Reads a file, definition after definition, each with its fields."""

    def __init__(self, source: Source) -> None:
        sketch = _SKETCH.search(source.text)
        super().__init__(source, VENSIM, sketch.start() if sketch else None)
        self.definitions: list[Definition] = []
        self.dimensions: list[Dimension] = []
        self.macros: list[Macro] = []
        self.groups: list[Group] = []
        self.elements = 0

    def read(self) -> SourceModel:
        """Return what the file says; a fault does not hide those after its `|`."""
        place, end, text = 0, self.limit, self.source.text
        faults: list[InputFileError] = []
        while place < end and len(faults) < MOST_FAULTS:
            try:
                self.seek(place)
                place = self._read_one()
            except InputFileError as fault:
                faults.append(fault)
                self.limit = end
                bar = text.find("|", self.last, end)
                place = end if bar < 0 else bar + 1
        if faults:
            raise together(faults)
        return SourceModel(
            self.source,
            "vensim",
            tuple(self.definitions),
            tuple(self.dimensions),
            tuple(self.macros),
            tuple(self.groups),
            *_settings(text[end:]),
        )

    def _read_one(self) -> int:
        """Take a header, a macro, a range or an equation; return where it ends."""
        if self.token.kind == "end":
            return self.limit
        if self.skip("|"):
            return self.last
        if self.sees("*"):
            return self._group()
        if self.sees(":MACRO:"):
            return self._macro()
        found = self._definition(self.groups[-1].name if self.groups else "")
        if isinstance(found, Dimension):
            self.dimensions.append(found)
        elif found is not None:
            self.definitions.append(found)
        return self.last

    def _group(self) -> int:
        place, text = self.token.start, self.source.text
        end = text.find("|", place, self.limit)
        end = self.limit if end < 0 else end
        title, _, meaning = text[place:end].partition("~")
        name = " ".join(title.replace("*", " ").split()).lstrip(".")
        line, _ = self.source.position(place)
        self.groups.append(Group(name, " ".join(meaning.split()), line))
        return min(end + 1, self.limit)

    def _macro(self) -> int:
        start, outer = self.token.start, self.limit
        end = _MACRO_END.search(self.source.text, start, outer)
        if end is None:
            what = "the macro is not closed"
            raise self.source.fault(start, what, "Write :END OF MACRO: after it.")
        self.limit = end.start()
        self.take()
        name = self.name()
        self.expect("(")
        parameters = self.listed(self.name, ")", ":")
        outputs = self.listed(self.name, ")") if self.skip(":") else ()
        self.expect(")")
        body = []
        while self.token.kind != "end":
            found = None if self.skip("|") else self._definition("")
            body += [found] if isinstance(found, Definition) else []
            self.seek(self.last)
        self.limit = outer
        span = start, end.end(), self.source
        self.macros.append(Macro(*span, name, parameters, outputs, tuple(body)))
        return end.end()

    def _definition(self, group: str) -> Definition | Dimension | None:
        """Take a definition; None for a reality check, which no run needs."""
        start = self.token.start
        name = "" if self.sees(*_CHECKS) else self.name()
        if name and self.sees(":", "<->"):
            return self._dimension(start, name)
        subscripts = self._names("]") if name and self.skip("[") else ()
        if self.sees(*_CHECKS):
            while not self.sees("~", "|") and self.token.kind != "end":
                self.take()
            self._fields()
            return None
        holes = tuple(self._exceptions())
        keyword = self.take().text if self.sees(*_DATA_KEYWORDS) else ""
        operator = self._operator()
        value = self._value(operator)
        span = start, self.last, self.source
        unit, text = self._fields()
        return Definition(
            *span, name, subscripts, holes, keyword, operator, value, unit, text, group
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

    def _exceptions(self) -> Iterator[tuple[str, ...]]:
        if self.skip(":EXCEPT:"):
            while self.skip("["):
                yield self._names("]")
                self.skip(",")

    def _names(self, close: str) -> tuple[str, ...]:
        """Take names up to a closing sign, and this."""
        found = self.listed(self._marked_name, close)
        self.expect(close)
        return found

    def _marked_name(self) -> str:
        return self.name() + ("!" if self.skip("!") else "")

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
            self.elements += len(members)
        if self.elements > MOST_ELEMENTS:
            what = f"the ranges of the file have more than {MOST_ELEMENTS} elements"
            raise self.source.fault(start, what, "Give shorter ranges.")
        mappings = tuple(self._mappings())
        span = start, self.last, self.source
        if is_alias and isinstance(members, tuple):
            mappings = tuple(Mapping(start, self.last, one) for one in members)
        _, text = self._fields()
        return Dimension(*span, name, members, mappings, text)

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


def _settings(after: str) -> tuple[Settings, tuple[tuple[str, ...], ...]]:
    """Return what the part after the sketch says of runs, and its unit synonyms."""
    found = _SETTINGS.search(after)
    lines = after[found.end() if found else 0 :].splitlines()
    rows = [
        (row[0], row[2].strip()) for line in lines if (row := line.partition(":"))[1]
    ]
    values = dict(rows)
    integration = (*values.get("15", "").split(","), "", "", "")[3].strip()
    methods = {str(number): method for number, method in enumerate(_METHODS)}
    data = [name.strip() for name in values.get("13", "").split(",")]
    tags = [value.partition("=") for number, value in rows if number == "30"]
    settings = Settings(
        start=_number(values.get("24", "")),
        stop=_number(values.get("25", "")),
        method=methods.get(integration),
        data_files=tuple(name for name in data if name),
        file_tags=tuple((t.strip(), file.strip()) for t, sign, file in tags if sign),
    )
    alike = (value.split(",") for number, value in rows if number == "22")
    return settings, tuple(tuple(part.strip() for part in one) for one in alike)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
