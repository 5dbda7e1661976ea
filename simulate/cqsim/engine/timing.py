"""The clock that a model's own control variables, settings and samples ask for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from cqsim.compile.expr import Value
from cqsim.compile.ir import Auxiliary, Constant, System
from cqsim.compile.order import plan_of
from cqsim.engine import diagnosis
from cqsim.engine.clock import CONTROLS, MOST_STEPS, Clock, ClockError, clock_parts
from cqsim.engine.inputs import Samples, base_of
from cqsim.engine.machine import Same
from cqsim.language.syntax import canonical


def timed(
    system: System,
    samples: Samples,
    clock: Mapping[str, float | None] | Clock | None = None,
) -> tuple[System, Clock]:
    """Return a system with its clock as given, and the clock; its own where not given.

    Equations may refer to it: `Time - INITIAL TIME` has to see the start of the run.

    Raises
    ------
    ClockError
        Runs differ in the clock, or it is none that a run can follow.
    """
    given = {**clock_parts(clock), **clock_parts(samples.clock)}
    system = _with_controls(Same(system), tuple(sorted(given.items())))
    names = {
        CONTROLS[canonical(n)]: n for n in system.variables if canonical(n) in CONTROLS
    }
    _refuse_unlike(system, samples, names.values())
    one = samples.row(0)
    parts = {"step": 1.0, **given}
    early = [n for part, n in names.items() if part in ("start", "step")]
    _add(parts, names, _at_start(system, one, early, 0.0, 1.0))
    _refuse_missing("start", parts)
    late = [n for part, n in names.items() if part in ("end", "save")]
    plain = [
        n for n in late if isinstance(system.variables[_alias(system, n)], Constant)
    ]
    moving = _moving(Same(system)) if len(plain) < len(late) else frozenset()
    still = [name for name in late if name not in moving]
    _add(parts, names, _at_start(system, one, still, parts["start"], parts["step"]))
    parts.setdefault("save", parts["step"])
    if "end" in names and names["end"] in moving:
        parts["end"] = _moving_end(system, samples, names["end"], parts)
    _refuse_missing("end", parts)
    return system, Clock(**{part: parts[part] for part in CONTROLS.values()})


def _add(
    parts: dict[str, float], names: Mapping[str, str], found: Mapping[str, float]
) -> None:
    parts |= {part: found[name] for part, name in names.items() if name in found}


def _refuse_missing(part: str, parts: Mapping[str, float]) -> None:
    if part not in parts:
        what = f"the model does not say when a run {part}s"
        raise ClockError(what, "Give INITIAL TIME and FINAL TIME.")


@lru_cache(maxsize=16)
def _moving(key: Same) -> frozenset[str]:
    return plan_of(key.system).moving


@lru_cache(maxsize=16)
def _with_controls(key: Same, parts: tuple[tuple[str, float], ...]) -> System:
    """Return a system whose control variables are these numbers, always the same."""
    system, given = key.system, dict(parts)
    variables = dict(system.variables)
    for name in system.variables:
        part = CONTROLS.get(canonical(name))
        own = variables[name]
        same = isinstance(own, Constant) and own.values[0] == given.get(part or "")
        if part not in given or same:
            continue
        if name in system.structural:
            what = f"{name} decides how many levels a delay has"
            raise ClockError(what, "Change it in the model.")
        variables[name] = Constant(name, (), (given[part],))
    changed = any(variables[n] is not v for n, v in system.variables.items())
    return replace(system, variables=variables) if changed else system


def _refuse_unlike(system: System, samples: Samples, names: Iterable[str]) -> None:
    """Refuse runs that differ in what the clock depends on."""
    waiting, reached = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            exprs = system.variables[name].exprs()
            waiting += [e.variable for e in exprs if isinstance(e, Value)]
    for name in sorted(samples.varied & reached):
        base = base_of(system, name)
        values = samples.values(name, base, 0, samples.runs)
        if (values != values[:1]).any():
            what = f"the runs of an ensemble differ in '{name}', which the clock"
            what += " depends on"
            raise ClockError(what, "Run them as separate ensembles.")


def _at_start(
    system: System, samples: Samples, names: Sequence[str], start: float, step: float
) -> dict[str, float]:
    """Return scalars at the start of a run; those that are plain need no program."""
    found: dict[str, float] = {}
    for name in names:
        inner = _alias(system, name)
        if isinstance(system.variables[inner], Constant):
            own = samples.values(inner, base_of(system, inner), 0, 1)
            found[name] = float(own.ravel()[0])
    computed = [name for name in names if name not in found]
    if computed:
        now = Clock(start, start, step, step)
        series = diagnosis.every_step(system, computed, samples, now)[1]
        found |= {name: float(series[name][0].ravel()[0]) for name in computed}
    return found


def _alias(system: System, name: str) -> str:
    """Return the variable that another one is only a name for."""
    passed: list[str] = []
    while name not in passed:
        passed.append(name)
        variable = system.variables[name]
        blocks = variable.blocks if isinstance(variable, Auxiliary) else ()
        value = blocks[0].expr if len(blocks) == 1 and not variable.axes else None
        if isinstance(value, Value) and not value.places:
            name = value.variable
    return name


def _moving_end(
    system: System, samples: Samples, name: str, parts: Mapping[str, float]
) -> float:
    """Return the first time that reaches a FINAL TIME which changes during the run."""
    start, step, steps = parts["start"], parts["step"], 64
    while steps <= MOST_STEPS:
        clock = Clock(start, start + steps * step, step, step)
        times, found = diagnosis.every_step(system, [name], samples.row(0), clock)
        reached = np.flatnonzero(times >= found[name] - step * 1e-5)
        if len(reached):
            return float(times[reached[0]])
        steps *= 4
    what = f"the run does not reach its '{name}' in {MOST_STEPS} steps"
    raise ClockError(what, "Give the end, or a longer TIME STEP.")
