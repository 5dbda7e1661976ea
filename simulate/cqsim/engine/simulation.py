"""Run a model once: read it, set its constants, integrate, keep every variable."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from cqsim.codegen.integrator import Method
from cqsim.engine.compiled_run import run_compiled
from cqsim.engine.data_checks import check_tables
from cqsim.engine.data_files import DataFile, data_files
from cqsim.engine.divergence import refuse_divergence
from cqsim.engine.identity import sha256
from cqsim.engine.methods import checked_method
from cqsim.engine.pysd_run import PysdRun, translated
from cqsim.engine.result import Floats, Result
from cqsim.engine.settings import Assignments, Settings, assignments
from cqsim.engine.span import Span, SpanError
from cqsim.errors import InputFileError
from cqsim.model.model import Model
from cqsim.model.resolve import read_model
from cqsim.scenario.schema import SweptSetting
from cqsim.textfile import decode, read_bytes

SOLVER = "euler"
Engine = Literal["compiled", "pysd", "swept"]


def run(
    model: Model | str | Path,
    settings: Settings | None = None,
    *,
    start: float | None = None,
    until: float | None = None,
    step: float | None = None,
    progress: Callable[[float], None] | None = None,
    engine: Engine = "compiled",
    method: Method = "euler",
    swept: SweptSetting | None = None,
) -> Result:
    """Run a model once and return all its variables.

    Parameters
    ----------
    model
        A model from `read_model`, or the path of one.
    settings
        New values of constants by name: a number, or numbers by element or subrange
        (`{"central": 0.1, "fuling": 0.2}`; on several axes `"fuling,urban"`).
    start, until, step
        Start, end and step in the model's unit of time; the model's own by default.
    progress
        Told now and then which part of the run, from 0 to 1, is done.
    engine
        `compiled`, or `pysd`: the same numbers, hundreds of times slower; or `swept`:
        compiled as a sweep does it, for which `swept` says how.
    method
        `euler`, or `rk4` for the classical Runge-Kutta method of fourth order, which
        the compiled engine has; what is remembered from step to step (DELAY FIXED,
        SAMPLE IF TRUE) is held within a step.

    Raises
    ------
    CqsimError
        The model cannot be read or run, a setting does not fit it, or the run diverges.
    """
    checked_method(method)
    if engine != "compiled" and method != SOLVER:
        what = f"the engine {engine} does not integrate by {method}"
        raise SpanError(what, "Use the compiled engine, or Euler's method.")
    if not isinstance(model, Model):
        model = read_model(model)
    span = Span(start, until, step).checked(model)
    changes = assignments(model, settings or {})
    text = _text_of(model)
    files = data_files(model.path, text)
    check_tables(model, files)
    watched = progress or _unwatched
    if engine == "swept" and swept is not None:
        from cqsim.engine.swept_run import run_swept

        result = run_swept(model, changes, span, swept)
        watched(1.0)
    elif engine != "pysd":
        result = run_compiled(model, changes, span, method)
        watched(1.0)
    else:
        result = _run_pysd(model, text, files, changes, span, watched)
    refuse_divergence(model, result)
    return result


def _run_pysd(
    model: Model,
    text: str,
    files: list[DataFile],
    changes: Assignments,
    span: Span,
    progress: Callable[[float], None],
) -> Result:
    warned: list[str] = []
    engine = PysdRun(translated(model, text, files), span, warned)
    try:
        times, recorded = engine.integrate(changes, progress)
    except Exception as error:
        fault = engine.fault_of(error)
        if fault is None:
            raise
        raise _uncomputed(model, *fault, error) from error
    return _result(model, times, recorded, tuple(warned))


def _text_of(model: Model) -> str:
    """Return a model's text, the same that the model was read from."""
    content = read_bytes(model.path)
    if sha256(content) != model.sha256:
        what = "the model has changed since it was read"
        raise InputFileError(model.path, 0, what, "Read it again.")
    return decode(model.path, content)


def _uncomputed(
    model: Model, key: str, time: float, error: Exception
) -> InputFileError:
    """Return the error for a variable whose equation fails in a run."""
    variable = model.variables[key]
    reason = " ".join(str(error).split()) or type(error).__name__
    what = f"'{variable.name}' cannot be computed at {time:g} ({reason})"
    remedy = "Correct its equation, or the constants that it depends on."
    return InputFileError(model.path, variable.line, what, remedy)


def _unwatched(done: float) -> None:
    """Take the progress of a run that nobody watches."""


def _result(
    model: Model,
    times: Floats,
    recorded: Mapping[str, list[Any]],
    warned: tuple[str, ...],
) -> Result:
    values: dict[str, Floats] = {}
    axes: dict[str, tuple[str, ...]] = {}
    elements: dict[str, tuple[str, ...]] = {}
    units: dict[str, str] = {}
    constants = set()
    for key, variable in model.variables.items():
        if key not in recorded or variable.kind == "time":
            continue
        name = variable.name.strip('"')
        first = recorded[key][0]
        axes[name] = tuple(str(axis) for axis in getattr(first, "dims", ()))
        for axis in axes[name]:
            elements[axis] = tuple(str(label) for label in first.coords[axis].values)
        values[name] = np.array(recorded[key], dtype=np.float64)
        units[name] = variable.unit
        if variable.kind == "constant":
            constants.add(name)
    return Result(times, values, axes, elements, units, frozenset(constants), warned)
