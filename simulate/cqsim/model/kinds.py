"""Which variables are stocks, flows, constants, lookups or data.

Vensim's text does not say; the equations do. A stock is an INTEG equation. A flow is
what a stock's rate adds or takes away.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from cqsim.language.expression import folded
from cqsim.language.syntax import (
    ArrayLiteral,
    Binary,
    Call,
    Definition,
    Expression,
    LookupTable,
    Reference,
    Unary,
    canonical,
)
from cqsim.language.traversal import walk
from cqsim.model.model import CONTROL_NAMES, Kind, Variable

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
    """Return the kind of a variable; `flow_names` tells the flows of Vensim later."""
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
