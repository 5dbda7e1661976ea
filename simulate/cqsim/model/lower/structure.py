"""Numbers that decide how many equations there are: the order of a delay.

They are worked out while the model is read, from constants that then can't be set.
"""

from collections.abc import Callable
from typing import Any

from cqsim.model.lower.names import Scope
from cqsim.model.lower.source import key_of

_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
}


def start_number(scope: Scope, node: Any, depth: int = 0) -> float | None:
    """Return what an expression is at the start of a run; None if it can't be told."""
    if isinstance(node, (int, float)):
        return float(node)
    if depth > 20:
        return None
    kind = type(node).__name__
    if kind == "ReferenceStructure":
        return _constant(scope, node, depth)
    if kind == "ArithmeticStructure" and set(node.operators) <= set(_OPERATIONS):
        parts = [
            start_number(scope, argument, depth + 1) for argument in node.arguments
        ]
        return _joined(parts, node.operators)
    if kind == "CallStructure" and node.function.reference == "step":
        parts = [
            start_number(scope, argument, depth + 1) for argument in node.arguments
        ]
        return _step(scope, parts, depth)
    return None


def _joined(parts: list[float | None], operators: list[str]) -> float | None:
    total = parts[0]
    for operator, part in zip(operators, parts[1:], strict=True):
        if total is None or part is None:
            return None
        total = _OPERATIONS[operator](total, part)
    return total


def _constant(scope: Scope, node: Any, depth: int) -> float | None:
    names = scope.names
    name = names.find(node.reference)
    element = names.written.get(name or "")
    if name is None or element is None or names.axes[name]:
        return None
    found = start_number(scope, element.components[0].ast, depth + 1)
    if found is not None:
        names.structural.add(name)
    return found


def _step(scope: Scope, parts: list[float | None], depth: int) -> float | None:
    """Return a STEP at the start of a run."""
    clock = []
    for control in ("initial_time", "time_step"):
        name = scope.names.find(control)
        element = scope.names.written.get(name or "")
        ast = element.components[0].ast if element else None
        clock.append(start_number(scope, ast, depth + 1))
        scope.names.structural.add(name or key_of(control))
    if None in parts or None in clock or len(parts) != 2:
        return None
    height, start = (float(part or 0.0) for part in parts)
    begin, step = (float(part or 0.0) for part in clock)
    return height if begin + step / 2 > start else 0.0
