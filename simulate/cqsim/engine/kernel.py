"""A compiled model: pack a run's inputs, integrate, collect its outputs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from cqsim.codegen.files import load_emitted
from cqsim.codegen.integrator import Method
from cqsim.codegen.numpy_text import NumpyProgram, emit_numpy
from cqsim.codegen.support import Curves
from cqsim.compile.ir import System, shape_of
from cqsim.engine.clock import (
    Clock,
    refuse_large_record,
)
from cqsim.engine.controls import controls_in, with_controls
from cqsim.engine.delays import refuse_short_delays
from cqsim.engine.inputs import Inputs, Setting, pack
from cqsim.engine.methods import explained
from cqsim.errors import UnknownNameError
from cqsim.language.syntax import canonical

Array = np.ndarray[Any, np.dtype[np.float64]]
Settings = Mapping[str, Setting]


class Kernel:
    """A model compiled for a set of outputs; calling it again costs only the run."""

    def __init__(
        self, system: System, clock: Mapping[str, float], method: Method = "euler"
    ) -> None:
        self.system = with_controls(system, clock)
        self.method = method
        self._clock = dict(clock)
        self._spelled = {canonical(name): name for name in system.names()}
        self._programs: dict[tuple[str, ...], tuple[NumpyProgram, Any]] = {}
        self._others: dict[object, Kernel] = {}

    def run(
        self,
        settings: Settings | Sequence[Settings] | None = None,
        outputs: Sequence[str] | None = None,
    ) -> dict[str, Array]:
        """Integrate one run for each set of settings, all together.

        Parameters
        ----------
        settings
            Values of constants by name: a number, an array in the order of the axes,
            or a mapping from element to number. A lookup takes a list of points; a
            stock's name sets its initial value. One mapping, or one for each run.
        outputs
            The variables to record; all of the modeller's own if none are named.

        Returns
        -------
        dict of arrays (run, time, *axes)
            Also `time`: the saved times.

        Raises
        ------
        UnknownNameError
            If a setting or output names what the model does not have.
        OutOfRangeError
            If a setting's shape or element does not fit.
        InputFileError
            If the method of integration cannot take a state of the model.
        """
        rows = [settings or {}] if isinstance(settings, Mapping | None) else settings
        controls, rows = controls_in(rows)
        if controls:
            return self._other(controls).run(rows, outputs)
        names = self.outputs(outputs)
        program, simulate = self._compiled(names)
        inputs = pack(self.system, self._clock, rows)
        return self._integrate(program, simulate, inputs, len(rows))

    def _other(self, controls: Mapping[str, float]) -> "Kernel":
        """Return this kernel with another clock."""
        clock = {**self._clock, **controls}
        key = tuple(sorted(clock.items()))
        if key not in self._others:
            self._others[key] = Kernel(self.system, clock, self.method)
        return self._others[key]

    def by(self, method: Method) -> "Kernel":
        """Return this kernel with another method of integration."""
        if method == self.method:
            return self
        if method not in self._others:
            self._others[method] = Kernel(self.system, self._clock, method)
        return self._others[method]

    def run_all(self, settings: Settings, names: Sequence[str]) -> dict[str, Array]:
        """Integrate a single run and record variables, those of ours too."""
        program, simulate = self._compiled(tuple(names))
        inputs = pack(self.system, self._clock, [settings])
        return self._integrate(program, simulate, inputs, 1)

    def at_start(self, settings: Settings, names: Sequence[str]) -> dict[str, Array]:
        """Return variables, our own too, at the start of a single run: (*axes)."""
        program, simulate = self._compiled(tuple(names))
        inputs = pack(self.system, self._clock, [settings])
        clock = replace(inputs.clock, end=inputs.clock.start)
        inputs = replace(inputs, clock=clock)
        found = self._integrate(program, simulate, inputs, 1, checked=False)
        return {name: found[name][0, 0] for name in names}

    def rows_at_start(
        self, rows: Sequence[Settings], names: tuple[str, ...]
    ) -> dict[str, Array]:
        """Return variables, our own too, at the start of some runs: (run, *axes)."""
        program, simulate = self._compiled(names)
        inputs = pack(self.system, self._clock, rows)
        inputs = replace(inputs, clock=replace(inputs.clock, end=inputs.clock.start))
        found = self._integrate(program, simulate, inputs, len(rows), checked=False)
        return {name: found[name][:, 0] for name in names}

    def run_each(
        self, rows: Sequence[Settings], names: tuple[str, ...]
    ) -> dict[str, Array]:
        """Integrate runs whose delays have been looked at before."""
        program, simulate = self._compiled(names)
        inputs = pack(self.system, self._clock, rows)
        return self._integrate(program, simulate, inputs, len(rows), checked=False)

    def curves(self, settings: Settings) -> dict[str, Curves]:
        """Return the points of all lookups in a single run."""
        return pack(self.system, self._clock, [settings]).lookups

    def clock(self, settings: Settings) -> Clock:
        """Return the clock of a single run."""
        return pack(self.system, self._clock, [settings]).clock

    def outputs(self, outputs: Sequence[str] | None) -> tuple[str, ...]:
        """Return the names to record, as the modeller wrote them."""
        if outputs is None:
            return tuple(self.system.names())
        return tuple(dict.fromkeys(self.find(name) for name in outputs))

    def find(self, name: str) -> str:
        """Return a variable's name as the modeller wrote it."""
        found = self._spelled.get(canonical(name))
        if found is None:
            known = sorted(self._spelled.values())
            raise UnknownNameError(self.system.path.name, "variable", name, known)
        return found

    def _compiled(
        self, names: tuple[str, ...]
    ) -> tuple[NumpyProgram, Callable[..., Any]]:
        if names not in self._programs:
            with explained(self.system, self.method):
                program = emit_numpy(self.system, names, self.method)
            simulate = load_emitted(program.text).simulate
            self._programs[names] = (program, simulate)
        return self._programs[names]

    def _integrate(
        self,
        program: NumpyProgram,
        simulate: Callable[..., Any],
        inputs: Inputs,
        runs: int,
        checked: bool = True,
    ) -> dict[str, Array]:
        clock = inputs.clock
        shapes = [shape_of(self.system.variables[n].axes) for n in program.recorded]
        refuse_large_record(clock, sum(map(prod, shapes)), runs)
        times = clock.times
        kept = [np.empty((len(times), *shape, runs)) for shape in shapes]

        def record(number: int, values: tuple[Array, ...]) -> None:
            for array, value in zip(kept, values, strict=True):
                array[number] = value

        def check(values: tuple[Array, ...]) -> None:
            if checked:
                refuse_short_delays(self.system, clock.step, values)

        with np.errstate(all="ignore"):
            simulate(
                (clock.start, clock.step, clock.steps, clock.every, runs),
                [inputs.constants[name] for name in program.constants],
                [inputs.lookups[name] for name in program.lookups],
                program.pool,
                {
                    n: inputs.initials[name]
                    for n, name in enumerate(program.initials)
                    if name in inputs.initials
                },
                record,
                check,
            )
        collected = zip(program.recorded, kept, strict=True)
        found = {name: np.moveaxis(array, -1, 0) for name, array in collected}
        return {"time": times, **found}


def compile_model(
    system: System,
    start: float | None = None,
    end: float | None = None,
    step: float | None = None,
    save: float | None = None,
) -> Kernel:
    """Return a kernel; what is not given of the clock is as the model says."""
    given = {"start": start, "end": end, "step": step, "save": save}
    return Kernel(system, {k: v for k, v in given.items() if v is not None})


__all__ = ["Clock", "Kernel", "compile_model"]
