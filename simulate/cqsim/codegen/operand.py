"""A value in a program: lanes or one number, a truth or a number."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from cqsim.codegen.assembly import Arithmetic, Kind

#: What Vensim's help calls zero.
SMALL = 1e-6


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


Emit = Callable[[Arithmetic, list[Operand], Timing], Operand]


def out(a: Arithmetic, text: str, truth: bool = False) -> Operand:
    """Return a value of the kind that is computed with."""
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
