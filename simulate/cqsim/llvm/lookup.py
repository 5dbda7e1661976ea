"""Read a lookup in every lane: selects from point to point, no search.

A curve is stored as the x of its points, their y, and the slope after each, as
`layout.curve_rows` lays them; every way of interpolation reads the same rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cqsim.compile.expr import Interpolation
from cqsim.llvm.arithmetic import Arithmetic
from cqsim.llvm.builder import Operand

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
