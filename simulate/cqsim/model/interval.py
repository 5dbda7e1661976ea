"""Intervals of numbers, and what arithmetic makes of them."""

from dataclasses import dataclass
from itertools import product
from math import inf, isnan


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
