"""Where two runs first part: the first variable, in order of evaluation, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cqsim.compile.ir import Constant, State, System, shape_of
from cqsim.compile.lower import read_system
from cqsim.compile.order import plan_of
from cqsim.engine.compiled_run import CONTROLS, kernel_settings
from cqsim.engine.kernel import Kernel, compile_model
from cqsim.engine.settings import Settings, assignments
from cqsim.engine.simulation import run
from cqsim.engine.span import Span
from cqsim.errors import StatedError
from cqsim.model.model import Model

#: Near zero, the tolerance is this part of what it is for a variable's largest value.
OF_SCALE = 1e-3

Floats = NDArray[np.float64]
Series = Mapping[str, Floats]


class TraceError(StatedError):
    """Two runs that cannot be laid side by side."""


@dataclass(frozen=True, slots=True)
class Difference:
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

    settings: tuple[Difference, ...]
    computed: tuple[Difference, ...]


def every_step(model: Model, settings: Settings, span: Span) -> tuple[Kernel, Series]:
    """Run a model and return all variables at every step, `time` among them.

    Raises
    ------
    CqsimError
        The model cannot be run, or a setting does not fit it.
    """
    kernel = compile_model(read_system(model.path))
    given: dict[str, Any] = {**kernel_settings(kernel, assignments(model, settings))}
    parts = {"start": span.start, "end": span.end, "step": span.step}
    given |= {CONTROLS[part]: v for part, v in parts.items() if v is not None}
    kept = dict(given)
    kept["SAVEPER"] = span.step if span.step is not None else kernel.clock(given).step
    found = kernel.run(kept)
    return kernel, {n: v if n == "time" else v[0] for n, v in found.items()}


def against_pysd(
    model: Model, settings: Settings, span: Span, tolerance: float = 1e-9
) -> Trace:
    """Return where the compiled engine and PySD part, at saved times.

    Raises
    ------
    CqsimError
        The model cannot be run, or a setting does not fit it.
    """
    start, until, step = span.start, span.end, span.step
    ours = run(model, settings, start=start, until=until, step=step)
    theirs = run(model, settings, start=start, until=until, step=step, engine="pysd")
    system = compile_model(read_system(model.path)).system
    spelled = {name.strip('"'): name for name in system.names()}
    first, second = (
        {
            "time": r.times,
            **{spelled[n]: v for n, v in r.values.items() if n in spelled},
        }
        for r in (ours, theirs)
    )
    shaped = {name: v.reshape(first[name].shape) for name, v in second.items()}
    return traced(system, first, shaped, tolerance)


def traced(
    system: System, first: Series, second: Series, tolerance: float = 1e-9
) -> Trace:
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
    times = first["time"]
    if not np.array_equal(times, second["time"]):
        what = "the runs do not have the same times"
        raise TraceError(what, "Give both the same start, end and step.")
    apart = {
        name: _apart(first[name], second[name], tolerance)
        for name in system.names()
        if name in first and name in second
    }
    constants = [
        n for n in apart if isinstance(system.variables[n], Constant) and apart[n].any()
    ]
    order = [n for n in evaluation_order(system) if n in apart and apart[n].any()]
    when = min((_first_time(apart[n]) for n in order), default=-1)
    return Trace(
        tuple(_difference(system, n, 0, apart[n], first, second) for n in constants),
        tuple(
            _difference(system, name, when, apart[name], first, second)
            for name in order
            if apart[name][when].any()
        ),
    )


def evaluation_order(system: System) -> list[str]:
    """Return the computed variables as a step takes them: states, then the rest."""
    plan = plan_of(system)
    states = [n for n, v in system.variables.items() if isinstance(v, State)]
    nodes = (*plan.start, *plan.driving, *plan.reported)
    return list(dict.fromkeys((*states, *(name for name, _ in nodes))))


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


def _difference(
    system: System,
    name: str,
    when: int,
    apart: NDArray[np.bool_],
    first: Series,
    second: Series,
) -> Difference:
    """Return the first place at which a variable differs at a time."""
    axes = system.variables[name].axes
    flat = int(apart[when].reshape(-1).argmax())
    where = np.unravel_index(flat, shape_of(axes)) if axes else ()
    elements = [axis.elements[n] for axis, n in zip(axes, where, strict=True)]
    note = system.notes.get(name)
    return Difference(
        name,
        ",".join(elements),
        float(first["time"][when]),
        float(first[name][when].reshape(-1)[flat]),
        float(second[name][when].reshape(-1)[flat]),
        note.unit if note else "",
        note.line if note else 0,
    )
