"""Read a lookup in every lane: selects from point to point, no search.

A curve is stored as the x of its points, their y, and the slope after each, as
`storage.curve_rows` lays them; every way of interpolation reads the same rows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqsim.codegen.assembly import Arithmetic, Kind
from cqsim.codegen.operand import Operand
from cqsim.codegen.storage import Home

if TYPE_CHECKING:
    from cqsim.codegen.lanes import Body

#: Lookups with more points than this are gone through in a loop.
_UNROLLED = 16

#: What Vensim calls :NA:, the value of what has none.
MISSING = -(2.0**109)


@dataclass(frozen=True, slots=True)
class CurveReader:
    """The reading of one curve.

    Attributes
    ----------
    row
        The first row of the curve.
    interpolation
        As `Lookup` names it.
    """

    body: "Body"
    home: Home
    row: str
    kind: Kind
    points: int
    interpolation: str

    def read(self, at: Operand) -> Operand:
        """Return the value of the curve at a value."""
        a = Arithmetic(self.body.to, self.kind)
        x = self.body.widen(at, self.kind)
        left, low, slope = (self._point(part, "0") for part in range(3))
        if self.interpolation == "exact":
            low = a.select(a.compare("oeq", x, left), low, a.number(MISSING))
        if self.interpolation == "linear":
            right = self._point(0, str(self.points - 1))
            x = a.select(a.compare("olt", x, left), left, x)
            x = a.select(a.compare("ogt", x, right), right, x)
        values = self._gone_through(a, x, [left, low, slope])
        if self.interpolation in ("step", "next", "exact"):
            value = a.select(a.compare("uno", x, x), x, values[1])
            return Operand(value, self.kind)
        rise = a.multiply(values[2], a.subtract(x, values[0]))
        return Operand(a.add(values[1], rise), self.kind)

    def _point(self, part: int, number: str) -> str:
        to = self.body.to
        first = to.let(f"add nsw i64 {self.row}, {part * self.points}")
        place = to.let(f"add nsw i64 {first}, {number}")
        return self.body.widen(self.body.load(self.home, place), self.kind)

    def _gone_through(self, a: Arithmetic, x: str, values: list[str]) -> list[str]:
        """Return the x, y and slope of the last point that the value has passed."""
        if self.points <= _UNROLLED:
            for number in range(1, self.points):
                values = self._passed(a, x, str(number), values)
            return values

        def turn(counter: str, inner: list[Operand]) -> list[Operand]:
            number = self.body.to.let(f"add nuw nsw i64 {counter}, 1")
            texts = self._passed(a, x, number, [operand.text for operand in inner])
            return [Operand(text, self.kind) for text in texts]

        carried = [Operand(value, self.kind) for value in values]
        found = self.body.loop(self.points - 1, carried, self.kind, turn)
        return [operand.text for operand in found]

    def _passed(
        self, a: Arithmetic, x: str, number: str, values: list[str]
    ) -> list[str]:
        edge = self._point(0, number)
        if self.interpolation == "next":
            # Beyond the point before, the value is already that of this one.
            before = self.body.to.let(f"add nsw i64 {number}, -1")
            beyond = a.compare("ogt", x, self._point(0, before))
        elif self.interpolation == "exact":
            beyond = a.compare("oeq", x, edge)
        else:
            beyond = a.compare("oge", x, edge)
        there = (edge, self._point(1, number), self._point(2, number))
        return [a.select(beyond, n, o) for n, o in zip(there, values, strict=True)]
