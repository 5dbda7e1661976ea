"""Functions that look at the time, as LLVM instructions: steps, ramps and pulses."""

from cqsim.codegen.assembly import Arithmetic
from cqsim.codegen.operand import SMALL, Emit, Operand, Timing, number, out


def _step(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    height, start = (number(a, operand) for operand in x)
    slack = a.add(t.time, a.multiply(t.step, a.number(0.5)))
    begun = a.compare("ogt", slack, start)
    return out(a, a.select(begun, height, a.number(0.0)))


def _ramp(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    slope, start, finish = (number(a, operand) for operand in x)
    reached = a.select(a.compare("olt", finish, t.time), finish, t.time)
    return out(a, _risen(a, slope, start, reached, t))


def _ramp_for_ever(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    slope, start = (number(a, operand) for operand in x)
    return out(a, _risen(a, slope, start, t.time, t))


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
    start, width = (number(a, operand) for operand in x)
    there = _within(a, start, _lasting(a, width, t), t)
    return out(a, a.select(there, a.number(1.0), a.number(0.0)))


def _impulse(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    start, magnitude = (number(a, operand) for operand in x)
    there = _within(a, start, t.step, t)
    rate = a.divide(magnitude, t.step)
    return out(a, a.select(there, rate, a.number(0.0)))


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
    kind = a.kind
    return a.to.let(
        f"select {kind.truth} {again}, {kind.truth} {repeating}, {kind.truth} {once}"
    )


def _pulse_train(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    start, every, width, end = (number(a, operand) for operand in x)
    there = _repeated(a, start, every, _lasting(a, width, t), t)
    # What begins just at the end is there still, for one step.
    early = a.subtract(t.time, a.number(SMALL))
    there = a.logic("and", there, a.compare("ole", early, end))
    return out(a, a.select(there, a.number(1.0), a.number(0.0)))


def _impulse_train(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    start, every, magnitude = (number(a, operand) for operand in x)
    there = _repeated(a, start, every, t.step, t)
    rate = a.divide(magnitude, t.step)
    return out(a, a.select(there, rate, a.number(0.0)))


CLOCKED: dict[str, Emit] = {
    "step": _step,
    "ramp": _ramp,
    "ramp for ever": _ramp_for_ever,
    "pulse": _pulse,
    "pulse train": _pulse_train,
    "impulse": _impulse,
    "impulse train": _impulse_train,
}
