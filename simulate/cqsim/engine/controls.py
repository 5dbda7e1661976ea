"""The clock that a model's own controls, settings and samples ask for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cqsim.codegen.need import exprs_of
from cqsim.compile.ir import (
    Auxiliary,
    Call,
    Constant,
    Expr,
    Initial,
    Number,
    System,
    Value,
    Variable,
)
from cqsim.engine.clock import CONTROLS, Array, Clock, ClockError
from cqsim.engine.samples import Samples
from cqsim.errors import InputFileError
from cqsim.language.syntax import canonical


def with_controls(system: System, given: Mapping[str, float]) -> System:
    """Return a system whose control variables are these numbers.

    Equations may refer to them: `Time - INITIAL TIME` has to see the start of the run.

    Parameters
    ----------
    given
        `start`, `end`, `step` and `save`, as far as they are not the model's own.
    """
    spelled = {canonical(name): name for name in system.variables}
    variables = dict(system.variables)
    for key, part in CONTROLS.items():
        if part in given and key in spelled:
            name = spelled[key]
            if name in system.structural and given[part] != _own(variables[name]):
                what = f"{name} decides how many levels a delay has"
                raise ClockError(what, "Change it in the model.")
            variables[name] = Constant(name, (), (float(given[part]),))
    return replace(system, variables=variables)


def _own(variable: Variable) -> float:
    """Return the number of a scalar constant."""
    return variable.values[0] if isinstance(variable, Constant) else float("nan")


def controls_in(
    rows: Sequence[Mapping[str, Any]],
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Return the clock that settings ask for, and the settings without it.

    Raises
    ------
    ClockError
        If runs of a batch differ in it.
    """
    found: dict[str, float] = {}
    left: list[dict[str, Any]] = []
    for row in rows:
        own = {
            CONTROLS[canonical(n)]: v
            for n, v in row.items()
            if canonical(n) in CONTROLS
        }
        if left and own != found:
            what = "the runs of a batch differ in their clock"
            raise ClockError(what, "Run them as separate batches.")
        found = {part: float(value) for part, value in own.items()}
        left.append({n: v for n, v in row.items() if canonical(n) not in CONTROLS})
    return found, left


def clock_settings(system: System, samples: Samples) -> dict[str, Any]:
    """Return what the runs of an ensemble set alike of all that decides the clock.

    Raises
    ------
    ClockError
        If they differ in a constant that the start, end or step depends on.
    """
    settings = {n: v for n, v in samples.shared.items() if n in system.variables}
    reached = _reached(system)
    for column in samples.columns:
        if column.name not in reached:
            continue
        if (column.values != column.values[:1]).any():
            what = f"the runs of an ensemble differ in '{column.name}', which the clock"
            what += " depends on"
            raise ClockError(what, "Run them as separate ensembles.")
        settings[column.name] = column.put(settings.get(column.name), 0)
    return settings


def _reached(system: System) -> set[str]:
    """Return the names that the control variables depend on, and their own."""
    waiting = [name for name in system.variables if canonical(name) in CONTROLS]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            exprs = exprs_of(system.variables[name])
            waiting += [e.variable for e in exprs if isinstance(e, Value)]
    return found


def clock_of(
    system: System, constants: Mapping[str, Array], given: Mapping[str, float]
) -> Clock:
    """Return the clock: as given, else as the model's controls say.

    Parameters
    ----------
    constants : arrays (*axes, run or 1)
        The values of the batch.

    Raises
    ------
    ClockError
        If runs differ in the clock, or it is none that a run can follow.
    InputFileError
        If a control depends on what changes in time.
    """
    spelled = {canonical(name): name for name in system.variables}
    parts = dict(given)
    for key, part in CONTROLS.items():
        if part not in parts and key in spelled:
            parts[part] = _control(system, constants, spelled[key])
    parts.setdefault("step", 1.0)
    parts.setdefault("save", parts["step"])
    missing = [name for name in ("start", "end") if name not in parts]
    if missing:
        what = f"the model does not say when a run {missing[0]}s"
        raise ClockError(what, "Give INITIAL TIME and FINAL TIME.")
    return Clock(**{name: float(parts[name]) for name in CONTROLS.values()})


def _control(system: System, constants: Mapping[str, Array], name: str) -> float:
    values = np.unique(_evaluate(system, constants, name, Value(name)))
    if len(values) > 1:
        what = f"the runs of a batch differ in {name}"
        raise ClockError(what, "Run them as separate batches.")
    return float(values[0])


def _evaluate(
    system: System, constants: Mapping[str, Array], control: str, expr: Expr
) -> Any:
    match expr:
        case Number(value=value):
            return value
        case Value(variable=name, places=()):
            variable = system.variables[name]
            if isinstance(variable, Constant):
                return constants[name]
            if isinstance(variable, Auxiliary | Initial) and len(variable.blocks) == 1:
                return _evaluate(system, constants, control, variable.blocks[0].expr)
        case Call(function=function, arguments=arguments) if function in _SIMPLE:
            parts = [_evaluate(system, constants, control, a) for a in arguments]
            return _SIMPLE[function](*parts)
    note = system.notes.get(control)
    what = f"'{control}' depends on more than constants, which is not supported"
    remedy = "Give it as a number."
    raise InputFileError(system.path, note.line if note else 0, what, remedy)


_SIMPLE: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "negative": np.negative,
    "minimum": np.minimum,
    "maximum": np.maximum,
    "if": np.where,
    "equal": np.equal,
    "less": np.less,
    "greater": np.greater,
    "at most": np.less_equal,
    "at least": np.greater_equal,
    "truncate": np.trunc,
}
