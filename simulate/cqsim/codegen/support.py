"""What emitted NumPy code calls: Vensim's functions over arrays, run axis last.

Each is written so that the branch not taken may be anything: both are computed, and a
select takes one. Slack and thresholds are those of Vensim as PySD has them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

#: What Vensim's help calls zero.
SMALL = 1e-6


def spread(values: Any, shape: tuple[int, ...]) -> Array:
    """Return an array with all axes of a variable, and the run axis last."""
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if array.ndim == len(shape) + 1 and array.shape[:-1] == shape:
        return array
    return np.broadcast_to(array, (*shape, array.shape[-1]))


def divide_or_zero(x: Any, y: Any) -> Any:
    """Return x / y, and 0 where y is nearly 0."""
    return divide_or_else(x, y, 0.0)


def divide_or_else(x: Any, y: Any, otherwise: Any) -> Any:
    """Return x / y, and something else where y is nearly 0."""
    none = np.abs(y) < SMALL
    return np.where(none, otherwise, x / np.where(none, 1.0, y))


def quantum(x: Any, size: Any) -> Any:
    """Return the multiple of a size next to x on the side of 0."""
    none = np.less(size, SMALL)
    safe = np.where(none, 1.0, size)
    return np.where(none, x, safe * np.trunc(x / safe))


def step(time: float, time_step: float, height: Any, start: Any) -> Any:
    """Return 0 before a time and a height from then on.

    Half a step of slack keeps the edge on the step it is meant for, although times
    are rounded.
    """
    return np.where(np.greater(time + time_step / 2, start), height, 0.0)


def ramp(time: float, _: float, slope: Any, start: Any, finish: Any) -> Any:
    """Return 0 before a start, a rise with the slope until the finish, then its top."""
    begun = np.greater(time + SMALL, start)
    return np.where(begun, slope * (np.minimum(finish, time) - start), 0.0)


def ramp_for_ever(time: float, time_step: float, slope: Any, start: Any) -> Any:
    """Return a ramp that has no finish."""
    return ramp(time, time_step, slope, start, time)


def pulse(time: float, time_step: float, start: Any, width: Any) -> Any:
    """Return 1 from a start for a width, which is at least one step; else 0."""
    lasting = np.maximum(width, time_step)
    begun = np.less_equal(start - SMALL, time)
    return np.where(begun & np.less(time, start + lasting - SMALL), 1.0, 0.0)


def pulse_train(
    time: float, time_step: float, start: Any, interval: Any, width: Any, end: Any
) -> Any:
    """Return pulses that repeat at an interval from a start until an end."""
    within = np.less_equal(start - SMALL, time) & np.less(time, end)
    phase = np.mod(
        time - start + SMALL, np.where(np.greater(interval, 0), interval, 1.0)
    )
    lasting = np.maximum(width, time_step)
    once = np.less(time, start + lasting - SMALL)
    repeated = np.where(np.greater(interval, 0), np.less(phase, lasting), once)
    return np.where(within & repeated, 1.0, 0.0)


def impulse(time: float, time_step: float, start: Any, magnitude: Any) -> Any:
    """Return, in the one step of the start, what adds up to a magnitude."""
    return pulse(time, time_step, start, time_step / 2) * (magnitude / time_step)


def impulse_train(
    time: float, time_step: float, start: Any, interval: Any, magnitude: Any
) -> Any:
    """Return impulses that repeat at an interval from a start."""
    one = pulse_train(time, time_step, start, interval, time_step / 2, np.inf)
    return one * (magnitude / time_step)


@dataclass(frozen=True, slots=True)
class Curves:
    """A lookup at run time.

    Attributes
    ----------
    x, y : (curve, point, run)
        From left to right; a shorter curve repeats its last point.
    kind
        How it is read between points and beyond the ends.
    """

    x: Array
    y: Array
    kind: str


def read(curves: Curves, at: Any) -> Any:
    """Return the value of a lookup of one curve."""
    if curves.kind == "linear" and curves.y.shape[2] == 1 and curves.x.shape[2] == 1:
        return np.interp(at, curves.x[0, :, 0], curves.y[0, :, 0])
    return read_rows(curves, np.intp(0), at)


def read_rows(curves: Curves, rows: Any, at: Any) -> Any:
    """Return values of the curves of a lookup with those numbers.

    Parameters
    ----------
    rows : (*counters)
    at : (*counters, run)
    """
    at = np.asarray(at, dtype=np.float64)
    x, y = curves.x[rows], curves.y[rows]
    last = x.shape[-2] - 1
    if last == 0:
        return y[..., 0, :] + 0.0 * at
    below = sum(
        np.greater_equal(at, x[..., n, :]).astype(np.intp) for n in range(1, last)
    ) + np.zeros(np.broadcast_shapes(at.shape, x[..., 0, :].shape), dtype=np.intp)
    left, right = _point(x, below), _point(x, below + 1)
    low, high = _point(y, below), _point(y, below + 1)
    return _BETWEEN[curves.kind](at, left, right, low, high)


def _point(values: Array, number: Any) -> Array:
    """Return the values of the points with these numbers, one for each setting."""
    shape = (*number.shape[:-1], values.shape[-2], number.shape[-1])
    spread_out = np.broadcast_to(values, shape)
    return np.take_along_axis(spread_out, number[..., None, :], -2)[..., 0, :]


def _sloped(at: Any, left: Any, right: Any, low: Any, high: Any) -> Any:
    width = np.where(right > left, right - left, 1.0)
    return low + (high - low) / width * (at - left)


def _linear(at: Any, left: Any, right: Any, low: Any, high: Any) -> Any:
    inside = _sloped(at, left, right, low, high)
    return np.where(at <= left, low, np.where(at >= right, high, inside))


def _stepped(at: Any, _: Any, right: Any, low: Any, high: Any) -> Any:
    return np.where(at >= right, high, low)


def _following(at: Any, left: Any, _: Any, low: Any, high: Any) -> Any:
    return np.where(at <= left, low, high)


def _exact(at: Any, left: Any, right: Any, low: Any, high: Any) -> Any:
    return np.where(at == left, low, np.where(at == right, high, np.nan))


_BETWEEN = {
    "linear": _linear,
    "extrapolate": _sloped,
    "step": _stepped,
    "next": _following,
    "exact": _exact,
}


class Pipe:
    """A ring of past inflows, from which each comes out after a fixed number of steps.

    Parameters
    ----------
    initial : (*axes, run)
        What comes out before the first inflow does.
    delay : (*axes, run)
        In units of time; at least one step.
    longest : steps
        A delay that is longer than the run lasts no longer.
    """

    def __init__(
        self, initial: Array, delay: Array, time_step: float, longest: int
    ) -> None:
        # The slack rounds half a step up.
        wait = np.rint(np.fmax(delay / time_step, 1.0) + SMALL)
        steps = np.minimum(wait, longest).astype(np.intp)
        shape = np.broadcast_shapes(initial.shape, steps.shape)
        self._steps = np.broadcast_to(steps, shape)
        length = int(steps.max())
        self._ring = np.array(np.broadcast_to(initial, (length, *shape)))
        self._count = 0

    def push(self, inflow: Array) -> Array:
        """Take the inflow of a step, and return what comes out in the next."""
        length = len(self._ring)
        if inflow.shape[-1] > self._ring.shape[-1]:
            wider = (length, *inflow.shape)
            self._ring = np.array(np.broadcast_to(self._ring, wider))
            self._steps = np.broadcast_to(self._steps, inflow.shape)
        self._ring[self._count % length] = inflow
        self._count += 1
        back = (self._count - self._steps) % length
        out: Array = np.take_along_axis(self._ring, back[None], 0)[0]
        return out


def runge_kutta(
    slopes: Any, time: float, step: float, now: tuple[Array, ...]
) -> tuple[Array, ...]:
    """Return states after a step of the classical method of fourth order.

    Parameters
    ----------
    slopes
        Returns the rates of all states, given a time and the states.
    """

    def ahead(span: float, rates: tuple[Array, ...]) -> list[Array]:
        return [y + span * rate for y, rate in zip(now, rates, strict=True)]

    first = slopes(time, *now)
    second = slopes(time + 0.5 * step, *ahead(0.5 * step, first))
    third = slopes(time + 0.5 * step, *ahead(0.5 * step, second))
    fourth = slopes(time + step, *ahead(step, third))
    rates = zip(now, first, second, third, fourth, strict=True)
    return tuple(y + step / 6 * (a + 2 * (b + c) + d) for y, a, b, c, d in rates)


def assemble(shape: tuple[int, ...], parts: Sequence[tuple[Any, Any]]) -> Array:
    """Return a variable put together from the parts that its equations give."""
    width = max(np.shape(values)[-1] if np.ndim(values) else 1 for _, values in parts)
    out = np.empty((*shape, width))
    for where, values in parts:
        out[where] = values
    return out
