"""Between which values an expression stays, by interval arithmetic.

A variable's declared range is believed, and its equation followed, with constants at
the values that the model gives them. A stock without a range is taken to be
non-negative, as what exists is. Where a smooth or delay feeds back on itself, it is
non-negative if that follows from its having been so a moment before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import exp, inf, isnan, log, sqrt

from cqsim.language.syntax import (
    ArrayLiteral,
    Binary,
    Call,
    Expression,
    LookupTable,
    Number,
    Reference,
    Unary,
    canonical,
)
from cqsim.model.model import Variable


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and the highest value."""

    low: float
    high: float

    @property
    def sign(self) -> str:
        """`+` if never negative, `-` if never positive, else `?`."""
        if self.low >= 0:
            return "+"
        return "-" if self.high <= 0 else "?"


ANYTHING = Bounds(-inf, inf)
NON_NEGATIVE = Bounds(0.0, inf)
TRUTH = Bounds(0.0, 1.0)

_TRUTHS = {"=", "<>", "<", ">", "<=", ">=", ":AND:", ":OR:"}
# Functions that stay within what their first argument is.
_OF_FIRST = {
    "integ", "initial", "active initial", "smooth", "smooth3", "smoothi", "smooth3i",
    "delay1", "delay3", "delay1i", "delay3i", "delay n", "smooth n", "delay fixed",
    "vmin", "vmax", "sample if true",
}  # fmt: skip


class BoundsOfModel:
    """The bounds of expressions over the variables of one model."""

    def __init__(self, variables: Mapping[str, Variable]) -> None:
        self._variables = variables
        self._known: dict[str, Bounds] = {}
        self._open: set[str] = set()
        self._assumed: set[str] = set()
        self._refuted: set[str] = set()
        self._settle()

    def _settle(self) -> None:
        """Work out every variable, until no assumption is refuted by its own result."""
        while True:
            self._known.clear()
            self._assumed.clear()
            for key in self._variables:
                self.of_variable(key)
            wrong = {key for key in self._assumed if self._known[key].low < 0}
            if not wrong:
                return
            self._refuted |= wrong

    def of(self, node: Expression) -> Bounds:
        """Return the bounds of an expression."""
        match node:
            case Number(value=value):
                return Bounds(value, value)
            case ArrayLiteral(rows=rows):
                flat = [value for row in rows for value in row]
                return Bounds(min(flat), max(flat))
            case LookupTable(points=points):
                return Bounds(min(y for _, y in points), max(y for _, y in points))
            case Reference(name=name):
                return self.of_variable(canonical(name))
            case Unary(operator=operator, operand=operand):
                inner = self.of(operand)
                return TRUTH if operator != "-" else Bounds(-inner.high, -inner.low)
            case Binary(operator=operator):
                return TRUTH if operator in _TRUTHS else self._operation(node)
            case Call():
                return self._call(node)
            case _:
                return ANYTHING

    def of_variable(self, key: str) -> Bounds:
        """Return the bounds of a variable: its range, or what its equations give."""
        variable = self._variables.get(key)
        if variable is None:
            return NON_NEGATIVE if key == "time" else ANYTHING
        if key in self._known:
            return self._known[key]
        if key in self._open:
            if key in self._refuted:
                return ANYTHING
            self._assumed.add(key)
            return NON_NEGATIVE
        self._open.add(key)
        self._known[key] = self._worked_out(variable)
        self._open.remove(key)
        return self._known[key]

    def _declared(self, variable: Variable) -> Bounds:
        low = variable.low if variable.low is not None else -inf
        high = variable.high if variable.high is not None else inf
        if variable.kind == "stock" and variable.low is None:
            low = 0.0
        return Bounds(low, high)

    def _worked_out(self, variable: Variable) -> Bounds:
        declared = self._declared(variable)
        if variable.kind == "stock":
            return declared
        trees = [e.tree for e in variable.equations if e.tree is not None]
        inferred = reduce(_either, map(self.of, trees)) if trees else ANYTHING
        low = max(declared.low, inferred.low)
        return Bounds(low, max(low, min(declared.high, inferred.high)))

    def _operation(self, node: Binary) -> Bounds:
        left, right = self.of(node.left), self.of(node.right)
        if node.operator == "+":
            return Bounds(left.low + right.low, left.high + right.high)
        if node.operator == "-":
            return Bounds(left.low - right.high, left.high - right.low)
        if node.operator == "*":
            return _times(left, right)
        if node.operator == "/":
            return _times(left, _inverse(right))
        return NON_NEGATIVE if is_of_one_sign(node, left) else ANYTHING

    def _call(self, node: Call) -> Bounds:
        name = canonical(node.function)
        if name in self._variables:
            return self.of_variable(name)
        inner = [self.of(argument) for argument in node.arguments]
        if name in _FUNCTIONS and inner:
            return _FUNCTIONS[name](inner)
        return inner[0] if name in _OF_FIRST and inner else ANYTHING


def is_of_one_sign(power: Binary, base: Bounds) -> bool:
    """Whether a power is never negative.

    A base under an exponent that is not a whole number is taken to be non-negative:
    otherwise the power has no value.
    """
    exponent = power.right
    is_whole = isinstance(exponent, Number) and exponent.value == int(exponent.value)
    return base.low >= 0 or not is_whole


def _either(a: Bounds, b: Bounds) -> Bounds:
    return Bounds(min(a.low, b.low), max(a.high, b.high))


def _times(a: Bounds, b: Bounds) -> Bounds:
    ends = [x * y for x, y in product((a.low, a.high), (b.low, b.high))]
    # Nought times infinity is the limit of noughts.
    finite = [0.0 if isnan(end) else end for end in ends]
    return Bounds(min(finite), max(finite))


def _inverse(a: Bounds) -> Bounds:
    """Return the bounds of 1 / a; a divisor of one sign is taken to be never nought."""
    if a.low >= 0:
        return Bounds(1 / a.high if a.high else 0.0, 1 / a.low if a.low else inf)
    if a.high <= 0:
        return Bounds(1 / a.high if a.high else -inf, 1 / a.low)
    return ANYTHING


def _summed(inner: list[Bounds]) -> Bounds:
    """Return the bounds of a sum over elements, of which there may be many."""
    first = inner[0]
    return Bounds(-inf if first.low < 0 else first.low, inf if first.high > 0 else 0.0)


def _over(inner: list[Bounds]) -> Bounds:
    """Return the bounds of ZIDZ and XIDZ."""
    quotient = _times(inner[0], _inverse(inner[1]))
    return _either(quotient, inner[2] if len(inner) > 2 else Bounds(0.0, 0.0))


def _exp(inner: list[Bounds]) -> Bounds:
    def end(value: float) -> float:
        return inf if value > 700 else exp(value)

    return Bounds(end(inner[0].low), end(inner[0].high))


def _ln(inner: list[Bounds]) -> Bounds:
    low, high = inner[0].low, inner[0].high
    return Bounds(log(low) if low > 0 else -inf, log(high) if 0 < high < inf else inf)


_FUNCTIONS: dict[str, Callable[[list[Bounds]], Bounds]] = {
    "max": lambda i: Bounds(max(b.low for b in i), max(b.high for b in i)),
    "min": lambda i: Bounds(min(b.low for b in i), min(b.high for b in i)),
    "if then else": lambda i: reduce(_either, i[1:], i[-1]),
    "with lookup": lambda i: i[-1],
    "sum": _summed,
    "zidz": _over,
    "xidz": _over,
    "exp": _exp,
    "ln": _ln,
    "sqrt": lambda i: Bounds(sqrt(max(i[0].low, 0.0)), inf),
    "abs": lambda _: NON_NEGATIVE,
    "step": lambda i: _either(i[0], Bounds(0.0, 0.0)),
    "pulse": lambda _: TRUTH,
}
