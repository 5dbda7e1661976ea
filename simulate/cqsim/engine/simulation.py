"""Read a model and run it, once or many times, on the one compiled program."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from cqsim.cache import cached, code_digest
from cqsim.compile.expr import Value
from cqsim.compile.ir import Auxiliary, Constant, IrVariable, Method, System, shape_of
from cqsim.compile.order import ever, needs, plan_of, reached
from cqsim.engine import diagnosis
from cqsim.engine.clock import CONTROLS, MOST_STEPS, Clock, ClockError, clock_parts
from cqsim.engine.identity import file_sha256
from cqsim.engine.program import Program, processors
from cqsim.engine.result import ChunkStore, Divergence, OutputChunks, Runs
from cqsim.engine.settings import Samples, Setting, base_of, samples_of
from cqsim.errors import StatedError, UnknownNameError
from cqsim.language.syntax import canonical
from cqsim.model.model import Model
from cqsim.model.resolve import read_model


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
    parts = {**clock_parts(clock), **clock_parts(samples.clock)}
    system = _with_controls(system, tuple(sorted(parts.items())))
    controls = {CONTROLS.get(canonical(n)): n for n in system.variables}
    names = {part: controls[part] for part in CONTROLS.values() if part in controls}
    _refuse_unlike(system, samples, names.values())
    one = samples.row(0)

    def work_out(found: Sequence[str], start: float, step: float) -> None:
        values = _at_start(system, one, found, start, step)
        parts.update((p, values[name]) for p, name in names.items() if name in values)

    if "step" not in names:
        parts.setdefault("step", 1.0)
    work_out([names[part] for part in ("start", "step") if part in names], 0.0, 1.0)
    _refuse_missing("start", parts)
    late = [names[part] for part in ("end", "save") if part in names]
    is_plain = all(
        isinstance(system.variables[_alias(system, n)], Constant) for n in late
    )
    moving = frozenset[str]() if is_plain else _moving(system)
    still = [name for name in late if name not in moving]
    work_out(still, parts["start"], parts["step"])
    parts.setdefault("save", parts["step"])
    if "end" in names and names["end"] in moving:
        parts["end"] = _moving_end(system, samples, names["end"], parts)
    _refuse_missing("end", parts)
    return system, Clock(**{part: parts[part] for part in CONTROLS.values()})


def _refuse_missing(part: str, parts: Mapping[str, float]) -> None:
    if part not in parts:
        what = f"the model does not say when a run {part}s"
        raise ClockError(what, "Give INITIAL TIME and FINAL TIME.")


@lru_cache(maxsize=16)
def _moving(system: System) -> frozenset[str]:
    return plan_of(system).moving


@lru_cache(maxsize=16)
def _with_controls(system: System, parts: tuple[tuple[str, float], ...]) -> System:
    """Return a system whose control variables are these numbers, always the same."""
    given, changed = dict(parts), dict[str, IrVariable]()
    for name, own in system.variables.items():
        value = given.get(CONTROLS.get(canonical(name), ""))
        if value is None or (isinstance(own, Constant) and own.values[0] == value):
            continue
        if name in system.structural:
            what = f"{name} decides how many levels a delay has"
            raise ClockError(what, "Change it in the model.")
        changed[name] = Constant(name, (), (value,))
    variables = {**system.variables, **changed}
    return replace(system, variables=variables) if changed else system


def _refuse_unlike(system: System, samples: Samples, names: Iterable[str]) -> None:
    """Refuse runs that differ in what the clock depends on."""
    needed = reached(names, lambda name: needs(ever(system.variables[name])))
    for name in sorted(samples.varied & needed):
        values = samples.values(name, base_of(system, name), 0, samples.runs)
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


Engine = Literal["compiled", "pysd"]
AnyModel = System | Model | str | Path
METHODS: tuple[Method, ...] = get_args(Method)

#: Models that have been lowered, by what they came from, the one used last at the end.
_LOWERED: dict[Any, System] = {}
_MOST_LOWERED = 4


class EngineError(StatedError):
    """A request that an engine other than ours cannot fulfil."""


def run(
    model: AnyModel,
    settings: Mapping[str, Setting] | None = None,
    *,
    start: float | None = None,
    until: float | None = None,
    step: float | None = None,
    save: float | Literal["step"] | None = None,
    progress: Callable[[float], None] | None = None,
    engine: Engine = "compiled",
    method: Method | None = None,
    outputs: Iterable[str] | None = None,
    check_ranges: bool = True,
) -> Runs:
    """Run a model once and return its variables.

    Parameters
    ----------
    model
        A model from `read_model`, or the path of one.
    settings
        New values by name of a constant, lookup, or stock (for its initial value): a
        number, or numbers by element or subrange (`{"central": 0.1, "fuling": 0.2}`;
        on several axes `"fuling,urban"`), or the points of a lookup.
    start, until, step, save
        Start, end, step and time between saved values (`"step"`: every step), in the
        model's unit of time; the model's own by default.
    progress
        Told now and then which part of the run, from 0 to 1, is done.
    engine
        `compiled`, or `pysd`: the same numbers, hundreds of times slower.
    method
        `euler`; `rk4`, the classical Runge-Kutta method of fourth order; or `rk2`, by
        the slope at half the step. The model's own if not given. The compiled engine
        has all. What is remembered from step to step (DELAY FIXED, SAMPLE IF TRUE) is
        held within a step.
    outputs
        What to record; all of the modeller's own variables, but the four of the clock,
        if not given.
    check_ranges
        Refuse a constant outside of the range that the model gives it.

    Raises
    ------
    CqsimError
        The model cannot be read or run, a setting does not fit it, or the run diverges.
    """
    system = system_of(model)
    samples = samples_of(system, [settings or {}], check_ranges=check_ranges)
    every = save == "step"
    given = {"start": start, "end": until, "step": step}
    given |= {} if isinstance(save, str) else {"save": save}
    system, clock = timed(system, samples, given)
    clock = replace(clock, save=clock.step) if every else clock
    if engine == "pysd":
        return _by_pysd(model, system, samples, clock, method, progress)
    names = output_names(system, outputs)
    method = method_of(system, method)
    program = Program.of(system, names, samples, method=method)
    clock.refuse_large_record(sum(map(program.size, names)), 1)
    ((_, chunk, marks),) = program.stream(samples, clock)
    if marks[0] >= 0:
        raise diagnosis.lost(system, names, samples, clock, method)
    if progress is not None:
        progress(1.0)
    return _labelled(system, names, clock, [chunk], None)


def run_many(
    model: AnyModel,
    samples: Any,
    outputs: Iterable[str] | None = None,
    *,
    clock: Mapping[str, float] | Clock | None = None,
    method: Method | None = None,
    threads: int | None = None,
    memory: int = 2**30,
    lanes: int | None = None,
    check_ranges: bool = True,
) -> Runs:
    """Run a model once for each sample.

    Parameters
    ----------
    model
        A model from `read_model`, or the path of one.
    samples
        A data frame with a row for each run, whose columns are named as the constants,
        lookups or stocks (for their initial value) that they set, with an element in
        brackets where only that is set; or a mapping from such names to arrays
        (run, *axes); or a sequence of mappings, each as `run` takes settings.
    outputs
        What to record; all of the modeller's own variables if not given.
    clock
        `start`, `end`, `step` and `save`, where the model's own do not hold.
    method, check_ranges
        As in `run`.
    threads
        How many threads; as many as there are processors if not given. The numbers do
        not depend on it.
    memory
        How many bytes of outputs are kept in memory; what is beyond goes to files that
        are deleted with the runs.
    lanes
        How many runs are computed together; the numbers do not depend on it.

    Raises
    ------
    CqsimError
        If the model cannot be compiled, or a sample or output does not fit it. A run
        that diverges is no error: see `Runs.diverged`.
    """
    system = system_of(model)
    table = samples
    if not isinstance(samples, Samples):
        table = samples_of(system, samples, check_ranges=check_ranges)
    system, timing = timed(system, table, clock)
    names = output_names(system, outputs)
    method = method_of(system, method)
    program = Program.of(
        system, names, table, method=method, runs=table.runs, lanes=lanes
    )
    timing.refuse_large_record(sum(map(program.size, names)), program.width)
    store, lost = ChunkStore(memory), list[int]()
    for first, chunk, marks in program.stream(
        table, timing, threads=threads or processors()
    ):
        store.add(chunk)
        lost += (first + np.flatnonzero(marks >= 0)).tolist()
    found = _labelled(system, names, timing, store.chunks, table.runs)

    def cause(run: int) -> Divergence:
        return diagnosis.cause(system, names, table, timing, method, run)

    found = replace(found, lost=tuple(lost), cause=cause)
    store.follow(found)
    return found


def system_of(model: AnyModel) -> System:
    """Return a model lowered; kept while its files stay as they are.

    Raises
    ------
    CqsimError
        The model or its data cannot be read, or holds what is not supported.
    """
    if isinstance(model, System):
        return model
    if not isinstance(model, Model):
        model = read_model(model)
    ranges = tuple((r.name, r.elements) for r in model.ranges.values())
    key = model.path, model.sha256, tuple(sorted(model.files.items())), ranges
    known = _LOWERED.pop(key, None)
    if known is None or not _is_current(known):
        made_by = code_digest("language", "model", "compile")
        known = cached((key, made_by), partial(_lowered, model), _is_current)
    _LOWERED[key] = known
    if len(_LOWERED) > _MOST_LOWERED:
        del _LOWERED[next(iter(_LOWERED))]
    return known


def _lowered(model: Model) -> System:
    from cqsim.compile.lower import lower_model

    return lower_model(model)


def _is_current(system: System) -> bool:
    """Whether the files that a model reads are still those that it was lowered with."""
    paths = {system.data_path(name): digest for name, digest in system.files.items()}
    return all(p.is_file() and file_sha256(p) == d for p, d in paths.items())


def method_of(system: System, method: Method | None = None) -> Method:
    """Return a method of integration; the one that the model's file states, or Euler's.

    Raises
    ------
    UnknownNameError
        With the methods there are.
    """
    wanted = (system.method or "euler") if method is None else method
    if wanted not in METHODS:
        where = "method" if method is not None else f"{system.path}, method"
        kind = "method of integration"
        raise UnknownNameError(where, kind, str(wanted), list(METHODS))
    return wanted


def output_names(system: System, outputs: Iterable[str] | None) -> tuple[str, ...]:
    """Return the names to record, as the modeller wrote them.

    Raises
    ------
    UnknownNameError
        The model has no such variable.
    """
    if outputs is None:
        return tuple(n for n in system.names() if canonical(n) not in CONTROLS)
    return tuple(dict.fromkeys(spelled(system, name) for name in outputs))


def spelled(system: System, name: str) -> str:
    """Return a variable's name as the modeller wrote it."""
    if name in system.variables:
        return name
    names = {canonical(known): known for known in system.names()}
    if canonical(name) not in names:
        known = sorted(names.values())
        raise UnknownNameError(system.path.name, "variable", name, known)
    return names[canonical(name)]


def _labelled(
    system: System,
    names: Sequence[str],
    clock: Clock,
    chunks: list[Any],
    runs: int | None,
) -> Runs:
    axes = {name: system.variables[name].axes for name in names}
    notes = {name: system.notes.get(name) for name in names}
    shapes = {name: shape_of(own) for name, own in axes.items()}
    return Runs(
        clock.times,
        OutputChunks(chunks, shapes, runs is None, system.undefined),
        {name: tuple(axis.name for axis in own) for name, own in axes.items()},
        {axis.name: axis.elements for own in axes.values() for axis in own},
        {name: note.unit if note else "" for name, note in notes.items()},
        frozenset(n for n in names if isinstance(system.variables[n], Constant)),
        _warnings(clock),
        runs,
    )


def _warnings(clock: Clock) -> tuple[str, ...]:
    if clock.save <= clock.end - clock.start or clock.end == clock.start:
        return ()
    span = clock.end - clock.start
    return (
        f"SAVEPER {clock.save:g} is longer than the run of {span:g}, "
        "of which only the start is saved",
    )


def _by_pysd(
    model: AnyModel,
    system: System,
    samples: Samples,
    clock: Clock,
    method: Method | None,
    progress: Callable[[float], None] | None,
) -> Runs:
    from cqsim.engine.pysd_run import run_pysd

    if method_of(system, method) != "euler":
        what = "the engine pysd integrates by Euler's method only"
        raise EngineError(what, "Use the compiled engine, or Euler's method.")
    if isinstance(model, System):
        what = "PySD takes no lowered model"
        raise EngineError(what, "Give the model's file.")
    known = model if isinstance(model, Model) else read_model(model)
    return run_pysd(known, system, samples, clock, progress)
