"""Shares of a scarce supply as LLVM instructions: profiles of priority, and roots."""

from math import sqrt
from typing import TYPE_CHECKING

from cqsim.codegen.assembly import Arithmetic
from cqsim.codegen.operand import Operand, Timing, number, out
from cqsim.compile.ir import Root

if TYPE_CHECKING:
    from cqsim.codegen.lanes import Body

_NAN = float("nan")

#: Vensim's numbers of the profiles that are supported.
RECTANGULAR, TRIANGULAR, NORMAL, EXPONENTIAL = 1.0, 2.0, 3.0, 4.0


def demand(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    """Return how much of a quantity is still asked for at a distance from its priority.

    `x` holds the quantity, its profile, its priority less the price, and the width of
    the profile. Of no width, or with no such profile, nothing is known.
    """
    quantity, profile, distance, width = (number(a, operand) for operand in x)
    zero, one = a.number(0.0), a.number(1.0)
    wide = a.compare("ogt", width, zero)
    z = a.divide(distance, a.select(wide, width, a.number(_NAN)))
    tail = _tail(a, profile, a.function("fabs", z))
    upper = a.subtract(one, tail)
    share = a.select(a.compare("olt", z, zero), tail, upper)
    asked = a.multiply(quantity, share)
    return out(a, a.select(a.compare("oeq", quantity, zero), zero, asked))


def _tail(a: Arithmetic, profile: str, size: str) -> str:
    """Return the share beyond some widths from the middle of a profile."""
    half, nothing = a.number(0.5), a.number(_NAN)
    left = a.subtract(half, size)
    left = a.select(a.compare("olt", left, a.number(0.0)), a.number(0.0), left)
    square = a.multiply(left, left)
    falling = a.ours("exp", a.negative(size))
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
    found = a.rarely(bell, a.number(0.0), "erfc", far)
    return a.select(bell, a.multiply(half, found), tail)


def emit_root(body: "Body", root: Root) -> Operand:
    """Return where what only falls comes down to a level."""
    kind = body.kind_of(root)
    a = Arithmetic(body.to, kind)
    low, high, level = (
        Operand(body.widen(body.numeric(body.emit(part)), kind), kind)
        for part in (root.low, root.high, root.level)
    )

    def middle(low: Operand, high: Operand) -> str:
        return a.multiply(a.number(0.5), a.add(low.text, high.text))

    def turn(_: str, ends: list[Operand]) -> list[Operand]:
        between = middle(*ends)
        body.unknowns[root.unknown] = Operand(between, kind)
        value = body.widen(body.numeric(body.emit(root.body)), kind)
        above = a.compare("oge", value, level.text)
        low = a.select(above, between, ends[0].text)
        high = a.select(above, ends[1].text, between)
        return [Operand(low, kind), Operand(high, kind)]

    body.unknowns[root.unknown] = low
    found = body.loop(root.halvings, [low, high], kind, turn)
    return Operand(middle(*found), kind)
