"""Which way a variable moves when one of its causes rises, and where it stays.

The polarity of a link is the sign of the partial derivative: `+`, `-`, `0` where the
cause does not stand in the equation, `?` where the rules cannot say. A slope is an
interval, too: all numbers of its sign. It needs the interval that each factor stays in.
A variable's declared range is believed, and its equations followed, with constants at
the values that the model gives them. A stock without a range is taken to be
non-negative, as what exists is. Where a smooth or delay feeds back on itself, it is
non-negative if that follows from its having been so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise, product
from math import exp, inf, isnan, log
from operator import mul

from cqsim.language.builtins import Builtin
from cqsim.language.expression import folded
from cqsim.language.syntax import (
    ArrayLiteral,
    Binary,
    Call,
    Expression,
    LookupTable,
    Number,
    Reference,
    Unary,
    bottom_up,
    canonical,
    names_in,
    terms_of,
)
from cqsim.model.graph import components, function_of
from cqsim.model.model import Model, Variable


@dataclass(frozen=True, slots=True)
class Interval:
    """The lowest and the highest value."""

    low: float = -inf
    high: float = inf

    @property
    def sign(self) -> str:
        """`+` if never negative, `-` if never positive, else `?`."""
        if self.low >= 0:
            return "+"
        return "-" if self.high <= 0 else "?"

    @property
    def way(self) -> "Interval":
        """All that has the sign of this."""
        return WAYS[self.sign]

    def __or__(self, other: "Interval") -> "Interval":
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def __add__(self, other: "Interval") -> "Interval":
        return Interval(self.low + other.low, self.high + other.high)

    def __neg__(self) -> "Interval":
        return Interval(-self.high, -self.low)

    def __sub__(self, other: "Interval") -> "Interval":
        return self + -other

    def __mul__(self, other: "Interval") -> "Interval":
        pairs = product((self.low, self.high), (other.low, other.high))
        # Nought times infinity is the limit of noughts.
        ends = [0.0 if isnan(x * y) else x * y for x, y in pairs]
        return Interval(min(ends), max(ends))

    def __truediv__(self, other: "Interval") -> "Interval":
        """Return the quotient; a divisor of one sign is taken to be never nought."""
        if other.sign == "?":
            return ANYTHING
        if other.sign == "-":
            return -self / -other
        low = 1 / other.high if other.high else 0.0
        return self * Interval(low, 1 / other.low if other.low else inf)

    def within(self, other: "Interval") -> "Interval":
        """Return the part that lies in another interval; the nearest end of that."""
        low = max(self.low, other.low)
        return Interval(low, max(low, min(self.high, other.high)))


ANYTHING = Interval()
NOUGHT = Interval(0.0, 0.0)
NON_NEGATIVE = UP = Interval(0.0, inf)
DOWN = -UP
TRUTH = Interval(0.0, 1.0)

#: Where a slope stays of which only the sign is known.
WAYS = {"+": UP, "-": DOWN, "0": NOUGHT, "?": ANYTHING}


_QUOTIENTS = ("zidz", "xidz", "xmile safediv")
_OPERATIONS = {
    "+": Interval.__add__,
    "-": Interval.__sub__,
    "*": Interval.__mul__,
    "/": Interval.__truediv__,
}
#: How often the intervals of a circle are narrowed; each time, they hold.
_NARROWINGS = 3


class Polarity:
    """The signs of the links between the variables of a model."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def link(self, cause: str, effect: str) -> str:
        """Return the sign of the link between two variables."""
        key = canonical(cause)
        trees = self._model.variables[canonical(effect)].trees
        slope = sum((self._slope(tree, key) for tree in trees), NOUGHT)
        return "0" if slope == NOUGHT else slope.sign

    @cached_property
    def intervals(self) -> Mapping[str, Interval]:
        """Where each variable stays, by canonical name."""
        variables = self._model.variables
        found: dict[str, Interval] = {"time": NON_NEGATIVE}
        causes = {key: _causes(variable) for key, variable in variables.items()}
        for circle in components(causes):
            wrong = [key for key in circle if len(circle) > 1 or key in causes[key]]
            for key in wrong:
                found[key] = NON_NEGATIVE.within(_declared(variables[key]))
            while wrong:
                wrong = [k for k in circle if self._stays(k, found).low < found[k].low]
                for key in wrong:
                    found[key] = _declared(variables[key])
            for key in circle * (_NARROWINGS if len(circle) > 1 else 1):
                found[key] = self._stays(key, found)
        return found

    def _stays(self, key: str, known: Mapping[str, Interval]) -> Interval:
        """Return where a variable stays while the others stay where that is known."""
        variable = self._model.variables[key]
        declared = _declared(variable)
        if variable.kind == "stock" or not variable.trees:
            return declared
        inferred = [self._within(tree, known)[id(tree)] for tree in variable.trees]
        return reduce(Interval.__or__, inferred).within(declared)

    def _within(
        self, tree: Expression, known: Mapping[str, Interval]
    ) -> dict[int, Interval]:
        """Return where each part of an expression stays, by `id`."""

        def interval(node: Expression, inner: Sequence[Interval]) -> Interval:
            match node:
                case Call():
                    return self._called(node, inner, known)
                case Reference(name=name):
                    return known.get(canonical(name), ANYTHING)
                case Unary(operator="-"):
                    return -inner[0]
                case Binary(operator="^", right=exponent):
                    return _power(exponent, inner[0])
                case Binary(operator=operator) if operator in _OPERATIONS:
                    return _OPERATIONS[operator](*inner)
                case Unary() | Binary():
                    return TRUTH
                case _:
                    return _of_data(node)

        return bottom_up(tree, interval)

    def _called(
        self, node: Call, inner: Sequence[Interval], known: Mapping[str, Interval]
    ) -> Interval:
        row = function_of(node, self._model)
        if row is None:
            return known.get(canonical(node.function), ANYTHING)
        if row.name in _QUOTIENTS:
            return reduce(Interval.__or__, inner[2:] or [NOUGHT], inner[0] / inner[1])
        if row.name in ("min", "max") and len(inner) > 1:
            choose = min if row.name == "min" else max
            return Interval(choose(i.low for i in inner), choose(i.high for i in inner))
        if row.name == "with lookup":
            return inner[1]
        if row.name == "power":
            return _power(node.arguments[1], inner[0])
        if row.name in ("exp", "ln"):
            return Interval(_at(row.name, inner[0].low), _at(row.name, inner[0].high))
        return _stated(row, inner)

    def _slope(self, tree: Expression, key: str) -> Interval:
        """Return which way an expression moves with a variable."""
        within = self._within(tree, self.intervals)
        slopes: dict[int, Interval] = {}

        def slope(node: Expression, inner: Sequence[Interval]) -> Interval:
            if isinstance(node, Reference):
                found = UP if canonical(node.name) == key else NOUGHT
            elif isinstance(node, Call):
                found = self._of_call(node, key, inner, within)
            elif all(part == NOUGHT for part in inner):
                found = NOUGHT
            elif isinstance(node, Binary):
                found = _of_operation(node, inner, slopes, within)
            else:
                found = -inner[0]
            slopes[id(node)] = found
            return found

        return bottom_up(tree, slope)[id(tree)]

    def _of_call(
        self,
        node: Call,
        key: str,
        inner: Sequence[Interval],
        within: Mapping[int, Interval],
    ) -> Interval:
        row = function_of(node, self._model)
        if row is None:
            return self._of_lookup(canonical(node.function), key, inner)
        at = [within[id(argument)] for argument in node.arguments]
        if row.name in _QUOTIENTS:
            return sum(inner[2:], _of_quotient(inner, at))
        if row.name == "power":
            return _of_power(node.arguments[1], inner, at)
        if row.name == "with lookup" and isinstance(node.arguments[1], LookupTable):
            return inner[0] * slope_of(node.arguments[1])
        ways = (WAYS[row.direction_of(n)] for n in range(len(inner)))
        return sum(map(mul, inner, ways), NOUGHT)

    def _of_lookup(self, name: str, key: str, inner: Sequence[Interval]) -> Interval:
        """Return how a call of a lookup moves, or of a macro, which is not known."""
        table = self._model.variables.get(name)
        if table is not None and inner and name != key:
            tables = [tree for tree in table.trees if isinstance(tree, LookupTable)]
            # The points of one may be in a file.
            is_known = len(tables) == len(table.equations)
            slope = sum(map(slope_of, tables), NOUGHT) if is_known else ANYTHING
            return inner[0] * slope
        is_still = table is None and all(part == NOUGHT for part in inner)
        return NOUGHT if is_still else ANYTHING


def _causes(variable: Variable) -> tuple[str, ...]:
    """Return what the interval of a variable follows from, in one order always."""
    if variable.kind == "stock":
        return ()
    names = (canonical(name) for tree in variable.trees for name in names_in(tree))
    return tuple(dict.fromkeys(names))


def _declared(variable: Variable) -> Interval:
    low, high = variable.low, variable.high
    if low is None:
        low = 0.0 if variable.kind == "stock" else -inf
    return Interval(low, inf if high is None else high)


def _of_data(node: Expression) -> Interval:
    match node:
        case Number(value=value):
            return Interval(value, value)
        case ArrayLiteral(rows=rows):
            flat = [value for row in rows for value in row]
        case LookupTable(points=points):
            flat = [y for _, y in points]
        case _:
            return ANYTHING
    return Interval(min(flat), max(flat))


def _power(exponent: Expression, base: Interval) -> Interval:
    return NON_NEGATIVE if _is_never_negative(exponent, base) else ANYTHING


def _is_never_negative(exponent: Expression, base: Interval) -> bool:
    """Whether a power is never negative.

    A base under an exponent that is not a whole number is taken to be non-negative:
    otherwise the power has no value.
    """
    value = folded(exponent)
    return base.low >= 0 or value is None or value != int(value)


def _at(function: str, value: float) -> float:
    """Return what a rising function is at one end of an interval."""
    if function == "exp":
        return exp(value) if value < 700 else inf
    return log(value) if value > 0 else -inf


def _stated(row: Builtin, inner: Sequence[Interval]) -> Interval:
    """Return the interval that the table of functions states."""
    if "," in row.interval:
        return Interval(*map(float, row.interval.split(",")))
    if not row.interval or not inner:
        return ANYTHING
    parts = [i for n, i in enumerate(inner) if row.unit_of(n) == "x"] or inner[:1]
    reach = reduce(Interval.__or__, parts)
    if row.interval == "0x":
        return reach | NOUGHT
    if row.interval == "sign":
        return Interval(-inf if reach.low < 0 else 0.0, inf if reach.high > 0 else 0.0)
    return reach


def _of_operation(
    node: Binary,
    inner: Sequence[Interval],
    slopes: Mapping[int, Interval],
    within: Mapping[int, Interval],
) -> Interval:
    left, right = inner
    at = within[id(node.left)], within[id(node.right)]
    match node.operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * at[1].way + right * at[0].way
        case "/":
            is_share = _is_share(node, slopes, within)
            return left if is_share else _of_quotient(inner, at)
        case "^":
            return _of_power(node.right, inner, at)
        case _:
            return ANYTHING


def _of_quotient(inner: Sequence[Interval], at: Sequence[Interval]) -> Interval:
    return inner[0] * at[1].way - inner[1] * at[0].way


def _is_share(
    node: Binary, slopes: Mapping[int, Interval], within: Mapping[int, Interval]
) -> bool:
    """Whether a quotient is x / (x + rest): a share rises with its own part."""
    terms = terms_of(node.right, "+")
    rest = [term for term in terms if term != node.left]
    if not 0 < len(rest) < len(terms) or any(slopes[id(t)] != NOUGHT for t in rest):
        return False
    return all(within[id(term)].sign == "+" for term in (node.left, *rest))


def _of_power(
    exponent: Expression, inner: Sequence[Interval], at: Sequence[Interval]
) -> Interval:
    base, over = at
    if inner[0] != NOUGHT and not _is_never_negative(exponent, base):
        return ANYTHING
    of_exponent = UP if base.low >= 1 else DOWN if base.high <= 1 else ANYTHING
    return inner[0] * over.way + inner[1] * of_exponent


def slope_of(table: LookupTable) -> Interval:
    """Return which way a lookup goes: up if it never falls, down if it never rises."""
    heights = [y for _, y in sorted(table.points)]
    return sum((UP if b > a else DOWN for a, b in pairwise(heights) if a != b), NOUGHT)
