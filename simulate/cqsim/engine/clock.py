"""When a run starts, how it steps, and when it saves."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.errors import StatedError

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
_MOST_STEPS = 10_000_000

#: More numbers than this, 4 GB of them, are not kept of runs that go together.
_MOST_SAVED = 500_000_000


class ClockError(StatedError):
    """A clock that no run can follow."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When a run starts and ends, its step, and the time between saved values."""

    start: float
    end: float
    step: float
    save: float

    def __post_init__(self) -> None:
        times = (self.start, self.end, self.step, self.save)
        if not np.isfinite(times).all() or self.step <= 0 or self.end < self.start:
            span = f"from {self.start:g} to {self.end:g} by {self.step:g}"
            what = f"there is no run {span}"
            raise ClockError(what, "Give a positive step, and an end after the start.")
        if (self.end - self.start) / self.step > _MOST_STEPS:
            what = f"a run would take more than {_MOST_STEPS} steps"
            raise ClockError(what, "Give a longer TIME STEP.")
        ratio = self.save / self.step
        if ratio < 1 - _SLACK or abs(ratio - round(ratio)) > _SLACK * ratio:
            what = f"SAVEPER {self.save:g} is not a multiple of TIME STEP {self.step:g}"
            raise ClockError(what, "Make it one.")

    @property
    def steps(self) -> int:
        """Return how many steps lead from the start to the end."""
        return max(0, int(np.ceil((self.end - self.start) / self.step - _SLACK)))

    @property
    def every(self) -> int:
        """Return how many steps lie between saved times."""
        return max(1, int(np.rint(self.save / self.step)))

    @property
    def times(self) -> Array:
        """Return the saved times."""
        numbers = np.arange(0, self.steps + 1, self.every, dtype=np.float64)
        return np.asarray(self.start + numbers * self.step, dtype=np.float64)


def refuse_large_record(clock: Clock, elements: int, runs: int) -> None:
    """Refuse runs that together save more numbers than memory is meant to hold.

    Parameters
    ----------
    elements
        How many numbers a run saves at a time.

    Raises
    ------
    ClockError
        With what would lessen them.
    """
    saved = (clock.steps // clock.every + 1) * elements * runs
    if saved > _MOST_SAVED:
        what = f"{saved} numbers would be saved, more than {_MOST_SAVED}"
        remedy = "Lengthen SAVEPER, or name fewer outputs."
        raise ClockError(what, remedy)


def clock_parts(clock: Clock) -> dict[str, float]:
    """Return a clock as the settings that ask for it."""
    return {part: float(getattr(clock, part)) for part in CONTROLS.values()}
