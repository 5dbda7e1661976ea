"""Numbers that decide how many equations there are: the order of a delay.

They are worked out while the model is lowered, from constants that then can't be set.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cqsim.compile.expr import Number
from cqsim.compile.lower.scope import Scope
from cqsim.language.expression import folded
from cqsim.language.syntax import Call, Expression, Reference, canonical

#: Constants that lead to constants, at most.
_DEEPEST = 20
_CLOCK = {"starttime": "initial time", "stoptime": "final time", "dt": "time step"}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "integer": lambda x: float(math.trunc(x)),
    "int": lambda x: float(math.floor(x)),
    "max": lambda *numbers: max(numbers),
    "min": lambda *numbers: min(numbers),
}


def constant_number(scope: Scope, node: Expression) -> float | None:
    """Return what an expression of constants is through the run; None for others."""
    return _Evaluation(scope, may_step=False).result(node)


def start_number(scope: Scope, node: Expression) -> float | None:
    """Return what an expression of constants is at the start; None for others."""
    return _Evaluation(scope, may_step=True).result(node)


def clock_number(scope: Scope, name: str) -> float | None:
    """Return a variable of the clock, if it is a constant, which then can't be set."""
    return constant_number(scope, Reference(0, 0, name))


@dataclass
class _Evaluation:
    """The evaluation of an expression, and the constants that it has met."""

    scope: Scope
    may_step: bool
    met: set[str] = field(default_factory=set)
    depth: int = 0

    def result(self, node: Expression) -> float | None:
        found = self._number(node)
        if found is not None:
            self.scope.lowering.structural |= self.met
        return found

    def _number(self, node: Expression) -> float | None:
        if self.depth > _DEEPEST:
            return None
        self.depth += 1
        found = folded(node, self._of)
        self.depth -= 1
        return found

    def _of(self, node: Expression) -> float | None:
        if isinstance(node, Reference):
            place = tuple(map(str, node.subscripts))
            return self._of_name(canonical(node.name), place)
        return self._of_call(node) if isinstance(node, Call) else None

    def _of_name(self, name: str, place: tuple[str, ...] = ()) -> float | None:
        scope = self.scope
        if name in scope.values:
            value = scope.values[name]
            return value.value if isinstance(value, Number) else None
        if scope.is_xmile:
            name = _CLOCK.get(name, name)
        tree = scope.tree_of(name, place) if name in scope.lowering.axes else None
        if tree is None:
            return None
        self.met.add(scope.lowering.shown[name])
        return self._number(tree)

    def _of_call(self, node: Call) -> float | None:
        name = canonical(node.function)
        named = [canonical(a.name) for a in node.arguments if isinstance(a, Reference)]
        if name in ("elmcount", "size") and named:
            found = self.scope.model.ranges.get(named[0])
            return None if found is None else float(len(found.elements))
        given = [self._number(argument) for argument in node.arguments]
        numbers = [number for number in given if number is not None]
        if len(numbers) != len(given) or not numbers:
            return None
        if name == "step" and self.may_step and len(numbers) == 2:
            begin, step = map(self._of_name, ("initial time", "time step"))
            if begin is None or step is None:
                return None
            return numbers[0] if begin + step / 2 > numbers[1] else 0.0
        return _FUNCTIONS[name](*numbers) if name in _FUNCTIONS else None
