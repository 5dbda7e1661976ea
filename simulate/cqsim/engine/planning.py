"""An ensemble ready to run: its model compiled, its samples in order."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.codegen.integrator import Method
from cqsim.codegen.need import initial_name, open_initials, prune
from cqsim.codegen.program import emit_program
from cqsim.compile.ir import Curve, State, System
from cqsim.compile.lower import read_system
from cqsim.compile.order import plan_of
from cqsim.engine.clock import (
    Clock,
    clock_parts,
    refuse_large_record,
)
from cqsim.engine.controls import clock_settings, with_controls
from cqsim.engine.delays import runs_with_short_delays
from cqsim.engine.ensemble import Divergence, first_fault
from cqsim.engine.inputs import padded
from cqsim.engine.kernel import Kernel
from cqsim.engine.methods import checked_method, explained
from cqsim.engine.places import Array, SettingError
from cqsim.engine.samples import Samples, samples_of
from cqsim.engine.tiles import Tiles, tiles_of
from cqsim.model.model import Model

#: Runs computed together; two or four registers of the widest processors.
LANES = 16

#: Bytes of outputs that are computed before they are passed on.
_CHUNK = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Plan:
    """An ensemble ready to run.

    Attributes
    ----------
    kernel
        Of the whole model.
    runner
        Of what the outputs need, by the method of the ensemble.
    short
        Which runs hold a delay that is shorter than its steps.
    """

    kernel: Kernel
    runner: Kernel
    samples: Samples
    clock: Clock
    names: tuple[str, ...]
    method: Method
    tiles: Tiles | None
    threads: int
    short: Any

    @property
    def width(self) -> int:
        """Return how many runs a chunk holds."""
        rows = 1 + sum(_size(self.kernel.system, name) for name in self.names)
        wanted = _CHUNK // (8 * rows * len(self.clock.times))
        lanes = self.tiles.program.lanes if self.tiles else 1
        return max(lanes, min(wanted, 65536) // lanes * lanes)

    def chunk(self, first: int, last: int) -> tuple[Array, Array]:
        """Integrate some of the runs.

        Returns
        -------
        outputs : (time, row, run)
        mark : (time, run)
            Not finite where the run is lost.
        """
        outputs, mark = self._computed(first, last)
        short = self.short[first:last]
        if short.any():
            outputs[:, :, short] = np.nan
            mark[:, short] = np.nan
        return outputs, mark

    def _computed(self, first: int, last: int) -> tuple[Array, Array]:
        if self.tiles is not None:
            found = self.tiles.run(first, last, self.threads)
            return found[:, :-1], found[:, -1]
        rows = [self._row(run) for run in range(first, last)]
        values = self.runner.run_each(rows, self.names)
        flat = [
            np.moveaxis(values[name], 0, -1).reshape(
                len(self.clock.times), -1, last - first
            )
            for name in self.names
        ]
        outputs = np.concatenate(flat, axis=1)
        return outputs, (outputs * 0.0).sum(axis=1)

    def with_samples(self, samples: Any) -> "Plan":
        """Return this plan for other runs; what is compiled is used again.

        Raises
        ------
        CqsimError
            If the samples set other names than those of the plan, or do not fit.
        """
        found, asked = samples_of(self.kernel.system, samples)
        same_clock = all(getattr(self.clock, part) == v for part, v in asked.items())
        if found.varied != self.samples.varied or not same_clock:
            what = "they do not set what the plan was made for"
            remedy = "Give the same names, each as an array of one value for each run."
            where = "samples"
            raise SettingError(where, what, remedy)
        if self.kernel.clock(clock_settings(self.kernel.system, found)) != self.clock:
            what = "they ask for another clock than that of the plan"
            where = "samples"
            raise SettingError(where, what, "Make another plan.")
        tiles = None
        if self.tiles is not None:
            tiles = self.tiles.with_samples(found.with_initials(self.tiles.opened))
        short = _short(self.kernel, found, self.names, self.clock)
        return replace(self, samples=found, tiles=tiles, short=short)

    def cause(self, run: int) -> Divergence:
        """Find the first value of a run that is not finite, step by step."""
        if self.short[run]:
            return Divergence(run, self.clock.start, "a delay shorter than its steps")
        clock = {**clock_parts(self.clock), "save": self.clock.step}
        kernel = Kernel(self.runner.system, clock, self.method)
        plan = plan_of(kernel.system)
        states = [n for n, v in kernel.system.variables.items() if isinstance(v, State)]
        order = [name for name, _ in (*plan.start, *plan.driving, *plan.reported)]
        names = tuple(dict.fromkeys((*states, *order)))
        found = kernel.run_all(self._row(run), names)
        arrays = {name: found[name][0] for name in names}
        fault = first_fault(found["time"], names, arrays, kernel.system)
        if fault is None:
            return Divergence(run, float("nan"), "")
        return Divergence(run, *fault)

    def _row(self, run: int) -> dict[str, Any]:
        """Return what a run sets of what the outputs need."""
        system = self.runner.system
        known = {*system.variables, *system.lookups}
        return {n: v for n, v in self.samples.row(run).items() if n in known}


def plan_many(
    model: System | Model | str | Path,
    samples: Any,
    outputs: Sequence[str] | None = None,
    *,
    clock: Mapping[str, float] | None = None,
    method: Method = "euler",
    threads: int | None = None,
    lanes: int = LANES,
) -> Plan:
    """Return an ensemble ready to run.

    Raises
    ------
    CqsimError
        If the model cannot be compiled, or a sample or output does not fit it.
    """
    system = system_of(model)
    found, asked = samples_of(system, samples)
    system = with_controls(system, {**(clock or {}), **asked})
    kernel = Kernel(system, {**(clock or {}), **asked})
    names = kernel.outputs(outputs)
    timing = kernel.clock(clock_settings(kernel.system, found))
    checked_method(method)
    refuse_large_record(timing, sum(_size(system, name) for name in names), lanes)
    tiles = _tiles(kernel, found, timing, names, method, lanes)
    runner = Kernel(prune(system, names), clock_parts(timing), method)
    count = threads or _processors()
    short = _short(kernel, found, names, timing)
    return Plan(kernel, runner, found, timing, names, method, tiles, count, short)


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def system_of(model: System | Model | str | Path) -> System:
    """Return a model lowered: as it is, from the cache, or from its file."""
    if isinstance(model, System):
        return model
    return read_system(model.path if isinstance(model, Model) else model)


def _short(
    kernel: Kernel, samples: Samples, names: tuple[str, ...], clock: Clock
) -> Any:
    """Return which runs hold a delay that is shorter than its steps."""
    reached = prune(kernel.system, names)
    return runs_with_short_delays(reached, samples, clock.step, kernel.rows_at_start)


def _tiles(
    kernel: Kernel,
    samples: Samples,
    clock: Clock,
    names: tuple[str, ...],
    method: Method,
    lanes: int,
) -> Tiles:
    """Return the compiled program.

    Raises
    ------
    InputFileError
        If the method of integration cannot take a state that the outputs need.
    """
    set_by_runs = {c.name for c in samples.columns} | set(samples.shared)
    states = [
        n for n in set_by_runs if isinstance(kernel.system.variables.get(n), State)
    ]
    needed = prune(kernel.system, names)
    opened = [name for name in states if name in needed.variables]
    system = open_initials(_with_room(needed, samples), opened)
    varied = samples.varied | {initial_name(name) for name in opened}
    with explained(system, method):
        program = emit_program(system, names, varied, lanes, method)
    own = Kernel(program.system, clock_parts(clock))
    renamed = samples.with_initials(opened)
    return tiles_of(own, program, renamed, clock, tuple(opened))


def _with_room(system: System, samples: Samples) -> System:
    """Return the system with lookups of as many points as the runs give them."""
    lookups = dict(system.lookups)
    for name in lookups.keys() & (samples.shared.keys() | samples.curves.keys()):
        given = [len(x) for x, _ in samples.curves.get(name, ())]
        most = max([*given, len(samples.shared.get(name, ()))])
        own = lookups[name]
        first = own.curves[0]
        if most > len(first.x):
            longer = Curve(*(tuple(padded(side, most)) for side in (first.x, first.y)))
            lookups[name] = replace(own, curves=(longer, *own.curves[1:]))
    return replace(system, lookups=lookups)


def _size(system: System, name: str) -> int:
    size = 1
    for axis in system.variables[name].axes:
        size *= len(axis.elements)
    return size
