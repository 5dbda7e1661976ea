"""Numbers that decide how many equations there are: the order of a delay.

They are worked out while the model is lowered, from constants that then can't be set.
"""

import math

from cqsim.compile.expr import Number
from cqsim.compile.lower.scope import Scope
from cqsim.language.expression import calculated
from cqsim.language.syntax import (
    Binary,
    Call,
    Expression,
    Reference,
    Unary,
    canonical,
    walk,
)
from cqsim.language.syntax import Number as SyntaxNumber

#: Constants that lead to constants, at most.
_DEEPEST = 20
_CLOCK = {"starttime": "initial time", "stoptime": "final time", "dt": "time step"}


def constant_number(scope: Scope, node: Expression) -> float | None:
    """Return what an expression of constants is through the run; None for others."""
    calls = (canonical(n.function) for n in walk(node) if isinstance(n, Call))
    names = (canonical(n.name) for n in walk(node) if isinstance(n, Reference))
    trees = [scope.tree_of(name) for name in names if name in scope.lowering.axes]
    if "step" in calls or any(t and constant_number(scope, t) is None for t in trees):
        return None
    return start_number(scope, node)


def start_number(scope: Scope, node: Expression, depth: int = 0) -> float | None:
    """Return what an expression of constants is at the start; None for others."""
    if depth > _DEEPEST:
        return None
    match node:
        case SyntaxNumber(value=value):
            return value
        case Unary(operator="-", operand=operand):
            inner = start_number(scope, operand, depth + 1)
            return None if inner is None else -inner
        case Binary(operator=operator, left=left, right=right):
            sides = (start_number(scope, side, depth + 1) for side in (left, right))
            first, second = sides
            if first is None or second is None:
                return None
            return calculated(operator, first, second)
        case Reference(name=name, subscripts=subscripts):
            return _of_name(scope, canonical(name), depth, tuple(map(str, subscripts)))
        case Call():
            return _of_call(scope, node, depth)
        case _:
            return None


def _of_name(
    scope: Scope, name: str, depth: int, place: tuple[str, ...] = ()
) -> float | None:
    if name in scope.values:
        value = scope.values[name]
        return value.value if isinstance(value, Number) else None
    if scope.is_xmile:
        name = _CLOCK.get(name, name)
    tree = scope.tree_of(name, place) if name in scope.lowering.axes else None
    found = None if tree is None else start_number(scope, tree, depth + 1)
    if found is not None:
        scope.lowering.structural.add(scope.lowering.shown[name])
    return found


def _of_call(scope: Scope, node: Call, depth: int) -> float | None:
    named = [canonical(a.name) for a in node.arguments if isinstance(a, Reference)]
    if canonical(node.function) in ("elmcount", "size") and named:
        found = scope.model.ranges.get(named[0])
        return None if found is None else float(len(found.elements))
    given = [start_number(scope, argument, depth + 1) for argument in node.arguments]
    numbers = [number for number in given if number is not None]
    if len(numbers) != len(given) or not numbers:
        return None
    match canonical(node.function):
        case "integer":
            return float(math.trunc(numbers[0]))
        case "int":
            return float(math.floor(numbers[0]))
        case "max":
            return max(numbers)
        case "min":
            return min(numbers)
        case "step" if len(numbers) == 2:
            return _step(scope, numbers[0], numbers[1], depth)
        case _:
            return None


def _step(scope: Scope, height: float, start: float, depth: int) -> float | None:
    """Return a STEP at the start of a run."""
    begin = _of_name(scope, "initial time", depth)
    step = _of_name(scope, "time step", depth)
    if begin is None or step is None:
        return None
    return height if begin + step / 2 > start else 0.0
