"""Each function of a model as LLVM instructions: selects instead of branches."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from cqsim.codegen.assembly import Arithmetic, Kind
from cqsim.codegen.support import SMALL


@dataclass(frozen=True, slots=True)
class Operand:
    """A value: its name, its kind, whether it is a truth; or a literal."""

    text: str
    kind: Kind
    truth: bool = False
    value: float | None = None

    @classmethod
    def literal(cls, value: float) -> "Operand":
        """Return a number that is written out."""
        kind = Kind(1)
        return cls(kind.number(value), kind, value=value)

    def of(self, text: str) -> "Operand":
        """Return the same with another text."""
        return replace(self, text=text)


@dataclass(frozen=True, slots=True)
class Timing:
    """The time and the time step, as values."""

    time: str
    step: str


Emit = Callable[[Arithmetic, list[Operand], Timing], Operand]


def _out(a: Arithmetic, text: str, truth: bool = False) -> Operand:
    return Operand(text, a.kind, truth)


def number(a: Arithmetic, x: Operand) -> str:
    """Return an operand as a number; a truth is 1 or 0."""
    if x.truth:
        return a.select(x.text, a.number(1.0), a.number(0.0))
    return x.text


def truth(a: Arithmetic, x: Operand) -> str:
    """Return an operand as a truth; a number is true if it is not 0."""
    if x.truth:
        return x.text
    return a.compare("une", x.text, a.number(0.0))


def _plain(method: str) -> Emit:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        texts = [number(a, operand) for operand in x]
        return _out(a, getattr(a, method)(*texts))

    return emit


def _called(name: str, llvm: bool = False) -> Emit:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        texts = [number(a, operand) for operand in x]
        return _out(a, (a.function if llvm else a.ours)(name, *texts))

    return emit


def _relation(name: str) -> Emit:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        return _out(a, a.compare(name, *(number(a, o) for o in x)), truth=True)

    return emit


def _logic(name: str) -> Emit:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        return _out(a, a.logic(name, *(truth(a, o) for o in x)), truth=True)

    return emit


def _not(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    return _out(a, a.inverse(truth(a, x[0])), truth=True)


def _if(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    condition = truth(a, x[0])
    return _out(a, a.select(condition, number(a, x[1]), number(a, x[2])))


def _extreme(relation: str) -> Emit:
    """Return minimum or maximum; NaN in either gives NaN."""

    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        first, second = x
        if second.value is not None:
            # A literal is no NaN; with it first, one select lets a NaN through.
            first, second = second, first
        left, right = number(a, first), number(a, second)
        chosen = a.select(a.compare(relation, left, right), left, right)
        if first.value is None:
            none = a.compare("uno", left, left)
            chosen = a.select(none, left, chosen)
        return _out(a, chosen)

    return emit


def _power(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    base, exponent = number(a, x[0]), number(a, x[1])
    count = x[1].value
    if count is not None and count in (1.0, 2.0, 3.0, 4.0):
        square = a.exactly("fmul", base, base) if count > 1 else base
        if count == 3.0:
            square = a.exactly("fmul", square, base)
        if count == 4.0:
            square = a.exactly("fmul", square, square)
        return _out(a, square)
    if count == -1.0:
        return _out(a, a.divide(a.number(1.0), base))
    return _out(a, a.ours("power", base, exponent))


def _divide_or_zero(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    return _divide_or_else(a, [*x, Operand(a.number(0.0), a.kind)], t)


def _divide_or_else(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    above, below, otherwise = (number(a, operand) for operand in x)
    none = a.compare("olt", a.function("fabs", below), a.number(SMALL))
    safe = a.select(none, a.number(1.0), below)
    return _out(a, a.select(none, otherwise, a.divide(above, safe)))


def _quantum(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    value, size = (number(a, operand) for operand in x)
    none = a.compare("olt", size, a.number(SMALL))
    safe = a.select(none, a.number(1.0), size)
    steps = a.function("trunc", a.divide(value, safe))
    return _out(a, a.select(none, value, a.exactly("fmul", safe, steps)))


def _step(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    height, start = (number(a, operand) for operand in x)
    slack = a.exactly("fadd", t.time, a.exactly("fmul", t.step, a.number(0.5)))
    begun = a.compare("ogt", slack, start)
    return _out(a, a.select(begun, height, a.number(0.0)))


def _ramp(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    slope, start, finish = (number(a, operand) for operand in x)
    reached = a.select(a.compare("olt", finish, t.time), finish, t.time)
    return _out(a, _risen(a, slope, start, reached, t))


def _ramp_for_ever(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    slope, start = (number(a, operand) for operand in x)
    return _out(a, _risen(a, slope, start, t.time, t))


def _risen(a: Arithmetic, slope: str, start: str, until: str, t: Timing) -> str:
    slack = a.exactly("fadd", t.time, a.number(SMALL))
    begun = a.compare("ogt", slack, start)
    risen = a.exactly("fmul", slope, a.exactly("fsub", until, start))
    return a.select(begun, risen, a.number(0.0))


def _within(a: Arithmetic, start: str, lasting: str, t: Timing) -> str:
    """Return whether the time is between a start and its end, with a little slack."""
    early = a.exactly("fsub", start, a.number(SMALL))
    begun = a.compare("ole", early, t.time)
    end = a.exactly("fadd", start, lasting)
    before = a.compare("olt", t.time, a.exactly("fsub", end, a.number(SMALL)))
    return a.logic("and", begun, before)


def _lasting(a: Arithmetic, width: str, t: Timing) -> str:
    return a.select(a.compare("olt", width, t.step), t.step, width)


def _pulse(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    start, width = (number(a, operand) for operand in x)
    there = _within(a, start, _lasting(a, width, t), t)
    return _out(a, a.select(there, a.number(1.0), a.number(0.0)))


def _impulse(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    start, magnitude = (number(a, operand) for operand in x)
    there = _within(a, start, t.step, t)
    rate = a.divide(magnitude, t.step)
    return _out(a, a.select(there, rate, a.number(0.0)))


def _repeated(a: Arithmetic, start: str, every: str, lasting: str, t: Timing) -> str:
    """Return whether the time is within one of the pulses that repeat."""
    again = a.compare("ogt", every, a.number(0.0))
    safe = a.select(again, every, a.number(1.0))
    since = a.exactly("fsub", t.time, start)
    since = a.exactly("fadd", since, a.number(SMALL))
    turns = a.function("floor", a.divide(since, safe))
    phase = a.exactly("fsub", since, a.exactly("fmul", turns, safe))
    begun = a.compare("oge", since, a.number(0.0))
    repeating = a.logic("and", begun, a.compare("olt", phase, lasting))
    once = _within(a, start, lasting, t)
    kind = a.kind
    return a.to.let(
        f"select {kind.truth} {again}, {kind.truth} {repeating}, {kind.truth} {once}"
    )


def _pulse_train(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    start, every, width, end = (number(a, operand) for operand in x)
    there = _repeated(a, start, every, _lasting(a, width, t), t)
    there = a.logic("and", there, a.compare("olt", t.time, end))
    return _out(a, a.select(there, a.number(1.0), a.number(0.0)))


def _impulse_train(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    start, every, magnitude = (number(a, operand) for operand in x)
    there = _repeated(a, start, every, t.step, t)
    rate = a.divide(magnitude, t.step)
    return _out(a, a.select(there, rate, a.number(0.0)))


CALLS: dict[str, Emit] = {
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
    "step": _step,
    "ramp": _ramp,
    "ramp for ever": _ramp_for_ever,
    "pulse": _pulse,
    "pulse train": _pulse_train,
    "impulse": _impulse,
    "impulse train": _impulse_train,
    "equal": _relation("oeq"),
    "unequal": _relation("une"),
    "less": _relation("olt"),
    "at most": _relation("ole"),
    "greater": _relation("ogt"),
    "at least": _relation("oge"),
    "and": _logic("and"),
    "or": _logic("or"),
    "not": _not,
}
