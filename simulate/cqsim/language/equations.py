"""A variable of an XMILE file as definitions: one, or one for each element."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import accumulate, product

from cqsim.errors import InputFileError
from cqsim.language.expression import Parser, folded, parse_expression
from cqsim.language.lexer import XMILE
from cqsim.language.modules import Names
from cqsim.language.syntax import (
    Call,
    Conveyor,
    Definition,
    Expression,
    LookupTable,
    Reference,
    Source,
    canonical,
)
from cqsim.language.xml import Element, graphical_function, shown, table_text


def flows_of(stock: Element, part: Element, tag: str) -> list[str]:
    """Return the flows of a stock, or of its element where that names its own."""
    found = list(part.all(tag)) or list(stock.all(tag))
    return [" ".join(one.text.replace("\\n", " ").split()) for one in found]


@dataclass(frozen=True, slots=True)
class ConveyorTag:
    """The `<conveyor>` of a stock, which describes it as a conveyor.

    Attributes
    ----------
    name
        The stock's full name.
    element
        The stock's `<conveyor>`.
    flow
        The full name and the element of a flow by its name as written.
    """

    name: str
    stock: Element
    element: Element
    flow: Callable[[str], tuple[str, Element]]

    def conveyor(
        self,
        parts: Sequence[tuple[str, Source]],
        nodes: Sequence[Expression],
        initial: Expression,
    ) -> Conveyor:
        """Return the conveyor that the trees of its `parts` make; raise as `parts`."""
        self._refuse_batches(initial)
        named = [(name, node) for (name, _), node in zip(parts, nodes, strict=True)]
        count = len(named) - len(self._leaking())
        own, leaks = dict(named[:count]), tuple(named[count:])
        limits = own["len"], own.get("capacity"), own.get("in_limit")
        is_exponential = self.element.attributes.get("exponential_leak") == "true"
        return Conveyor(*limits, leaks, is_exponential)

    def parts(self) -> list[tuple[str, Source]]:
        """Return the equations of a conveyor by their tags, and of its leaks.

        Raises
        ------
        InputFileError
            It has an option that is not run, or lacks its transit time or an outflow.
        """
        for tag, acts_at_zero in (("arrest", False), ("sample", True)):
            switch = self.element.equation_of(tag)
            value = folded(parse_expression(switch, XMILE)) if switch else None
            if switch and (value is None or (value == 0) == acts_at_zero):
                what = f"the conveyor '{self.name}' has an <{tag}> that acts"
                raise self.element.fault(what, f"Run it without <{tag}>.")
        tags = ("len", "capacity", "in_limit")
        parts = [(tag, self.element.equation_of(tag)) for tag in tags]
        if parts[0][1] is None:
            what = f"the conveyor '{self.name}' has no transit time"
            raise self.element.fault(what, "Write it in <len>.")
        leaks = [self._leak(name) for name in self._leaking()]
        return [(tag, part) for tag, part in parts if part is not None] + leaks

    def _refuse_batches(self, initial: Expression) -> None:
        """Refuse batches on the belt at the start, and inflows that spread over it."""
        if self.element.attributes.get("discrete") == "true" and folded(initial) != 0:
            what = f"'{self.name}' is a discrete conveyor that does not start empty"
            raise self.element.fault(what, 'Delete discrete="true".')
        for written in flows_of(self.stock, self.stock, "inflow"):
            name, flow = self.flow(written)
            how = flow.attributes.get("isee:spreadflow", "none")
            if how not in ("none", "start"):
                what = f"'{name}' spreads over the conveyor '{self.name}' ({how})"
                raise flow.fault(what, "Let it enter at the start.")

    def _leaking(self) -> list[str]:
        """Return the outflows that leak: those that say so, else all but the first."""
        outflows = flows_of(self.stock, self.stock, "outflow")
        marked = [name for name in outflows if self.flow(name)[1].first("leak")]
        leaks = marked or outflows[1:]
        if len(outflows) - len(leaks) == 1:
            return leaks
        what = f"the conveyor '{self.name}' needs one outflow at its end"
        raise self.stock.fault(what, "Mark each other outflow with <leak/>.")

    def _leak(self, written: str) -> tuple[str, Source]:
        """Return the full name of a flow that leaks, and what share of the contents."""
        name, flow = self.flow(written)
        zone = (flow.attributes.get("leak_start"), flow.attributes.get("leak_end"))
        if zone[0] not in (None, "0") or zone[1] not in (None, "1"):
            what = f"'{name}' leaks from a part of the conveyor '{self.name}' only"
            raise flow.fault(what, "Use one conveyor for each part.")
        share = flow.equation_of("leak") or flow.equation_of("eqn")
        if share is None:
            what = f"'{name}' does not say what share of '{self.name}' leaks"
            raise flow.fault(what, "Write the share in <leak> or <eqn>.")
        return name, share


_WORD = re.compile(r'\.?[^\W\d]\w*(?:\.[^\W\d]\w*)*(?:\[[^\]]*\])?|[\w.]*".*"[\w.]*')
_LEFT = re.compile(r'(?P<name>"(?:[^"\\]|\\.)*"|[^"=<>\[]+?)\s*(?:\[[^\]]*\]\s*)?=\s*')
#: What is not run: the tag that says it of a variable, and what to do instead.
_REFUSED = {
    "queue": ("is a queue", "Use a stock whose outflow is what can be served."),
    "oven": ("is an oven", "Use a stock that a pulse fills and one empties."),
    "leak_integers": ("leaks whole units only", "Let it leak fractions."),
}

Piece = str | Source | LookupTable


@dataclass(frozen=True)
class Place:
    """Where a variable stands: its module, and what holds for all there.

    Attributes
    ----------
    module
        The path of the module; empty for the outermost model.
    non_negative
        The tags of which all variables are non-negative unless they say otherwise.
    groups
        The group of a variable, by the variable's `canonical` name.
    moved
        The keys of the full names of the flows that conveyors move. They have no value
        of their own: their `<eqn>` is not used, or says what share leaks.
    """

    module: str
    names: Names
    non_negative: Set[str] = frozenset()
    groups: Mapping[str, str] = field(default_factory=dict)
    moved: Set[str] = frozenset()

    def find(self, written: str) -> tuple[str, Element] | None:
        """Return full name and element of a variable by its name as written here."""
        found = self.names.find(written, self.module)
        return self.names.variables[canonical(found[0])] if found else None


def definitions(variable: Element, place: Place) -> Iterator[Definition]:
    """Yield the equations of a variable: one, or one for each `<element>`.

    Raises
    ------
    InputFileError
        An equation, table or option of the variable cannot be read.
    """
    whole = Equation(variable, variable, place)
    for option in _options(variable):
        tag = option.tag.rpartition(":")[2]
        if tag in _REFUSED and option.is_set:
            is_what, remedy = _REFUSED[tag]
            what = f"'{whole.name}' {is_what}, which is not run"
            raise option.fault(what, remedy)
    parts = list(variable.all("element")) or list(_each(whole))
    if not parts or canonical(whole.name) in {*place.moved, *place.names.inputs}:
        yield whole.definition(whole.dimensions)
        return
    listed = []
    for part in parts:
        written = part.attributes.get("subscript", "")
        subscripts = tuple(shown(one) for one in written.split(","))
        if len(subscripts) != len(whole.dimensions) or not all(subscripts):
            what = f"'{written}' is no element of '{whole.name}'"
            remedy = f"It has {len(whole.dimensions)} dimensions"
            raise part.fault(what, f"{remedy}: name one element of each.")
        listed.append(subscripts)
        yield Equation(variable, part, place).definition(subscripts)
    if len(listed) < math.prod(map(len, whole.members)) and whole.has_equation:
        rest = whole.definition(whole.dimensions)
        yield replace(rest, exceptions=tuple(listed))


def _options(variable: Element) -> Iterator[Element]:
    """Yield what stands in a variable; refuse a second table or start in one place."""
    for around in (variable, *variable.all("element")):
        for tag in ("gf", "init_eqn", "conveyor"):
            for again in list(around.all(tag))[1:]:
                what = f"'{variable.name}' has two <{tag}> in one place"
                raise again.fault(what, "Delete one of them.")
    yield from variable.children


def _each(whole: "Equation") -> Iterator[Element]:
    """Yield an array's elements where several `<eqn>` stand in it, one for each.

    So Vensim exports an array; the last dimension counts first.
    """
    equations = list(whole.variable.all("eqn"))
    if len(equations) < 2:
        return
    members = whole.members
    if math.prod(map(len, members)) != len(equations):
        what = f"'{whole.name}' has {len(equations)} equations"
        remedy = "Give one, or one for each element of an array."
        raise equations[1].fault(what, remedy)
    for names, equation in zip(product(*members), equations, strict=True):
        place = {"subscript": ",".join(names)}
        yield replace(equation, tag="element", attributes=place, children=[equation])


class Equation:
    """The equation of a variable, put together from the tags that say it.

    Its text reads as in Vensim, `INTEG(in - out, 10)`; the part that stands in the
    variable's `<eqn>` has the line and column that it has in the file.
    """

    def __init__(self, variable: Element, part: Element, place: Place) -> None:
        self.variable = variable
        self.part = part
        self.place = place
        module = f"{place.module}." if place.module else ""
        self.name = module + variable.name
        boxes = variable.listed("dimensions", "dim")
        self.dimensions = tuple(one.name for one in boxes)

    @property
    def members(self) -> list[tuple[str, ...]]:
        """The elements of each dimension."""
        known = self.place.names.dimensions
        return [known.get(canonical(one), ()) for one in self.dimensions]

    @property
    def has_equation(self) -> bool:
        """Whether an `<eqn>` stands in it that is no comment."""
        return self._text("eqn") is not None

    def definition(self, subscripts: tuple[str, ...]) -> Definition:
        """Return the definition of the variable, or of one element of an array."""
        variable, place, key = self.variable, self.place, canonical(self.name)
        origin, own = place.names.inputs.get(key), variable.first("non_negative")
        belt = variable.first("conveyor")
        tag = "aux" if origin is not None or self._whole() else variable.tag
        value: Expression | None = None
        conveyor: Conveyor | None = None
        if origin is not None:
            source = self._line(quoted(origin))
            value = Reference(0, len(source.text), origin)
        elif key in place.moved:
            source = self._line(self.name)
        elif belt is not None or tag == "stock":
            source, value, conveyor = self._stock(belt)
        else:
            source, value = self._auxiliary()
        can_fall = tag in ("stock", "flow") and belt is None and value is not None
        is_held = own.is_set if own else tag in place.non_negative
        operator = "(" if isinstance(value, LookupTable) else "="
        span = 0, len(source.text), source
        return Definition(
            *span,
            self.name,
            subscripts,
            operator=operator,
            value=value,
            unit=_unit(variable),
            documentation=variable.said("doc"),
            group=place.groups.get(canonical(variable.name), ""),
            dimensions=self.dimensions,
            inflows=self._flows("inflow") if tag == "stock" else (),
            outflows=self._flows("outflow") if tag == "stock" else (),
            non_negative=can_fall and is_held,
            conveyor=conveyor,
            element=tag,
            module=place.module,
        )

    def _line(self, text: str) -> Source:
        return Source(self.variable.path, text, self.variable.line)

    def _text(self, tag: str) -> Source | None:
        """Return the text of an equation; None where it is missing or a comment."""
        found = self.part.first(tag) or self.variable.first(tag)
        return found.equation if found else None

    def _auxiliary(self) -> tuple[Source, Expression]:
        """Return text and tree of an aux, flow or graphical function."""
        variable = self.variable
        box = self.part.first("gf") or variable.first("gf")
        box = variable if variable.tag == "gf" else box
        table = graphical_function(box) if box is not None else None
        equation, initial = self._whole() or self._text("eqn"), self._text("init_eqn")
        if equation is None and table is not None:
            return self._line(table_text(table)), table
        if equation is None:
            raise self._missing()
        pieces: list[Piece] = [equation]
        if table is not None:
            pieces = ["WITH LOOKUP(", equation, ", ", table, ")"]
        if initial is not None:
            pieces = ["ACTIVE INITIAL(", *pieces, ", ", initial, ")"]
        source, (value, *rest) = self._assembled(equation, pieces)
        if table is not None:
            start = len("ACTIVE INITIAL(") if initial else 0
            value = Call(start, rest[0].end + 1, "WITH LOOKUP", (value, rest[0]))
        if initial is not None:
            end = len(source.text)
            value = Call(0, end, "ACTIVE INITIAL", (value, rest[-1]))
        return source, value

    def _whole(self) -> Source | None:
        """Return what is right of the variable's own name, where `<eqn>` holds that.

        Vensim exports a stock that no flows fill, as a delay is, as `x = DELAY1(y, 2)`.
        """
        if not self.place.names.is_exported:
            return None
        equation = self._text("eqn")
        found = _LEFT.match(equation.text) if equation else None
        if equation is None or found is None:
            return None
        if canonical(found["name"]) != canonical(self.variable.name):
            return None
        line, column = equation.position(found.end())
        return Source(equation.path, equation.text[found.end() :], line, column)

    def _stock(self, element: Element | None) -> tuple[Source, Call, Conveyor | None]:
        """Return text and tree of a stock, and what it says of itself as a conveyor."""
        belt = element and ConveyorTag(self.name, self.variable, element, self._flow)
        parts = belt.parts() if belt else []
        initial = self._text("eqn") or self._text("init_eqn")
        if initial is None:
            raise self._missing()
        net = Source(self.variable.path, self._net_flow(), initial.line)
        pieces: list[Piece] = ["INTEG(", net, ", ", initial, ")"]
        for name, part in parts:
            pieces += [f", {name}: ", part]
        source, (rate, start, *rest) = self._assembled(initial, pieces)
        end = len("INTEG(, )") + len(net.text) + len(initial.text)
        value = Call(0, end, "INTEG", (rate, start))
        return source, value, belt.conveyor(parts, rest, start) if belt else None

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

    def _flows(self, tag: str) -> tuple[str, ...]:
        """Return the full names of the stock's flows with a tag."""
        written = flows_of(self.variable, self.part, tag)
        return tuple(self._flow(name)[0] for name in written)

    def _flow(self, written: str) -> tuple[str, Element]:
        """Return the full name and the element of a flow of the stock."""
        found = self.place.find(written.partition("[")[0])
        if found is None:
            what = f"the flow '{written}' of '{self.name}' is not in the model"
            raise self.variable.fault(what, "Add it as a <flow>.")
        return found

    def _missing(self) -> InputFileError:
        remedy = "Write its equation in <eqn>."
        if self.variable.attributes.get("access") == "input":
            remedy = "Connect this input in its <module>, or write its equation."
        return self.part.fault(f"'{self.name}' has no equation", remedy)

    def _assembled(
        self, anchor: Source, pieces: list[Piece]
    ) -> tuple[Source, list[Expression]]:
        """Return one text of all pieces, and the trees of those that are no plain text.

        `anchor` is the piece that keeps its line and column.
        """
        texts = [_text_of(piece) for piece in pieces]
        placed = [*zip(pieces, accumulate(map(len, texts), initial=0), strict=False)]
        before = sum(start for piece, start in placed if piece is anchor)
        column = anchor.column - before
        source = Source(anchor.path, "".join(texts), anchor.line, column)
        parts = [(p, start) for p, start in placed if not isinstance(p, str)]
        return source, [self._parsed(source, *part) for part in parts]

    def _parsed(
        self, source: Source, piece: Source | LookupTable, start: int
    ) -> Expression:
        if isinstance(piece, LookupTable):
            return replace(piece, start=start, end=start + piece.end)
        # A fault shows the piece alone, as it stands in the file.
        is_alone = source.text == piece.text
        is_array = self.variable is self.part and bool(self.dimensions)
        node = parse_expression(piece, XMILE, is_array=is_array and is_alone)
        if not is_alone:
            end = start + len(piece.text)
            node = Parser(source, XMILE, end).seek(start).expression()
        return self.place.names.rename(node, self.place.module)


def quoted(name: str) -> str:
    """Return a name as an equation can hold it."""
    if _WORD.fullmatch(name) and name.upper() not in XMILE.words:
        return name
    return '"' + name.replace('"', '\\"') + '"'


def _unit(variable: Element) -> str:
    """Return the unit, with the range `[min, max]` as Vensim writes it."""
    unit, span = variable.said("units"), variable.first("range")
    if span is None:
        return unit
    low, high = (span.attributes.get(end) or "?" for end in ("min", "max"))
    return f"{unit} [{low}, {high}]".strip()


def _text_of(piece: Piece) -> str:
    if isinstance(piece, LookupTable):
        return table_text(piece)
    return piece if isinstance(piece, str) else piece.text
