"""Each function of a model, and a lookup, as LLVM instructions on lanes.

Selects stand instead of branches and searches. A curve is stored as the x of its
points, their y, and the slope after each, as `schedule.curve_rows` lays them; every way
of interpolation reads the same rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from cqsim.compile.expr import EXTERNAL, Interpolation
from cqsim.llvm.builder import Arithmetic, Operand

#: Lookups with more points than this are gone through in a loop.
_UNROLLED = 16

#: What Vensim calls :NA:, the value of what has none.
MISSING = -(2.0**109)

_X, _Y, _SLOPE = range(3)


@dataclass(frozen=True, slots=True)
class CurveReader:
    """The reading of one curve.

    Attributes
    ----------
    stored
        Gives the number in a row of the curve, counted from its first.
    points
        How many points the curve has room for.
    """

    a: Arithmetic
    stored: Callable[[str], str]
    points: int
    interpolation: Interpolation

    def read(self, x: str) -> str:
        """Return the value of the curve at x."""
        a = self.a
        left, low, slope = (self._point(part, "0") for part in (_X, _Y, _SLOPE))
        if self.interpolation == "exact":
            low = a.select(a.compare("oeq", x, left), low, a.number(MISSING))
        if self.interpolation == "linear":
            right = self._point(_X, str(self.points - 1))
            x = a.select(a.compare("olt", x, left), left, x)
            x = a.select(a.compare("ogt", x, right), right, x)
        at, value, slope = self._last_passed(x, [left, low, slope])
        if self.interpolation in ("step", "next", "exact"):
            return a.select(a.compare("uno", x, x), x, value)
        return a.add(value, a.multiply(slope, a.subtract(x, at)))

    def _point(self, part: int, number: str) -> str:
        row = self.a.to.pure(f"add nsw i64 {number}, {part * self.points}")
        return self.stored(row)

    def _last_passed(self, x: str, values: list[str]) -> list[str]:
        """Return the x, y and slope of the last point that x has passed."""
        a = self.a
        if self.points <= _UNROLLED:
            for number in range(1, self.points):
                values = self._passed(x, str(number), values)
            return values

        def iteration(counter: str, inner: list[Operand]) -> list[Operand]:
            number = a.to.pure(f"add nuw nsw i64 {counter}, 1")
            return [
                a.result(text)
                for text in self._passed(x, number, [part.text for part in inner])
            ]

        carried = [a.result(value) for value in values]
        found = a.to.loop(self.points - 1, carried, a.type, iteration)
        return [operand.text for operand in found]

    def _passed(self, x: str, number: str, values: list[str]) -> list[str]:
        """Return the values of a point if x has passed it, else those before."""
        a = self.a
        edge = self._point(_X, number)
        if self.interpolation == "next":
            # Beyond the point before, the value is already that of this one.
            before = a.to.pure(f"add nsw i64 {number}, -1")
            beyond = a.compare("ogt", x, self._point(_X, before))
        elif self.interpolation == "exact":
            beyond = a.compare("oeq", x, edge)
        else:
            beyond = a.compare("oge", x, edge)
        there = (edge, self._point(_Y, number), self._point(_SLOPE, number))
        return [a.select(beyond, n, o) for n, o in zip(there, values, strict=True)]


#: What Vensim's help calls zero.
SMALL = 1e-6

#: Vensim's numbers of the profiles that are supported.
RECTANGULAR, TRIANGULAR, NORMAL, EXPONENTIAL = 1.0, 2.0, 3.0, 4.0

_NAN = float("nan")


Intrinsic = Callable[[Arithmetic, list[Operand]], Operand]


def _plain(method: str) -> Intrinsic:
    def emit(a: Arithmetic, x: list[Operand]) -> Operand:
        texts = [a.number_of(operand) for operand in x]
        return a.result(getattr(a, method)(*texts))

    return emit


def _called(name: str, llvm: bool = False) -> Intrinsic:
    def emit(a: Arithmetic, x: list[Operand]) -> Operand:
        texts = [a.number_of(operand) for operand in x]
        return a.result((a.function if llvm else a.call_kernel)(name, *texts))

    return emit


def _relation(name: str) -> Intrinsic:
    def emit(a: Arithmetic, x: list[Operand]) -> Operand:
        return a.result(a.compare(name, *(a.number_of(o) for o in x)), truth=True)

    return emit


def _logic(name: str) -> Intrinsic:
    def emit(a: Arithmetic, x: list[Operand]) -> Operand:
        return a.result(a.logic(name, *(a.truth_of(o) for o in x)), truth=True)

    return emit


def _not(a: Arithmetic, x: list[Operand]) -> Operand:
    return a.result(a.inverse(a.truth_of(x[0])), truth=True)


def _if(a: Arithmetic, x: list[Operand]) -> Operand:
    condition = a.truth_of(x[0])
    return a.result(a.select(condition, a.number_of(x[1]), a.number_of(x[2])))


def _extreme(relation: str) -> Intrinsic:
    """Return minimum or maximum; NaN in either gives NaN."""

    def emit(a: Arithmetic, x: list[Operand]) -> Operand:
        first, second = x
        if second.value is not None:
            # A literal is no NaN; with it first, one select lets a NaN through.
            first, second = second, first
        left, right = a.number_of(first), a.number_of(second)
        chosen = a.select(a.compare(relation, left, right), left, right)
        if first.value is None:
            none = a.compare("uno", left, left)
            chosen = a.select(none, left, chosen)
        return a.result(chosen)

    return emit


def _power(a: Arithmetic, x: list[Operand]) -> Operand:
    base, exponent = a.number_of(x[0]), a.number_of(x[1])
    count = x[1].value
    if count is not None and count in (1.0, 2.0, 3.0, 4.0):
        square = a.multiply(base, base) if count > 1 else base
        if count == 3.0:
            square = a.multiply(square, base)
        if count == 4.0:
            square = a.multiply(square, square)
        return a.result(square)
    if count == -1.0:
        return a.result(a.divide(a.number(1.0), base))
    return a.result(a.call_kernel("power", base, exponent))


def _divide_or_else(a: Arithmetic, x: list[Operand]) -> Operand:
    above, below, otherwise = (a.number_of(operand) for operand in x)
    none = a.compare("olt", a.function("fabs", below), a.number(SMALL))
    safe = a.select(none, a.number(1.0), below)
    return a.result(a.select(none, otherwise, a.divide(above, safe)))


def demand(a: Arithmetic, x: list[Operand]) -> Operand:
    """Return how much of a quantity is still asked for at a distance from its priority.

    `x` holds the quantity, its profile, its priority less the price, and the width of
    the profile. Of no width, or with no such profile, nothing is known.
    """
    quantity, profile, distance, width = (a.number_of(operand) for operand in x)
    zero, one = a.number(0.0), a.number(1.0)
    wide = a.compare("ogt", width, zero)
    z = a.divide(distance, a.select(wide, width, a.number(_NAN)))
    tail = _tail(a, profile, a.function("fabs", z))
    upper = a.subtract(one, tail)
    share = a.select(a.compare("olt", z, zero), tail, upper)
    asked = a.multiply(quantity, share)
    return a.result(a.select(a.compare("oeq", quantity, zero), zero, asked))


def _tail(a: Arithmetic, profile: str, size: str) -> str:
    """Return the share beyond some widths from the middle of a profile."""
    half, nothing = a.number(0.5), a.number(_NAN)
    left = a.subtract(half, size)
    left = a.select(a.compare("olt", left, a.number(0.0)), a.number(0.0), left)
    square = a.multiply(left, left)
    falling = a.call_kernel("exp", a.negative(size))
    tails = {
        RECTANGULAR: left,
        TRIANGULAR: a.add(square, square),
        EXPONENTIAL: a.multiply(half, falling),
    }
    tail = nothing
    for shape, value in tails.items():
        tail = a.select(a.compare("oeq", profile, a.number(shape)), value, tail)
    bell = a.compare("oeq", profile, a.number(NORMAL))
    far = a.divide(size, a.number(sqrt(2.0)))
    found = a.slow_path(bell, a.number(0.0), "erfc", far)
    return a.select(bell, a.multiply(half, found), tail)


INTRINSICS: dict[str, Intrinsic] = {
    "add": _plain("add"),
    "subtract": _plain("subtract"),
    "multiply": _plain("multiply"),
    "divide": _plain("divide"),
    "negative": _plain("negative"),
    "power": _power,
    "if": _if,
    "minimum": _extreme("olt"),
    "maximum": _extreme("ogt"),
    "absolute": _called("fabs", llvm=True),
    "sqrt": _called("sqrt", llvm=True),
    "truncate": _called("trunc", llvm=True),
    "floor": _called("floor", llvm=True),
    "exp": _called("exp"),
    "log": _called("log"),
    "sin": _called("sine"),
    "cos": _called("cosine"),
    "tan": _called("lanes_tan"),
    "arcsin": _called("lanes_asin"),
    "arccos": _called("lanes_acos"),
    "arctan": _called("lanes_atan"),
    "sinh": _called("lanes_sinh"),
    "cosh": _called("lanes_cosh"),
    "tanh": _called("lanes_tanh"),
    "divide or else": _divide_or_else,
    "equal": _relation("oeq"),
    "unequal": _relation("une"),
    "less": _relation("olt"),
    "at most": _relation("ole"),
    "greater": _relation("ogt"),
    "at least": _relation("oge"),
    "and": _logic("and"),
    "or": _logic("or"),
    "not": _not,
    "demand": demand,
    **{name: _called(f"lanes_{name}") for name in EXTERNAL},
}
