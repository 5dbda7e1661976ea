"""When a run starts, how it steps, and when it saves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.errors import StatedError, did_you_mean

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Which control variable of Vensim's says what about the clock.
CONTROLS = {
    "initial time": "start",
    "final time": "end",
    "time step": "step",
    "saveper": "save",
}

#: Relative slack with which a span of time is a whole number of steps.
_SLACK = 1e-5

#: A run of more steps than this is a mistake in the clock.
MOST_STEPS = 10_000_000

#: More numbers than this, 4 GB of them, are not kept of runs that go together.
_MOST_SAVED = 500_000_000


class ClockError(StatedError):
    """A clock that no run can follow."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When a run starts and ends, its step, and the time between saved values.

    It ends with the first step that reaches the end, and saves at the first step that
    reaches each time to save.
    """

    start: float
    end: float
    step: float
    save: float

    def __post_init__(self) -> None:
        times = (self.start, self.end, self.step, self.save)
        span = f"from {self.start:g} to {self.end:g} by {self.step:g}"
        if not np.isfinite(times).all() or self.step <= 0 or self.end < self.start:
            what = f"there is no run {span}"
            raise ClockError(what, "Give a positive step, and an end after the start.")
        if (self.end - self.start) / self.step > MOST_STEPS:
            what = f"a run would take more than {MOST_STEPS} steps"
            raise ClockError(what, "Give a longer TIME STEP.")
        if self.start + self.step == self.start or self.end - self.step == self.end:
            what = f"in a run {span} the step is lost in the rounding of Time"
            raise ClockError(what, "Count time from nearer to 0, or by longer steps.")
        if not 0 < self.save <= MOST_STEPS * self.step:
            what = f"SAVEPER is {self.save:g}"
            remedy = f"Give one above 0, of at most {MOST_STEPS} steps."
            raise ClockError(what, remedy)

    @property
    def steps(self) -> int:
        """Return how many steps lead from the start to the end."""
        return max(0, int(np.ceil((self.end - self.start) / self.step - _SLACK)))

    @property
    def every(self) -> int:
        """Return how many steps lie between saved times; 1 where that changes."""
        ratio = self.save / self.step
        whole = ratio >= 1 and abs(ratio - np.rint(ratio)) <= _SLACK * ratio
        return int(min(np.rint(ratio), MOST_STEPS + 1)) if whole else 1

    @property
    def saved(self) -> Any:
        """Return the numbers of the steps at which values are saved."""
        if self.every > 1 or self.save <= self.step * (1 + _SLACK):
            return np.arange(0, self.steps + 1, self.every)
        ratio = self.save / self.step
        count = int((self.steps + _SLACK) / ratio)
        return np.ceil(np.arange(count + 1) * ratio - _SLACK).astype(np.int64)

    @property
    def times(self) -> Array:
        """Return the saved times."""
        numbers = np.asarray(self.saved, dtype=np.float64)
        return np.asarray(self.start + numbers * self.step, dtype=np.float64)

    @property
    def parts(self) -> dict[str, float]:
        """Return this clock as the settings that ask for it."""
        return {part: float(getattr(self, part)) for part in CONTROLS.values()}

    def refuse_large_record(self, elements: int, runs: int) -> None:
        """Refuse runs that together save more than memory is meant to hold.

        Parameters
        ----------
        elements
            How many numbers a run saves at a time.

        Raises
        ------
        ClockError
            With what would lessen them.
        """
        saved = (self.steps // self.every + 1) * elements * runs
        if saved > _MOST_SAVED:
            what = f"{saved} numbers would be saved, more than {_MOST_SAVED}"
            raise ClockError(what, "Lengthen SAVEPER, or name fewer outputs.")


def clock_parts(given: Mapping[str, Any] | Clock | None) -> dict[str, float]:
    """Return the parts of a clock that are given as numbers.

    Raises
    ------
    ClockError
        There is no such part, or it is no number.
    """
    parts: dict[str, float] = {}
    for name, value in (
        given.parts if isinstance(given, Clock) else given or {}
    ).items():
        if name not in CONTROLS.values():
            what = f"a clock has no '{name}'"
            raise ClockError(what, did_you_mean(str(name), list(CONTROLS.values())))
        if value is None:
            continue
        if not isinstance(value, int | float | np.number) or not np.isfinite(value):
            what = f"the {name} of the run is {value!r}"
            raise ClockError(what, "Give a finite number.")
        parts[name] = float(value)
    return parts
