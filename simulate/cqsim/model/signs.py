"""Which way an equation's result moves when one of its variables rises.

The sign of the partial derivative, by rules over the tree: `+`, `-`, `0` where the
variable does not stand in the expression, `?` where the rules cannot say.
"""

from collections.abc import Mapping
from functools import reduce
from itertools import pairwise

from cqsim.language.syntax import (
    Binary,
    Call,
    Expression,
    LookupTable,
    Reference,
    Unary,
    canonical,
)
from cqsim.model.bounds import BoundsOfModel, is_of_one_sign
from cqsim.model.model import Variable

# Functions that rise with their first argument. What stands after it is a time or an
# initial value: a time has no sign, an initial value closes no loop.
_RISING = {
    "integ", "sum", "vmin", "vmax", "exp", "ln", "sqrt", "integer", "active initial",
    "smooth", "smooth3", "smoothi", "smooth3i", "smooth n", "delay1", "delay3",
    "delay1i", "delay3i", "delay n", "delay fixed", "sample if true", "step",
    "log", "arctan", "tanh", "sinh", "quantum",
}  # fmt: skip
# Of these, the arguments that only say where the stock inside them starts.
INITIAL_ARGUMENTS = {
    "integ": 1, "initial": 0, "active initial": 1, "smoothi": 2, "smooth3i": 2,
    "delay1i": 2, "delay3i": 2, "delay n": 2, "smooth n": 2, "delay fixed": 2,
}  # fmt: skip


class SignsOfModel:
    """The signs of the links between the variables of one model."""

    def __init__(self, variables: Mapping[str, Variable]) -> None:
        self._variables = variables
        self._bounds = BoundsOfModel(variables)

    def link(self, cause: str, effect: str) -> str:
        """Return the sign of the link between two variables."""
        trees = [e.tree for e in self._variables[canonical(effect)].equations]
        key = canonical(cause)
        signs = [self._of(tree, key) for tree in trees if tree is not None]
        return reduce(together, signs, "0")

    def _of(self, node: Expression, key: str) -> str:
        match node:
            case Reference(name=name):
                return "+" if canonical(name) == key else "0"
            case Unary(operand=operand):
                return opposite(self._of(operand, key))
            case Binary():
                return self._operation(node, key)
            case Call():
                return self._call(node, key)
            case _:
                return "0"

    def _operation(self, node: Binary, key: str) -> str:
        left, right = self._of(node.left, key), self._of(node.right, key)
        if left == right == "0":
            return "0"
        match node.operator:
            case "+":
                return together(left, right)
            case "-":
                return together(left, opposite(right))
            case "*":
                return self._product(node.left, node.right, left, right)
            case "/":
                return self._quotient(node.left, node.right, left, right, key)
            case "^":
                return self._power(node, left, right)
            case _:
                return "?"

    def _product(self, a: Expression, b: Expression, left: str, right: str) -> str:
        of_left = times(left, self._bounds.of(b).sign)
        return together(of_left, times(right, self._bounds.of(a).sign))

    def _quotient(
        self, a: Expression, b: Expression, left: str, right: str, key: str
    ) -> str:
        share = self._share(a, b, left, key)
        if share is not None:
            return share
        above = times(left, self._bounds.of(b).sign)
        return together(above, times(opposite(right), self._bounds.of(a).sign))

    def _share(self, a: Expression, b: Expression, left: str, key: str) -> str | None:
        """Return the sign of x / (x + rest): a share rises with its own part."""
        terms = _terms(b)
        if a not in terms or len(terms) < 2:
            return None
        rest = [term for term in terms if term != a]
        if any(self._of(term, key) != "0" for term in rest):
            return None
        positive = all(self._bounds.of(term).sign == "+" for term in [a, *rest])
        return left if positive else None

    def _power(self, node: Binary, left: str, right: str) -> str:
        base, exponent = self._bounds.of(node.left), self._bounds.of(node.right)
        if left != "0" and not is_of_one_sign(node, base):
            return "?"
        of_exponent = "+" if base.low >= 1 else "-" if base.high <= 1 else "?"
        return together(times(left, exponent.sign), times(right, of_exponent))

    def _call(self, node: Call, key: str) -> str:
        name = canonical(node.function)
        inner = [self._of(argument, key) for argument in node.arguments]
        skipped = INITIAL_ARGUMENTS.get(name)
        moved = [s for i, s in enumerate(inner) if i != skipped]
        if name in self._variables:
            slope = self._slope(self._variables[name])
            return times(inner[0], slope) if name != key and inner else "?"
        if all(sign == "0" for sign in moved):
            return "0"
        if name in _RISING:
            return inner[0] if set(moved[1:]) <= {"0"} else "?"
        if name in ("max", "min"):
            return reduce(together, inner)
        return self._special(name, node, inner)

    def _special(self, name: str, node: Call, inner: list[str]) -> str:
        if name == "if then else" and inner[0] == "0":
            return together(inner[1], inner[2])
        if name == "with lookup" and isinstance(node.arguments[1], LookupTable):
            return times(inner[0], slope_of(node.arguments[1]))
        if name in ("zidz", "xidz"):
            a, b = node.arguments[:2]
            above = times(inner[0], self._bounds.of(b).sign)
            below = times(opposite(inner[1]), self._bounds.of(a).sign)
            return reduce(together, inner[2:], together(above, below))
        return "?"

    def _slope(self, lookup: Variable) -> str:
        """Return which way a lookup goes; `?` if its points are in a file."""
        tables = [e.tree for e in lookup.equations if isinstance(e.tree, LookupTable)]
        if len(tables) < len(lookup.equations):
            return "?"
        return reduce(together, map(slope_of, tables), "0")


def slope_of(table: LookupTable) -> str:
    """Return `+` for a lookup that never falls, `-` for one that never rises."""
    heights = [y for _, y in sorted(table.points)]
    steps = [b - a for a, b in pairwise(heights)]
    if all(step == 0 for step in steps):
        return "0"
    if all(step >= 0 for step in steps):
        return "+"
    return "-" if all(step <= 0 for step in steps) else "?"


def together(a: str, b: str) -> str:
    """Return the sign of a sum of two effects."""
    if a == "0" or b == "0":
        return b if a == "0" else a
    return a if a == b else "?"


def times(a: str, b: str) -> str:
    """Return the sign of a product of two factors."""
    if a == "0" or b == "0":
        return "0"
    if a == "?" or b == "?":
        return "?"
    return "+" if a == b else "-"


def opposite(sign: str) -> str:
    """Return the other sign; `0` and `?` have none."""
    return {"+": "-", "-": "+"}.get(sign, sign)


def _terms(node: Expression) -> list[Expression]:
    """Return the terms of a sum."""
    if isinstance(node, Binary) and node.operator == "+":
        return [*_terms(node.left), *_terms(node.right)]
    return [node]
