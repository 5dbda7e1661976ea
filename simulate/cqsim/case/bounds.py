"""What a value may be: the range of a constant, of a lever, or of a shock."""

from dataclasses import dataclass
from typing import Any, TypeGuard

from cqsim.case.levers import Levers
from cqsim.language.syntax import canonical
from cqsim.model.model import Variable

HUGE = 1e300
"""A whole number of TOML may be beyond what a float can hold."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a value must lie within, both ends included, and whose bounds these are."""

    low: float | None
    high: float | None
    unit: str
    owner: str
    source: str = ""
    increment: float | None = None

    def broken_by(self, value: float) -> bool:
        """Whether a value is outside, or between the steps."""
        below = self.low is not None and value < self.low
        above = self.high is not None and value > self.high
        return below or above or self._between_steps(value)

    def _between_steps(self, value: float) -> bool:
        if self.low is None or not self.increment:
            return False
        steps = (value - self.low) / self.increment
        return abs(steps - round(steps)) > 1e-9

    def text(self) -> str:
        """Return the range with its unit."""
        low = "…" if self.low is None else f"{self.low:g}"
        high = "…" if self.high is None else f"{self.high:g}"
        steps = f" in steps of {self.increment:g}" if self.increment else ""
        return f"[{low}, {high}] {self.unit}".rstrip() + steps

    def remedy(self) -> str:
        """Return what to do, with the reason and the source of the range."""
        return f"Choose a value within.{self.source}"


def bounds_of(variable: Variable, levers: Levers) -> Bounds:
    """Return the bounds of a constant: its lever's where it has one, else its own."""
    for lever in levers.values():
        if canonical(lever.constant) == variable.key:
            owner = f"floor and ceiling of the lever {lever.id}"
            reason = lever.ceiling_reason
            reason = reason if isinstance(reason, str) else reason.en
            source = f" {reason.rstrip('.')} (source: {', '.join(lever.sources)})."
            return Bounds(lever.floor, lever.ceiling, lever.unit, owner, source)
    low, high, unit = variable.low, variable.high, variable.unit
    owner = "its range in the model"
    return Bounds(low, high, unit, owner, increment=variable.increment)


def time_bounds(variable: Variable) -> Bounds:
    """Return the bounds of a time of the run."""
    low, high, owner = variable.low, variable.high, "the model's range"
    return Bounds(low, high, "", owner, increment=variable.increment)


def table_of(data: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a table of a document's data, an empty one where there is none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value of a TOML file is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)
