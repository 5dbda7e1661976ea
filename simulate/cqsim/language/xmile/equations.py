"""The equation of an XMILE variable, put together from the tags that say it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from cqsim.errors import InputFileError
from cqsim.language.expression import Parser, parse_expression
from cqsim.language.lexer import XMILE, after_comment
from cqsim.language.syntax import (
    Call,
    Expression,
    Interpolation,
    LookupTable,
    Reference,
    Source,
    canonical,
)
from cqsim.language.xmile.modules import Names, name_of, shown
from cqsim.language.xmile.xml import Element

_WORD = re.compile(r'\.?[^\W\d]\w*(?:\.[^\W\d]\w*)*(?:\[[^\]]*\])?|[\w.]*".*"[\w.]*')
_LEFT = re.compile(r'(?P<name>"(?:[^"\\]|\\.)*"|[^"=<>\[]+?)\s*(?:\[[^\]]*\]\s*)?=\s*')
_RESERVED = frozenset(name.lower() for name in XMILE.words)
_TYPES: dict[str, Interpolation] = {
    "": "continuous",
    "continuous": "continuous",
    "extrapolate": "extrapolate",
    "discrete": "discrete",
}


@dataclass(frozen=True)
class Place:
    """Where a variable stands: its file, its module, and what holds for all there.

    Attributes
    ----------
    module
        The path of the module; empty for the outermost model.
    non_negative
        The tags of which all variables are non-negative unless they say otherwise.
    groups
        The group of a variable, by the variable's `canonical` name.
    """

    path: Path
    module: str
    names: Names
    non_negative: frozenset[str] = frozenset()
    groups: dict[str, str] = field(default_factory=dict)

    def full_name(self, variable: Element) -> str:
        """Return the name of a variable with the path of its module."""
        name = name_of(variable)
        return f"{self.module}.{name}" if self.module else name

    def find(self, written: str) -> tuple[str, Element] | None:
        """Return full name and element of a variable by its name as written here."""
        found = self.names.find(written, self.module)
        return self.names.variables[canonical(found)] if found else None

    def fault(self, line: int, what: str, remedy: str) -> InputFileError:
        """Return the error for a fault in a line of the file."""
        return InputFileError(self.path, line, what, remedy)


@dataclass(frozen=True)
class Table:
    """A graphical function, and its points as text."""

    text: str
    points: tuple[tuple[float, float], ...]
    interpolation: Interpolation


def is_set(option: Element | None) -> bool:
    """Whether an option is there and holds: its tag is empty, or says true."""
    said = option.text.strip().lower() if option is not None else "false"
    return said not in ("false", "0")


def dimensions_of(variable: Element) -> tuple[str, ...]:
    """Return the dimensions of an array in their order; empty for a scalar."""
    boxes = variable.all("dimensions")
    return tuple(name_of(one) for b in boxes for one in b.all("dim"))


def subscripts_of(part: Element, variable: Element, place: Place) -> tuple[str, ...]:
    """Return the elements that an `<element>` of an array is for.

    Raises
    ------
    InputFileError
        It names not one for each dimension.
    """
    written = part.attributes.get("subscript", "")
    found = tuple(shown(one) for one in written.split(","))
    dimensions = dimensions_of(variable)
    if len(found) == len(dimensions) and all(found):
        return found
    what = f"'{written}' is no element of '{place.full_name(variable)}'"
    remedy = f"It has {len(dimensions)} dimensions: name one element of each."
    raise place.fault(part.line, what, remedy)


def flows_of(stock: Element, part: Element, tag: str) -> list[str]:
    """Return the flows of a stock, or of its element where that names its own."""
    found = list(part.all(tag)) or list(stock.all(tag))
    return [" ".join(one.text.replace("\\n", " ").split()) for one in found]


class Equation:
    """The equation of a variable, put together from the tags that say it.

    Its text reads as in Vensim, `INTEG(in - out, 10)`; the part that stands in the
    variable's `<eqn>` has the line and column that it has in the file.
    """

    def __init__(self, variable: Element, part: Element, place: Place) -> None:
        self.variable = variable
        self.part = part
        self.place = place
        self.name = place.full_name(variable)

    def taken_from(self, origin: str) -> tuple[Source, Expression]:
        """Return text and tree for an input that takes its values from a variable."""
        text = quoted(origin)
        source = Source(self.place.path, text, self.variable.line)
        return source, Reference(0, len(text), origin)

    def auxiliary(self) -> tuple[Source, Expression]:
        """Return text and tree of an aux, flow or graphical function."""
        equation, box = self.whole() or self.text("eqn"), self._child("gf")
        table = graphical_function(box, self.place) if box is not None else None
        if equation is None and table is not None:
            source = Source(self.place.path, table.text, self.variable.line)
            return source, _node(table, 0)
        if equation is None:
            raise self._missing()
        return self._calculated(equation, table, self.text("init_eqn"))

    def _calculated(
        self, equation: Source, table: Table | None, initial: Source | None
    ) -> tuple[Source, Expression]:
        pieces: list[str | Source | Table] = [equation]
        if table is not None:
            pieces = ["WITH LOOKUP(", equation, ", ", table, ")"]
        if initial is not None:
            pieces = ["ACTIVE INITIAL(", *pieces, ", ", initial, ")"]
        source, nodes = self.assembled(equation, pieces)
        value = nodes[0]
        if table is not None:
            start = len("ACTIVE INITIAL(") if initial else 0
            value = Call(start, nodes[1].end + 1, "WITH LOOKUP", (value, nodes[1]))
        if initial is not None:
            end = len(source.text)
            value = Call(0, end, "ACTIVE INITIAL", (value, nodes[-1]))
        return source, value

    def whole(self) -> Source | None:
        """Return what is right of the variable's own name, where `<eqn>` holds that.

        Vensim exports a stock that no flows fill, as a delay is, as `x = DELAY1(y, 2)`.
        """
        equation = self.text("eqn")
        found = _LEFT.match(equation.text) if equation else None
        if equation is None or found is None or not self.place.names.is_exported:
            return None
        if canonical(found["name"]) != canonical(name_of(self.variable)):
            return None
        line, column = equation.position(found.end())
        return Source(equation.path, equation.text[found.end() :], line, column)

    def stock(
        self, parts: Sequence[tuple[str, Source]] = ()
    ) -> tuple[Source, Call, dict[str, Expression]]:
        """Return text and tree of a stock, and the trees of a conveyor's `parts`."""
        initial = self.text("eqn") or self.text("init_eqn")
        if initial is None:
            raise self._missing()
        net = Source(self.place.path, self._net_flow(), initial.line)
        pieces: list[str | Source | Table] = ["INTEG(", net, ", ", initial, ")"]
        for name, part in parts:
            pieces += [f", {name}: ", part]
        source, nodes = self.assembled(initial, pieces)
        end = len("INTEG(, )") + len(net.text) + len(initial.text)
        named = dict(zip((name for name, _ in parts), nodes[2:], strict=True))
        return source, Call(0, end, "INTEG", (nodes[0], nodes[1])), named

    def _net_flow(self) -> str:
        """Return inflows less outflows as an expression."""
        inflows = flows_of(self.variable, self.part, "inflow")
        gained = " + ".join(quoted(name) + self._multiplier(name) for name in inflows)
        outflows = flows_of(self.variable, self.part, "outflow")
        lost = "".join(f" - {quoted(name)}" for name in outflows)
        return (gained + lost).strip() or "0"

    def _multiplier(self, flow: str) -> str:
        """Return what an inflow is multiplied by on its way into the stock."""
        found = self.place.find(flow)
        factor = found[1].first("multiplier") if found else None
        return "" if factor is None else f" * ({' '.join(factor.text.split())})"

    def flows(self, tag: str) -> tuple[str, ...]:
        """Return the full names of the stock's flows with a tag."""
        return tuple(
            self.flow(written)[0] for written in flows_of(self.variable, self.part, tag)
        )

    def flow(self, written: str) -> tuple[str, Element]:
        """Return the full name and the element of a flow of the stock."""
        found = self.place.find(written.partition("[")[0])
        if found is None:
            what = f"the flow '{written}' of '{self.name}' is not in the model"
            raise self.place.fault(self.variable.line, what, "Add it as a <flow>.")
        return found

    def text(self, tag: str) -> Source | None:
        """Return the text of an equation; None where it is missing or a comment."""
        found = self._child(tag)
        return None if found is None else written_in(found, self.place)

    def _child(self, tag: str) -> Element | None:
        """Return a tag of the array's element, or else of the variable."""
        if self.variable.tag == tag:
            return self.variable
        return self.part.first(tag) or self.variable.first(tag)

    def _missing(self) -> InputFileError:
        remedy = "Write its equation in <eqn>."
        if self.variable.attributes.get("access") == "input":
            remedy = "Connect this input in its <module>, or write its equation."
        what = f"'{self.name}' has no equation"
        return self.place.fault(self.part.line, what, remedy)

    def assembled(
        self, anchor: Source, pieces: Sequence[str | Source | Table]
    ) -> tuple[Source, list[Expression]]:
        """Return one text of all pieces, and the trees of those that are no plain text.

        `anchor` is the piece that keeps its line and column.
        """
        text, column = "", anchor.column
        starts: list[tuple[Source | Table, int]] = []
        for piece in pieces:
            if piece is anchor:
                column -= len(text)
            if not isinstance(piece, str):
                starts.append((piece, len(text)))
            text += piece if isinstance(piece, str) else piece.text
        source = Source(anchor.path, text, anchor.line, column)
        return source, [self._parsed(source, *start) for start in starts]

    def _parsed(self, source: Source, piece: Source | Table, start: int) -> Expression:
        if isinstance(piece, Table):
            return _node(piece, start)
        is_alone = source.text == piece.text
        is_array = self.variable is self.part and bool(dimensions_of(self.variable))
        node = parse_expression(piece, XMILE, is_array=is_array and is_alone)
        if not is_alone:
            end = start + len(piece.text)
            node = Parser(source, XMILE, start, end).expression()
        return self.place.names.rename(node, self.place.module)


def written_in(element: Element, place: Place) -> Source | None:
    """Return the text of a tag that holds an equation; None if it says none."""
    source = element.source(place.path)
    rest, start = source.text, 0
    while rest.startswith("{"):
        start = after_comment(source, start, len(source.text))
        rest = source.text[start:].lstrip()
        start = len(source.text) - len(rest)
    return source if rest.strip("?") else None


def quoted(name: str) -> str:
    """Return a name as an equation can hold it."""
    if _WORD.fullmatch(name) and name.lower() not in _RESERVED:
        return name
    return '"' + name.replace('"', '\\"') + '"'


def _node(table: Table, start: int) -> LookupTable:
    end = start + len(table.text)
    return LookupTable(start, end, table.points, table.interpolation)


def graphical_function(box: Element, place: Place) -> Table:
    """Return what a `<gf>` says: its points from left to right.

    Raises
    ------
    InputFileError
        It lacks points, or they are no numbers, or not from left to right.
    """
    y = _numbers(box, "ypts", place)
    x = _numbers(box, "xpts", place) or _spaced(box, len(y), place)
    if not y or len(x) != len(y):
        what = f"the graphical function has {len(x)} x and {len(y)} y"
        raise place.fault(box.line, what, "Give as many <xpts> as <ypts>.")
    if any(right < left for left, right in pairwise(x)):
        what = "the x of the graphical function do not rise"
        raise place.fault(box.line, what, "Order its points by x.")
    kind = box.attributes.get("type", "").lower()
    if box.attributes.get("discrete") == "true":
        kind = "discrete"
    if kind not in _TYPES:
        what = f"the type '{kind}' of the graphical function is not known"
        raise place.fault(box.line, what, "Use continuous, extrapolate or discrete.")
    pairs = tuple(zip(x, y, strict=True))
    text = f"({', '.join(f'({a:.15g}, {b:.15g})' for a, b in pairs)})"
    return Table(text, pairs, _TYPES[kind])


def _numbers(box: Element, tag: str, place: Place) -> list[float]:
    found = box.first(tag)
    if found is None:
        return []
    text = found.text.replace(found.attributes.get("sep") or ",", " ")
    try:
        numbers = [float(one) for one in text.split()]
    except ValueError:
        numbers = [math.nan]
    if all(map(math.isfinite, numbers)):
        return numbers
    what = f"a point in <{tag}> is no number"
    raise place.fault(found.line, what, "Write numbers with commas between them.")


def _spaced(box: Element, count: int, place: Place) -> list[float]:
    """Return the x that lie evenly over the x scale."""
    scale = box.first("xscale")
    try:
        low, high = (float(scale.attributes[end]) for end in ("min", "max"))  # type: ignore[union-attr]
    except (AttributeError, KeyError, ValueError):
        what = "the graphical function has neither <xpts> nor <xscale min= max=>"
        raise place.fault(box.line, what, "Write one of them.") from None
    width = max(1, count - 1)
    return [low + (high - low) * n / width for n in range(count)]
