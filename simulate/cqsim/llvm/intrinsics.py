"""Each function of a model as LLVM instructions: selects instead of branches."""

from collections.abc import Callable
from math import sqrt

from cqsim.compile.expr import EXTERNAL
from cqsim.llvm.arithmetic import Arithmetic
from cqsim.llvm.builder import Operand

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
