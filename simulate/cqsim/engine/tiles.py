"""Run a compiled program over many runs: areas of memory, tiles, threads."""

import ctypes
import itertools
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.codegen.native import load_native
from cqsim.codegen.need import Spread
from cqsim.codegen.pipes import base_name, delay_name, pipelines, slots_name
from cqsim.codegen.program import Program
from cqsim.codegen.storage import AREAS, curve_rows
from cqsim.compile.ir import Constant, System
from cqsim.engine.clock import Clock
from cqsim.engine.kernel import Kernel
from cqsim.engine.places import Array, base_of
from cqsim.engine.samples import Samples

#: Numbers in a cache line; areas start on one.
_LINE = 16

_SIGNATURE = ctypes.CFUNCTYPE(
    None,
    *[ctypes.c_void_p] * (len(AREAS) + 1),
    *[ctypes.c_int64] * 4,
    ctypes.c_double,
    ctypes.c_double,
)


@dataclass(frozen=True, slots=True)
class Tiles:
    """A program in memory, with what its runs share."""

    program: Program
    clock: Clock
    shared: Array
    samples: Samples
    bases: dict[str, Array]
    address: int
    kernel: Kernel
    opened: tuple[str, ...]
    piped: int

    def with_samples(self, samples: Samples) -> "Tiles":
        """Return the program ready for other runs of the same names."""
        own = (self.program, samples, self.clock, self.opened)
        return tiles_of(self.kernel, *own)

    def run(self, first: int, last: int, threads: int) -> Array:
        """Integrate some of the runs.

        Returns
        -------
        (time, row, run) where the rows are the outputs one after another, and a mark
        """
        lanes, rows = self.program.lanes, self.program.rows
        width = -(-(last - first) // lanes) * lanes
        out = np.empty((len(self.clock.times), rows, width))
        inputs = self._inputs(first, last, width)
        tiles = itertools.count()
        faults: list[BaseException] = []

        def work() -> None:
            try:
                areas = self._areas()
                function = _SIGNATURE(self.address)
                while (start := next(tiles) * lanes) < width:
                    areas["inputs"][:] = inputs[:, start : start + lanes].ravel()
                    self._call(function, areas, out, start, width, first + start)
            except BaseException as fault:
                faults.append(fault)

        count = max(1, min(threads, width // lanes))
        others = [threading.Thread(target=work) for _ in range(count - 1)]
        for thread in others:
            thread.start()
        work()
        for thread in others:
            thread.join()
        if faults:
            raise faults[0]
        return out[:, :, : last - first]

    def _call(
        self,
        function: Any,
        areas: dict[str, Array],
        out: Array,
        start: int,
        width: int,
        first: int,
    ) -> None:
        clock = self.clock
        function(
            *(areas[name].ctypes.data for name in AREAS),
            out.ctypes.data + 8 * start,
            width,
            clock.steps,
            clock.every,
            first,
            clock.start,
            clock.step,
        )

    def _areas(self) -> dict[str, Array]:
        """Return memory for one thread; what is shared is not copied."""
        lanes, lengths = self.program.lanes, self.program.storage.lengths
        areas = {
            name: aligned(lengths[name] * (1 if name == "uniform" else lanes))
            for name in AREAS
        }
        areas["shared"] = self.shared
        areas["pipes"] = aligned(self.piped * lanes)
        if self.program.method == "rk4":
            areas["base"] = aligned(4 * lengths["states"] * lanes)
        return areas

    def _inputs(self, first: int, last: int, width: int) -> Array:
        """Return the varied constants and lookups of some runs, a row a number."""
        storage = self.program.storage
        inputs = np.zeros((storage.lengths["inputs"], width))
        runs = last - first
        for name, base in self.bases.items():
            home = storage.variables[name]
            values = np.empty((*base.shape, width))
            values[...] = base[..., None]
            for column in self.samples.columns:
                if column.name == name:
                    part = np.moveaxis(column.values[first:last], 0, -1)
                    if column.where is None:
                        values[..., :runs] = part
                    else:
                        values[..., :runs][np.ix_(*column.where)] = part
            inputs[home.row : home.row + home.size] = values.reshape(home.size, width)
        for name, curves in self.samples.curves.items():
            if name in storage.lookups:
                self._put_curves(inputs, name, curves[first:last])
        inputs[:, runs:] = inputs[:, runs - 1 : runs]
        return inputs

    def _put_curves(self, inputs: Array, name: str, curves: list[Any]) -> None:
        home = self.program.storage.lookups[name]
        points = self.program.storage.points[name]
        count = len(self.program.system.lookups[name].curves)
        for run, (x, y) in enumerate(curves):
            rows = curve_rows(x, y, points)
            inputs[home.row : home.row + home.size, run] = np.tile(rows, count)


def tiles_of(
    kernel: Kernel,
    program: Program,
    samples: Samples,
    clock: Clock,
    opened: tuple[str, ...],
) -> Tiles:
    """Return a program ready to run, its shared numbers worked out by a single run.

    Parameters
    ----------
    kernel
        A kernel of the program's own system, with the samples' clock.
    opened
        The states whose initial values are constants of ours.
    """
    system, storage = program.system, program.storage
    shared = aligned(storage.lengths["shared"])
    spread = program.differs.variables
    names = tuple(n for n in system.variables if spread[n] is Spread.SHARED)
    own = {n: v for n, v in samples.shared.items() if _has(system, n)}
    for name, values in kernel.at_start(own, names).items():
        home = storage.variables[name]
        shared[home.row : home.row + home.size] = values.ravel()
    curves = kernel.curves(own)
    for name, home in storage.lookups.items():
        if home.area == "shared":
            shared[home.row : home.row + home.size] = _all_rows(
                curves[name], storage.points[name]
            )
    bases = {
        name: base if base is not None else np.zeros(home.shape)
        for name, home in storage.variables.items()
        if home.area == "inputs"
        for base in [_base(system, samples, name)]
    }
    address = load_native(program.text, "integrate")
    piped = _lay_pipes(kernel, program, own, clock, shared)
    return Tiles(program, clock, shared, samples, bases, address, kernel, opened, piped)


def _lay_pipes(
    kernel: Kernel,
    program: Program,
    settings: dict[str, Any],
    clock: Clock,
    shared: Array,
) -> int:
    """Say where the rings of fixed delays begin; return how many rows they take."""
    homes, spread = program.storage.variables, program.differs.variables
    pipes = [p.name for p in pipelines(program.system)]
    alike = [n for n in pipes if spread[delay_name(n)] is not Spread.VARIED]
    found = kernel.at_start(settings, [delay_name(name) for name in alike])
    end = 0
    for name in pipes:
        slots = clock.steps + 1
        if name in alike:
            wait = float(np.max(found[delay_name(name)])) / clock.step + 0.5
            # None waits longer than the run; what is no number waits that long.
            slots = max(1, round(wait)) if wait < slots else slots
        shared[homes[slots_name(name)].row] = slots
        shared[homes[base_name(name)].row] = end
        end += slots * homes[name].size
    return end


def _has(system: System, name: str) -> bool:
    constant = isinstance(system.variables.get(name), Constant)
    return constant or name in system.lookups


def _base(system: System, samples: Samples, name: str) -> Array | None:
    given = samples.shared.get(name)
    return base_of(system, name) if given is None else np.array(given)


def _all_rows(curves: Any, points: int) -> Array:
    rows = [
        curve_rows(list(curves.x[n, :, 0]), list(curves.y[n, :, 0]), points)
        for n in range(len(curves.x))
    ]
    return np.concatenate(rows)


def aligned(count: int) -> Array:
    """Return zeros that start on a cache line, so that lanes load whole."""
    memory = np.zeros(count + _LINE)
    start = -(memory.ctypes.data // 8) % _LINE
    return memory[start : start + count]
