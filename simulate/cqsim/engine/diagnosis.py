"""Why a run was lost, and where two runs first part: one order of evaluation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cqsim.compile.ir import Constant, Method, Note, State, System, shape_of
from cqsim.compile.order import plan_of
from cqsim.compile.passes import limits_of, may_be_infinite, prune
from cqsim.engine.clock import Clock
from cqsim.engine.program import Program
from cqsim.engine.result import Divergence, Floats, OutputChunks, Runs
from cqsim.engine.settings import Array, Samples
from cqsim.errors import CqsimError, InputFileError, StatedError

#: Near zero, the tolerance is this part of what it is for a variable's largest value.
OF_SCALE = 1e-3

Series = Mapping[str, Floats]


class DivergedError(CqsimError):
    """A run in which a value became infinite or not a number."""

    def __init__(self, variable: str, time: float, value: float, others: int) -> None:
        super().__init__(variable, time, value, others)

    def __str__(self) -> str:
        variable, time, value, others = self.args
        also = f", and {others} other variables with it" if others else ""
        return (
            f"the run diverged: {variable} is {value} at {time:g}{also}. "
            "Look at what it is computed from; a constant may be out of its sensible "
            "range, or the time step too long."
        )


class TraceError(StatedError):
    """Two runs that cannot be compared."""


def evaluation_order(system: System) -> list[str]:
    """Return the computed variables as a step takes them: states, then the rest."""
    plan = plan_of(system)
    states = [n for n, v in system.variables.items() if isinstance(v, State)]
    nodes = (*plan.start, *plan.driving, *plan.reported)
    return list(dict.fromkeys((*states, *(name for name, _ in nodes))))


def every_step(
    system: System,
    names: Sequence[str],
    samples: Samples,
    clock: Clock,
    method: Method = "euler",
) -> tuple[Array, Series]:
    """Return the times and values of one run at each step, of temporaries too."""
    own = Clock(clock.start, clock.end, clock.step, clock.step)
    program = Program.of(system, names, samples, method=method)
    own.refuse_large_record(sum(map(program.size, names)), 1)
    ((_, chunk, _),) = program.stream(samples, own, masked=False)
    shapes = {name: shape_of(system.variables[name].axes) for name in names}
    return own.times, OutputChunks([chunk], shapes, single=True)


def lost(
    system: System,
    outputs: Iterable[str],
    samples: Samples,
    clock: Clock,
    method: Method,
) -> DivergedError | InputFileError:
    """Return the error that says what went wrong in a run that diverged.

    Parameters
    ----------
    samples
        Of that run alone.
    """
    needed = prune(system, outputs)
    short = _short_delay(needed, samples, clock)
    if short is not None:
        return short
    infinite = may_be_infinite(needed)
    names = [name for name in evaluation_order(needed) if name not in infinite]
    times, found = every_step(system, names, samples, clock, method)
    first: dict[str, int] = {}
    for name in names:
        bad = ~np.isfinite(found[name].reshape(len(times), -1)).all(axis=1)
        if bad.any():
            first[name] = int(bad.argmax())
    if not first:
        what = "a value of the run is not finite"
        return InputFileError(system.path, 0, what, "Look at its data and constants.")
    when = min(first.values())
    name = next(n for n in names if first.get(n) == when)
    values = found[name][when].reshape(-1)
    place = int((~np.isfinite(values)).argmax())
    own = [n for n, time in first.items() if time == when and n[0] != "#" and n != name]
    title = labelled(system, name, place)
    return DivergedError(title, float(times[when]), float(values[place]), len(own))


def refuse_diverged(runs: Runs) -> None:
    """Raise the error of the first of many runs that diverged."""
    for one in runs.diverged[:1]:
        raise DivergedError(one.variable, one.time, one.value, 0)


def cause(
    system: System,
    outputs: Iterable[str],
    samples: Samples,
    clock: Clock,
    method: Method,
    run: int,
) -> Divergence:
    """Return when a run was lost, and which variable first."""
    error = lost(system, outputs, samples.row(run), clock, method)
    if isinstance(error, DivergedError):
        variable, time, value, _ = error.args
        return Divergence(run, time, variable, value)
    return Divergence(run, clock.start, "a delay shorter than its steps")


def _short_delay(
    system: System, samples: Samples, clock: Clock
) -> InputFileError | None:
    """Return the error for the first delay that is shorter than its steps, if any."""
    limits = limits_of(system, system.variables)
    if not limits:
        return None
    names = [str(k.time) for k in limits if isinstance(k.time, str)]
    now = Clock(clock.start, clock.start, clock.step, clock.step)
    found = every_step(system, list(dict.fromkeys(names)), samples, now)[1]
    for limit in limits:
        time = limit.time
        least = time if isinstance(time, float) else float(np.min(found[time]))
        if limit.order * clock.step > least:
            what = (
                f"the delay in '{limit.owner}' takes {least:g}, which is shorter "
                f"than {limit.order} steps of {clock.step:g}"
            )
            note = system.notes.get(limit.owner)
            remedy = "Shorten TIME STEP, or lengthen the delay."
            return InputFileError(system.path, note.line if note else 0, what, remedy)
    return None


def labelled(system: System, name: str, place: int) -> str:
    """Return a variable with the element of a place, as a reader knows it."""
    axes = system.variables[name].axes
    shown = name.split("#")[1] if name.startswith("#") and name.count("#") > 1 else name
    if not axes:
        return shown
    where = np.unravel_index(place, shape_of(axes))
    elements = [axis.elements[n] for axis, n in zip(axes, where, strict=True)]
    return f"{shown}[{','.join(elements)}]"


@dataclass(frozen=True, slots=True)
class SeriesDifference:
    """A place at which two runs differ, and by what."""

    variable: str
    place: str
    time: float
    first: float
    second: float
    unit: str
    line: int

    @property
    def title(self) -> str:
        """Return the variable with its element in brackets."""
        return f"{self.variable}[{self.place}]" if self.place else self.variable


@dataclass(frozen=True, slots=True)
class Trace:
    """Where two runs part.

    Attributes
    ----------
    settings
        The constants that differ: what the runs were given.
    computed
        The computed variables that differ at the first time at which any does, in the
        order of evaluation, each at its first place.
    """

    settings: tuple[SeriesDifference, ...]
    computed: tuple[SeriesDifference, ...]


def traced(system: System, first: Runs, second: Runs, tolerance: float = 1e-9) -> Trace:
    """Return where two runs of a system part.

    Parameters
    ----------
    tolerance
        Relative to the value; values nearer than this are the same. Near zero it is
        a thousandth of what it is for the variable's largest value.

    Raises
    ------
    TraceError
        The runs have other times.
    """
    if not np.array_equal(first.times, second.times):
        what = "the runs do not have the same times"
        raise TraceError(what, "Give both the same start, end and step.")
    pairs = {
        name: (
            first.values[name],
            second.values[name].reshape(first.values[name].shape),
        )
        for name in system.names()
        if name in first.values and name in second.values
    }
    apart = {name: _apart(*pair, tolerance) for name, pair in pairs.items()}
    constants = [
        n for n in apart if isinstance(system.variables[n], Constant) and apart[n].any()
    ]
    order = [n for n in evaluation_order(system) if n in apart and apart[n].any()]
    when = min((_first_time(apart[n]) for n in order), default=-1)

    def difference(name: str, at: int) -> SeriesDifference:
        place = int(apart[name][at].reshape(-1).argmax())
        one, other = (float(series[at].reshape(-1)[place]) for series in pairs[name])
        where = labelled(system, name, place)[len(name) + 1 : -1]
        note = system.notes.get(name, Note())
        time = float(first.times[at])
        return SeriesDifference(name, where, time, one, other, note.unit, note.line)

    return Trace(
        tuple(difference(name, 0) for name in constants),
        tuple(difference(n, when) for n in order if apart[n][when].any()),
    )


def _apart(first: Floats, second: Floats, tolerance: float) -> NDArray[np.bool_]:
    """Return where two series differ: truths (time, *axes)."""
    size = np.maximum(np.abs(first), np.abs(second))
    scale = float(np.max(size, initial=0.0, where=np.isfinite(size)))
    allowed = np.maximum(tolerance * size, tolerance * OF_SCALE * scale)
    with np.errstate(invalid="ignore"):
        near = np.abs(first - second) <= allowed
    same = near | (first == second) | (np.isnan(first) & np.isnan(second))
    apart: NDArray[np.bool_] = np.logical_not(same)
    return apart


def _first_time(apart: NDArray[np.bool_]) -> int:
    return int(apart.reshape(len(apart), -1).any(axis=1).argmax())
