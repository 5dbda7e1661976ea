"""The model: variables with their equations, subscript ranges and groups.

Vensim's text does not say which variables are stocks, flows, constants, lookups or
data; the equations do. A stock is an INTEG equation. A flow is what a stock's rate adds
or takes away.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from cqsim.language.expression import folded
from cqsim.language.syntax import (
    ArrayLiteral,
    Binary,
    Call,
    Definition,
    Expression,
    Group,
    Language,
    LookupTable,
    Macro,
    Reference,
    Settings,
    Source,
    Unary,
    canonical,
    walk,
)

Kind = Literal["stock", "flow", "auxiliary", "constant", "lookup", "data", "time"]

KINDS: tuple[Kind, ...] = (
    "stock",
    "flow",
    "auxiliary",
    "constant",
    "lookup",
    "data",
    "time",
)

EVIDENCE_CLASSES = (
    "plan",
    "statistic",
    "literature",
    "derived",
    "calibrated",
    "assumption",
)

CONTROL_NAMES = ("final time", "initial time", "saveper", "time step")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable with all that the file says of it.

    `increment` is the third number of a range: the steps from `low` that values take.
    """

    name: str
    kind: Kind
    subscripts: tuple[str, ...]
    unit: str
    low: float | None
    high: float | None
    documentation: str
    sources: tuple[str, ...]
    evidence: str
    equations: tuple[Definition, ...]
    line: int
    group: str
    increment: float | None = None

    @property
    def trees(self) -> list[Expression]:
        """The right sides of the equations that have one."""
        return [e.value for e in self.equations if e.value is not None]

    @property
    def key(self) -> str:
        """The name that equal spellings share."""
        return canonical(self.name)

    @property
    def title(self) -> str:
        """The name with its subscripts, without quotes."""
        bare = self.name.strip('"')
        return f"{bare}[{', '.join(self.subscripts)}]" if self.subscripts else bare


Pairs = tuple[tuple[str, str], ...]


def parts_of_name(name: str) -> tuple[str, str]:
    """Return the variable and the element of a name such as `start[rail]`, or ""."""
    found = re.fullmatch(r"(.*)\[([^\[\],]+)\]\s*", name, re.DOTALL)
    return (found[1], found[2]) if found else (name, "")


@lru_cache(maxsize=4096)
def keys_of(elements: tuple[str, ...]) -> tuple[str, ...]:
    """Return the canonical names of elements."""
    return tuple(map(canonical, elements))


@dataclass(frozen=True, slots=True)
class SubscriptRange:
    """A subscript range: its elements in order, subranges already expanded.

    Attributes
    ----------
    mappings
        For each range that this one stands for (by canonical name): each element of
        that range with the own element that stands for it, by canonical names.
    """

    name: str
    elements: tuple[str, ...]
    documentation: str
    line: int
    mappings: Mapping[str, Pairs] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def keys(self) -> tuple[str, ...]:
        """The canonical names of the elements."""
        return keys_of(self.elements)


@dataclass(frozen=True, slots=True)
class Model:
    """A model file: variables, subscript ranges and groups in the file's order.

    Variables, ranges and macros are looked up by `canonical(name)`. The clock's four
    variables are always there: where the file states them elsewhere, with the numbers
    stated there.

    Attributes
    ----------
    files
        The files that it reads besides, as the caller named them.
    """

    path: Path
    sha256: str
    language: Language
    variables: Mapping[str, Variable]
    ranges: Mapping[str, SubscriptRange]
    groups: tuple[Group, ...] = ()
    macros: Mapping[str, Macro] = field(default_factory=lambda: MappingProxyType({}))
    settings: Settings = field(default_factory=Settings)
    unit_synonyms: tuple[tuple[str, ...], ...] = ()
    source: Source | None = field(default=None, repr=False)
    files: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))

    def variable(self, name: str) -> Variable | None:
        """Return the variable of that name in any of its spellings.

        A name such as `start[rail]` is the part of a variable that equations of its own
        define for the first subscript; its subscripts are the others.
        """
        found = self.variables.get(canonical(name))
        return self._part(*parts_of_name(name)) if found is None else found

    def _part(self, whole: str, element: str) -> Variable | None:
        """Return what a variable's equations for an element define; None if none do."""
        variable = self.variables.get(canonical(whole))
        own = tuple(
            replace(equation, subscripts=equation.subscripts[1:])
            for equation in (variable.equations if variable and element else ())
            if equation.subscripts
            and canonical(equation.subscripts[0]) == canonical(element)
        )
        if variable is None or not own:
            return None
        return replace(
            variable,
            name=f"{variable.name}[{element.strip()}]",
            subscripts=own[0].subscripts,
            equations=own,
        )

    def of_kind(self, *kinds: Kind) -> list[Variable]:
        """Return the variables of these kinds, in the file's order."""
        return [v for v in self.variables.values() if v.kind in kinds]

    def elements(self, subscript: str) -> tuple[str, ...]:
        """Return the elements of a range, or the element itself."""
        found = self.ranges.get(canonical(subscript))
        return found.elements if found else (subscript,)

    def equations(self) -> Iterator[tuple[Variable, Definition]]:
        """Yield each equation with its variable, in the file's order."""
        for variable in self.variables.values():
            for equation in variable.equations:
                yield variable, equation


# Kinds of variables.


#: What a variable is that reads a file: `GET DIRECT CONSTANTS` and their like.
_READ: dict[str, Kind] = {
    "constants": "constant",
    "data": "data",
    "lookups": "lookup",
}
# Functions that pass on a quantity or a part of it: which arguments carry it.
_CARRIERS = {
    "max": slice(None),
    "min": slice(None),
    "sum": slice(0, 1),
    "if then else": slice(1, 3),
    "delay fixed": slice(0, 1),
}


def kind_of(name: str, equations: Sequence[Definition]) -> Kind:
    """Return the kind of a variable; `flow_names` finds the flows of Vensim later."""
    if canonical(name) in CONTROL_NAMES:
        return "time"
    element = equations[0].element
    if element in ("stock", "flow"):
        return "stock" if element == "stock" else "flow"
    trees = [e.value for e in equations if e.value is not None]
    functions = [canonical(t.function) for t in trees if isinstance(t, Call)]
    if {"integ", "sinteg"} & {*functions}:
        return "stock"
    for function in functions:
        if function.startswith("get ") and function.split()[-1] in _READ:
            return _READ[function.split()[-1]]
    if any(e.operator in (":=", "") or e.keyword for e in equations):
        return "data"
    if any(isinstance(tree, LookupTable) for tree in trees):
        return "lookup"
    return "constant" if all(is_plain(tree) for tree in trees) else "auxiliary"


def is_plain(tree: Expression) -> bool:
    """Whether a right side is only numbers."""
    return isinstance(tree, ArrayLiteral) or folded(tree) is not None


def is_computed(tree: Expression | None) -> bool:
    """Whether a right side is neither numbers nor read from a file."""
    if tree is None or is_plain(tree):
        return False
    words = canonical(tree.function).split() if isinstance(tree, Call) else [""]
    return not (words[0] == "get" and words[-1] in _READ)


def flow_names(variables: Mapping[str, Variable]) -> set[str]:
    """Return the variables that some stock's rate adds or takes away."""
    stocks = (v for v in variables.values() if v.kind == "stock")
    return {key for stock in stocks for key in flows_of(stock, variables)}


def flows_of(stock: Variable, variables: Mapping[str, Variable]) -> dict[str, str]:
    """Return the flows of a stock with their sign in its rate.

    The sign is `+`, `-`, or `±` for a flow that moves between elements of the stock.
    """
    flows: dict[str, str] = {}
    for equation in stock.equations:
        tree = equation.value
        if isinstance(tree, Call) and tree.arguments:
            for sign, key in _carried(tree.arguments[0], stock, variables):
                flows[key] = sign if flows.get(key, sign) == sign else "±"
    return flows


def _carried(
    rate: Expression, stock: Variable, variables: Mapping[str, Variable]
) -> Iterator[tuple[str, str]]:
    """Yield the flows in a rate, each with its sign, from left to right."""
    waiting = [(rate, "+")]
    while waiting:
        node, sign = waiting.pop()
        below: list[tuple[Expression, str]] = []
        match node:
            case Reference(name=name) if canonical(name) in variables:
                yield sign, canonical(name)
            case Unary(operand=operand):
                below = [(operand, _other(sign))]
            case Binary(operator="+" | "-" as operator, left=left, right=right):
                turned = sign if operator == "+" else _other(sign)
                below = [(left, sign), (right, turned)]
            case Call(function=name, arguments=given) if canonical(name) in _CARRIERS:
                below = [(part, sign) for part in given[_CARRIERS[canonical(name)]]]
            case _:
                # In a product, the flow is what has the unit of a flow.
                for key in sorted(_of_rate_unit(node, stock, variables)):
                    yield sign, key
        waiting.extend(reversed(below))


def _other(sign: str) -> str:
    return "-" if sign == "+" else "+"


def _of_rate_unit(
    node: Expression, stock: Variable, variables: Mapping[str, Variable]
) -> set[str]:
    """Return the variables in a term whose unit is the stock's unit per time."""
    step = variables.get("time step")
    wanted = _plain_unit(f"{stock.unit}/{step.unit if step and step.unit else 'year'}")
    names = {canonical(n.name) for n in walk(node) if isinstance(n, Reference)}
    return {
        key
        for key in names & set(variables)
        if variables[key].unit and _plain_unit(variables[key].unit) == wanted
    }


def _plain_unit(unit: str) -> str:
    """Return a unit without blanks, parentheses and case."""
    return re.sub(r"[\s()]", "", unit).casefold()
