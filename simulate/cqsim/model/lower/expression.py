"""From PySD's syntax tree of an equation to our expression."""

import math
from collections.abc import Callable
from typing import Any

from cqsim.compile.ir import Call, Expr, Number, Table, Time, TimeStep, Value
from cqsim.model.lower import calls, memory
from cqsim.model.lower.names import Scope
from cqsim.model.lower.places import places_of, position_number
from cqsim.model.lower.source import DEEPEST

_ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
_LOGIC = {
    "=": "equal",
    "<>": "unequal",
    "<": "less",
    "<=": "at most",
    ">": "greater",
    ">=": "at least",
    ":AND:": "and",
    ":OR:": "or",
    "and": "and",
    "or": "or",
}

#: A chain of more terms than this is cut into chains of chains.
_LONGEST = 60


def lower(scope: Scope, node: Any) -> Expr:
    """Return the expression that a node of PySD's tree stands for.

    Raises
    ------
    InputFileError
        If it holds something that is not supported: by name, with the line.
    """
    if isinstance(node, (int, float)):
        return _number(scope, float(node))
    kind = type(node).__name__
    handler = _HANDLERS.get(kind)
    if handler is None:
        if kind in memory.HANDLERS:
            return memory.HANDLERS[kind](scope, node, lower)
        what = f"{kind.removesuffix('Structure')} is not supported here"
        raise scope.fault(what, "Write it another way, or use Vensim for this model.")
    return handler(scope, node)


def _number(scope: Scope, value: float) -> Expr:
    if math.isnan(value):
        what = "':NA:' is not supported"
        raise scope.fault(what, "Write a number.")
    if math.isinf(value):
        what = "a number is too large"
        raise scope.fault(what, "Write one below 1e308.")
    return Number(value)


def _arithmetic(scope: Scope, node: Any) -> Expr:
    operators = [operator.lower() for operator in node.operators]
    arguments = [lower(scope, argument) for argument in node.arguments]
    if operators == ["negative"]:
        return fold(Call("negative", (arguments[0],)))
    if operators[0] == "^":
        if len(arguments) > _LONGEST:
            what = f"more than {_LONGEST} powers of powers stand in a row"
            raise scope.fault(what, "Name parts of the expression.")
        result = arguments[-1]
        for left in reversed(arguments[:-1]):
            result = fold(Call("power", (left, result)))
        return result
    return _chain(arguments, [_ARITHMETIC[operator] for operator in operators])


def _chain(arguments: list[Expr], functions: list[str]) -> Expr:
    """Return terms joined from left to right; very long chains as chains of chains."""
    if len(arguments) > _LONGEST:
        return _long_chain(arguments, functions)
    result = arguments[0]
    for function, right in zip(functions, arguments[1:], strict=True):
        result = fold(Call(function, (result, right)))
    return result


def _long_chain(arguments: list[Expr], functions: list[str]) -> Expr:
    """Return a chain cut into parts, each of which stands for itself."""
    joined = "add" if functions[0] in ("add", "subtract") else "multiply"
    parts = []
    for first in range(0, len(arguments), _LONGEST):
        terms = arguments[first : first + _LONGEST]
        if first and functions[first - 1] == "subtract":
            terms[0] = fold(Call("negative", (terms[0],)))
        if first and functions[first - 1] == "divide":
            terms[0] = fold(Call("divide", (Number(1.0), terms[0])))
        parts.append(_chain(terms, functions[first : first + len(terms) - 1]))
    return _chain(parts, [joined] * (len(parts) - 1))


def _logic(scope: Scope, node: Any) -> Expr:
    operators = [operator.strip() for operator in node.operators]
    if len(operators) > _LONGEST:
        what = f"more than {_LONGEST} conditions stand in a row"
        raise scope.fault(what, "Name parts of the expression.")
    arguments = [lower(scope, argument) for argument in node.arguments]
    if operators[0].lower() in (":not:", "not"):
        return Call("not", (arguments[0],))
    result = arguments[0]
    for operator, right in zip(operators, arguments[1:], strict=True):
        name = (
            _LOGIC.get(operator)
            or _LOGIC.get(operator.upper())
            or _LOGIC[operator.lower()]
        )
        result = Call(name, (result, right))
    return result


def _reference(scope: Scope, node: Any) -> Expr:
    name = node.reference
    found = scope.names.find(name)
    if found is None:
        return _builtin(scope, name)
    if found in scope.names.tables:
        what = f"the lookup '{found}' stands without an argument"
        raise scope.fault(what, "Give it one in parentheses.")
    return Value(found, places_of(scope, found, subscripts_of(node)))


def subscripts_of(node: Any) -> list[str]:
    """Return the subscripts of a reference of PySD's."""
    return list(node.subscripts.subscripts) if node.subscripts else []


def _builtin(scope: Scope, name: str) -> Expr:
    if name == "time":
        return Time()
    if name in ("time_step", "dt"):
        return TimeStep()
    position = position_number(scope, name)
    if position is None:
        raise scope.unknown(name)
    return position


def _call(scope: Scope, node: Any) -> Expr:
    name = node.function.reference
    table = scope.names.find(name)
    if table is not None and table in scope.names.tables:
        places = places_of(scope, table, subscripts_of(node.function))
        return Table(table, places, lower(scope, node.arguments[0]))
    return calls.lower_call(scope, name, list(node.arguments), lower)


def _inline_lookup(scope: Scope, node: Any) -> Expr:
    name = memory.add_lookup(scope, node.lookups)
    return Table(name, (), lower(scope, node.argument))


def _game(scope: Scope, node: Any) -> Expr:
    return lower(scope, node.expression)


def fold(call: Call) -> Expr:
    """Return the number that arithmetic on literals comes to, or the call itself."""
    numbers = [a.value for a in call.arguments if isinstance(a, Number)]
    if len(numbers) != len(call.arguments):
        return call
    try:
        value = _FOLDED[call.function](*numbers)
    except (ArithmeticError, KeyError):
        return call
    if isinstance(value, complex) or not math.isfinite(value):
        return call
    return Number(value)


_FOLDED: dict[str, Callable[..., Any]] = {
    "negative": lambda x: -x,
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": lambda x, y: x**y,
}

_HANDLERS: dict[str, Callable[[Scope, Any], Expr]] = {
    "ArithmeticStructure": _arithmetic,
    "LogicStructure": _logic,
    "ReferenceStructure": _reference,
    "CallStructure": _call,
    "InlineLookupsStructure": _inline_lookup,
    "GameStructure": _game,
}

__all__ = ["DEEPEST", "fold", "lower", "subscripts_of"]
