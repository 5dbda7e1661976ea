"""Each function of a model as LLVM instructions: selects instead of branches."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from cqsim.compile.expr import EXTERNAL
from cqsim.llvm.arithmetic import Arithmetic
from cqsim.llvm.builder import Operand
from cqsim.llvm.math import uniform

#: What Vensim's help calls zero.
SMALL = 1e-6

#: Vensim's numbers of the profiles that are supported.
RECTANGULAR, TRIANGULAR, NORMAL, EXPONENTIAL = 1.0, 2.0, 3.0, 4.0

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Timing:
    """What tells one evaluation from another: when it is, and of which run.

    Attributes
    ----------
    time, step
        The time at which the step began, and the length of a step.
    run, count
        The number of the run and of the step, as integers.
    """

    time: str
    step: str
    run: str = ""
    count: str = ""


Intrinsic = Callable[[Arithmetic, list[Operand], Timing], Operand]


def _plain(method: str) -> Intrinsic:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        texts = [a.number_of(operand) for operand in x]
        return a.result(getattr(a, method)(*texts))

    return emit


def _called(name: str, llvm: bool = False) -> Intrinsic:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        texts = [a.number_of(operand) for operand in x]
        return a.result((a.function if llvm else a.call_kernel)(name, *texts))

    return emit


def _relation(name: str) -> Intrinsic:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        return a.result(a.compare(name, *(a.number_of(o) for o in x)), truth=True)

    return emit


def _logic(name: str) -> Intrinsic:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        return a.result(a.logic(name, *(a.truth_of(o) for o in x)), truth=True)

    return emit


def _not(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    return a.result(a.inverse(a.truth_of(x[0])), truth=True)


def _if(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    condition = a.truth_of(x[0])
    return a.result(a.select(condition, a.number_of(x[1]), a.number_of(x[2])))


def _extreme(relation: str) -> Intrinsic:
    """Return minimum or maximum; NaN in either gives NaN."""

    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
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


def _power(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
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


def _divide_or_zero(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    return _divide_or_else(a, [*x, Operand(a.number(0.0), a.type)], t)


def _divide_or_else(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    above, below, otherwise = (a.number_of(operand) for operand in x)
    none = a.compare("olt", a.function("fabs", below), a.number(SMALL))
    safe = a.select(none, a.number(1.0), below)
    return a.result(a.select(none, otherwise, a.divide(above, safe)))


def _quantum(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    value, size = (a.number_of(operand) for operand in x)
    none = a.compare("olt", size, a.number(SMALL))
    safe = a.select(none, a.number(1.0), size)
    steps = a.function("trunc", a.divide(value, safe))
    return a.result(a.select(none, value, a.multiply(safe, steps)))


def _draw(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    seed, stream, element, draw = (a.integer_of(a.number_of(o)) for o in x)
    return a.result(uniform(a, (seed, stream), (t.run, t.count, element, draw)))


def _step(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    height, start = (a.number_of(operand) for operand in x)
    slack = a.add(t.time, a.multiply(t.step, a.number(0.5)))
    begun = a.compare("ogt", slack, start)
    return a.result(a.select(begun, height, a.number(0.0)))


def _ramp(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    slope, start, finish = (a.number_of(operand) for operand in x)
    reached = a.select(a.compare("olt", finish, t.time), finish, t.time)
    return a.result(_risen(a, slope, start, reached, t))


def _ramp_for_ever(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    slope, start = (a.number_of(operand) for operand in x)
    return a.result(_risen(a, slope, start, t.time, t))


def _risen(a: Arithmetic, slope: str, start: str, until: str, t: Timing) -> str:
    slack = a.add(t.time, a.number(SMALL))
    begun = a.compare("ogt", slack, start)
    risen = a.multiply(slope, a.subtract(until, start))
    return a.select(begun, risen, a.number(0.0))


def _within(a: Arithmetic, start: str, lasting: str, t: Timing) -> str:
    """Return whether the time is between a start and its end, with a little slack."""
    early = a.subtract(start, a.number(SMALL))
    begun = a.compare("ole", early, t.time)
    end = a.add(start, lasting)
    before = a.compare("olt", t.time, a.subtract(end, a.number(SMALL)))
    return a.logic("and", begun, before)


def _lasting(a: Arithmetic, width: str, t: Timing) -> str:
    return a.select(a.compare("olt", width, t.step), t.step, width)


def _pulse(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    start, width = (a.number_of(operand) for operand in x)
    there = _within(a, start, _lasting(a, width, t), t)
    return a.result(a.select(there, a.number(1.0), a.number(0.0)))


def _impulse(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    start, magnitude = (a.number_of(operand) for operand in x)
    there = _within(a, start, t.step, t)
    rate = a.divide(magnitude, t.step)
    return a.result(a.select(there, rate, a.number(0.0)))


def _repeated(a: Arithmetic, start: str, every: str, lasting: str, t: Timing) -> str:
    """Return whether the time is within one of the pulses that repeat."""
    again = a.compare("ogt", every, a.number(0.0))
    safe = a.select(again, every, a.number(1.0))
    since = a.subtract(t.time, start)
    since = a.add(since, a.number(SMALL))
    turns = a.function("floor", a.divide(since, safe))
    phase = a.subtract(since, a.multiply(turns, safe))
    begun = a.compare("oge", since, a.number(0.0))
    repeating = a.logic("and", begun, a.compare("olt", phase, lasting))
    once = _within(a, start, lasting, t)
    boolean = a.type.boolean
    chosen = f"select {boolean} {again}, {boolean} {repeating}, {boolean} {once}"
    return a.to.pure(chosen)


def _pulse_train(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    start, width, every, end = (a.number_of(operand) for operand in x)
    there = _repeated(a, start, every, _lasting(a, width, t), t)
    # What begins just at the end is there still, for one step.
    early = a.subtract(t.time, a.number(SMALL))
    there = a.logic("and", there, a.compare("ole", early, end))
    return a.result(a.select(there, a.number(1.0), a.number(0.0)))


def _impulse_train(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    start, every, magnitude = (a.number_of(operand) for operand in x)
    there = _repeated(a, start, every, t.step, t)
    rate = a.divide(magnitude, t.step)
    return a.result(a.select(there, rate, a.number(0.0)))


def demand(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
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
    "step": _step,
    "ramp": _ramp,
    "ramp for ever": _ramp_for_ever,
    "pulse": _pulse,
    "pulse train": _pulse_train,
    "impulse": _impulse,
    "impulse train": _impulse_train,
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
    "quantum": _quantum,
    "divide or zero": _divide_or_zero,
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
    "draw": _draw,
    **{name: _called(f"lanes_{name}") for name in EXTERNAL},
}
