"""When a run starts, ends, and how far one step goes."""

import math
from dataclasses import dataclass

from cqsim.errors import StatedError
from cqsim.model.model import Model


class SpanError(StatedError):
    """The times of a run do not go together."""


@dataclass(frozen=True, slots=True)
class Span:
    """Start, end and step of a run; None leaves the model's own value."""

    start: float | None = None
    end: float | None = None
    step: float | None = None

    def checked(self, model: Model) -> "Span":
        """Return the times with the model's own in the gaps, where a run can be made.

        Raises
        ------
        SpanError
            The end is not after the start, the step does not divide the time between
            them, or a value is not finite.
        """
        start = self._or_own(self.start, model, "initial time")
        end = self._or_own(self.end, model, "final time")
        step = self._or_own(self.step, model, "time step")
        for name, value in (("start", start), ("end", end), ("step", step)):
            if value is not None and not math.isfinite(value):
                what = f"the {name} of the run is {value}"
                raise SpanError(what, "Give a finite number.")
        if start is not None and end is not None and end <= start:
            what = f"the run ends at {end:g} and starts at {start:g}"
            raise SpanError(what, "Let it end after its start.")
        if step is not None and step <= 0:
            what = f"the step of the run is {step:g}"
            raise SpanError(what, "Give one above 0.")
        if start is not None and end is not None and step is not None:
            steps = (end - start) / step
            # So many that they cannot be counted are refused with the clock.
            if math.isfinite(steps) and abs(steps - round(steps)) > 1e-6:
                what = f"steps of {step:g} do not lead from {start:g} to {end:g}"
                raise SpanError(what, "Choose a step that divides the time.")
        return Span(start, end, step)

    @staticmethod
    def _or_own(value: float | None, model: Model, name: str) -> float | None:
        """Return a value, or the number that the model states, where it states one."""
        if value is not None:
            return value
        variable = model.variable(name)
        try:
            return float(variable.equations[0].right) if variable else None
        except ValueError:
            return None
