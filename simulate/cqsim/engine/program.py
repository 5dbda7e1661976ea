"""A model compiled for outputs and inputs, and its runs: tiles of lanes, threads.

What was compiled before, with the same equations, is taken from the cache.
"""

import ctypes
import itertools
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.cache import cached, code_digest
from cqsim.compile.ir import (
    Constant,
    Curve,
    FixedDelay,
    Method,
    State,
    System,
    shape_of,
)
from cqsim.compile.order import Spread
from cqsim.compile.passes import (
    SHORT,
    base_name,
    delay_name,
    initial_name,
    may_be_infinite,
    open_initials,
    pipelines,
    prune,
    slots_name,
    with_limits,
)
from cqsim.compile.schedule import AREAS, Address, Schedule, curve_rows, schedule
from cqsim.engine.clock import Array, Clock
from cqsim.engine.settings import Samples, base_of
from cqsim.llvm.native import NativeCode, Opt, compile_native, processor


@dataclass(frozen=True, slots=True)
class Machine:
    """Compiled code that runs a model, and the schedule without its equations.

    Attributes
    ----------
    lanes
        How many runs it computes together.
    opened
        The states whose initial values runs may set.
    """

    code: NativeCode
    lanes: int
    schedule: Schedule
    opened: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProgramOptions:
    """The options that code is compiled for, as `Program.of` takes them.

    Attributes
    ----------
    varied
        What runs set; None where all inputs are open to them.
    room
        How many points runs give to lookups.
    """

    outputs: tuple[str, ...]
    varied: tuple[str, ...] | None
    opened: tuple[str, ...]
    room: tuple[tuple[str, int], ...]
    method: Method
    lanes: int
    opt: Opt


@lru_cache(maxsize=8)
def _simplified(system: System) -> System:
    from cqsim.compile.simplify import simplify

    return simplify(system)


@lru_cache(maxsize=32)
def machine_for(system: System, request: ProgramOptions) -> Machine:
    """Return the machine for a request; one of the same equations is used again."""
    parts = system.variables, system.lookups
    equations = System(Path(), "", *parts, limits=system.limits, method=system.method)
    made_by = processor(), code_digest("language", "compile", "llvm", "engine")
    return cached((equations, request, made_by), lambda: _made(system, request))


def _made(system: System, request: ProgramOptions) -> Machine:
    # Imported where something is to be compiled: what is kept needs no emitter.
    from cqsim.llvm.module import emit_module

    outputs, system = request.outputs, _simplified(system)
    system = with_limits(system, prune(system, outputs).variables)
    recorded = (*outputs, SHORT) if SHORT in system.variables else outputs
    needed = prune(system, recorded)
    lenient = may_be_infinite(needed)
    inside = tuple(name for name in request.opened if name in needed.variables)
    needed = _with_room(open_initials(needed, inside), dict(request.room))
    names = {initial_name(name) for name in inside}
    if request.varied is None:
        names |= {n for n, v in needed.variables.items() if isinstance(v, Constant)}
        names |= set(needed.lookups)
    else:
        names |= set(request.varied)
    plan = schedule(needed, recorded, names, request.method, lenient)
    code = compile_native(emit_module(plan, request.lanes), request.opt)
    # Equations are in the code now; what is left says where inputs go.
    inputs = {
        name: variable
        for name, variable in plan.system.variables.items()
        if isinstance(variable, Constant | FixedDelay)
    }
    plan = replace(plan, loops={}, system=replace(plan.system, variables=inputs))
    return Machine(code, request.lanes, plan, inside)


def _with_room(system: System, room: Mapping[str, int]) -> System:
    """Return the system with lookups of as many points as the runs give them."""
    lookups = dict(system.lookups)
    for name in lookups.keys() & room.keys():
        own = lookups[name].curves[0]
        if room[name] > len(own.x):
            longer = Curve(_padded(own.x, room[name]), _padded(own.y, room[name]))
            curves = (longer, *lookups[name].curves[1:])
            lookups[name] = replace(lookups[name], curves=curves)
    return replace(system, lookups=lookups)


def _padded(values: tuple[float, ...], length: int) -> tuple[float, ...]:
    """Return values with the last one repeated up to a length."""
    return (*values, *(values[-1],) * (length - len(values)))


#: Runs computed together; two or four registers of the widest processors.
LANES = 16

#: A model of fewer numbers than this keeps twice as many runs near the processor.
SMALL = 50_000

#: Fewer runs than this do not repay the optimiser's time, and run one by one.
FEW = 64

#: Bytes of outputs that are computed before they are passed on.
CHUNK = 64 * 2**20

#: Numbers in a cache line; areas start on one.
_LINE = 16

_INTEGRATE = ctypes.CFUNCTYPE(
    None,
    *[ctypes.c_void_p] * (len(AREAS) + 1),
    *[ctypes.c_int64] * 4,
    ctypes.c_double,
    ctypes.c_double,
)
_PREPARE = ctypes.CFUNCTYPE(
    None, *[ctypes.c_void_p] * 2, ctypes.c_double, ctypes.c_double
)


def lanes_for(system: System, runs: int) -> int:
    """Return how many of some runs are best computed together."""
    if runs < FEW:
        return 1
    numbers = sum(prod(shape_of(v.axes)) for v in system.variables.values())
    return 2 * LANES if numbers < SMALL else LANES


@dataclass(frozen=True, slots=True)
class Program:
    """A model compiled for outputs, for what its runs set, and for a method.

    Its runs have the same bits whatever their number, lanes and threads, and whatever
    else is recorded.

    Attributes
    ----------
    outputs
        The variables to record.
    """

    system: System
    outputs: tuple[str, ...]
    machine: Machine

    @classmethod
    def of(
        cls,
        system: System,
        outputs: Iterable[str],
        samples: Samples | None = None,
        *,
        method: Method = "euler",
        runs: int = 1,
        lanes: int | None = None,
        opt: Opt | None = None,
    ) -> "Program":
        """Return the program for the outputs; what was compiled before is used again.

        Parameters
        ----------
        samples
            Whose names are set; the values may be others when it runs.
        runs
            How many there will be about: few are not worth optimised code.
        lanes, opt
            How many runs are computed together, and how far code is optimised; chosen
            by `runs` if not given.

        Raises
        ------
        InputFileError
            If equations need each other.
        """
        samples = samples or Samples()
        lanes = lanes or lanes_for(system, runs)
        names, given = tuple(outputs), samples.parts
        room = tuple((n, samples.longest(n)) for n in given if n in system.lookups)
        states = (n for n in given if isinstance(system.variables.get(n), State))
        # One lane has everything as an input: other settings need no other code.
        varied = tuple(sorted(samples.varied)) if lanes > 1 else None
        opt = (0 if lanes == 1 else 3) if opt is None else opt
        inputs = varied, tuple(sorted(states)), room
        request = ProgramOptions(names, *inputs, method, lanes, opt)
        return cls(system, names, machine_for(system, request))

    @property
    def width(self) -> int:
        """Return how many lanes are computed together."""
        return self.machine.lanes

    def stream(
        self,
        samples: Samples,
        clock: Clock,
        *,
        threads: int = 1,
        masked: bool = True,
    ) -> Iterator[tuple[int, Array, Any]]:
        """Yield the first run, the outputs and the marks of chunk after chunk.

        No more than one chunk is in memory at a time. The outputs are an array (time,
        row, run), whose rows are the elements of one output after another; the mark
        (run,) is the number of the saved time at which a run was first lost, else -1.
        A run with a delay shorter than its steps has no numbers, unless not `masked`.
        """
        size = 8 * self.machine.schedule.rows * (clock.steps // clock.every + 1)
        wanted = max(1, CHUNK // (size * self.width)) * self.width
        width = min(wanted, 65536)
        tiles = _Tiles(self, samples, clock)
        short = SHORT in self.machine.schedule.recorded
        for first in range(0, samples.runs, width):
            last = min(first + width, samples.runs)
            found = tiles.run(first, last, threads)
            lost = ~np.isfinite(found[:, -1])
            marks = np.where(lost.any(axis=0), lost.argmax(axis=0), -1)
            outputs = found[:, : -2 if short else -1]
            if short and masked:
                outputs[:, :, np.isnan(found[0, -2])] = np.nan
            yield first, outputs, marks

    def size(self, name: str) -> int:
        """Return how many rows an output takes."""
        return self.machine.schedule.storage.variables[name].size


class _Tiles:
    """The memory of a program for some samples: what all runs share, and the rest."""

    def __init__(self, program: Program, samples: Samples, clock: Clock) -> None:
        self._program = program
        self._machine = program.machine
        self._clock = clock
        self._samples = _with_initials(samples, program.machine.opened)
        self._lengths = program.machine.schedule.storage.lengths
        code = self._machine.code
        self._integrate = _INTEGRATE(code.address("integrate"))
        self._base = np.zeros((self._lengths["inputs"], self._machine.lanes))
        self._shared = aligned(self._lengths["shared"])
        # By variable that runs may set: its rows among the inputs, its own values.
        self._own: dict[str, tuple[slice, Array]] = {}
        self._fill()
        uniform = aligned(self._lengths["uniform"])
        prepare = _PREPARE(code.address("prepare"))
        memory = self._shared.ctypes.data, uniform.ctypes.data
        prepare(*memory, clock.start, clock.step)
        self._ring_rows = self._lay_rings(uniform)

    def run(self, first: int, last: int, threads: int) -> Array:
        """Integrate some of the runs: (time, row, run)."""
        lanes = self._machine.lanes
        width = -(-(last - first) // lanes) * lanes
        saved = self._clock.saved // self._clock.every
        times = self._clock.steps // self._clock.every + 1
        out = np.empty((times, self._machine.schedule.rows, width))
        tiles = itertools.count()
        faults: list[BaseException] = []

        def work() -> None:
            try:
                areas = self._areas()
                while (start := next(tiles) * lanes) < width:
                    areas["inputs"][:] = self._inputs(first + start, last).ravel()
                    self._call(areas, out, start, first)
            except BaseException as fault:
                faults.append(fault)

        others = [
            threading.Thread(target=work)
            for _ in range(min(threads, width // lanes) - 1)
        ]
        for thread in others:
            thread.start()
        work()
        for thread in others:
            thread.join()
        if faults:
            raise faults[0]
        found = out[:, :, : last - first]
        return found if len(saved) == times else found[saved]

    def _call(
        self, areas: dict[str, Array], out: Array, start: int, first: int
    ) -> None:
        clock = self._clock
        self._integrate(
            *(areas[name].ctypes.data for name in AREAS),
            out.ctypes.data + 8 * start,
            out.shape[2],
            clock.steps,
            clock.every,
            self._samples.first + first + start,
            clock.start,
            clock.step,
        )

    def _areas(self) -> dict[str, Array]:
        """Return memory for one thread; what is shared is not copied."""
        lanes = self._machine.lanes
        areas = {
            name: aligned(self._lengths[name] * (1 if name == "uniform" else lanes))
            for name in AREAS
        }
        areas["shared"] = self._shared
        areas["pipes"] = aligned(self._ring_rows * lanes)
        if self._machine.schedule.method != "euler":
            areas["base"] = aligned(4 * self._lengths["states"] * lanes)
        return areas

    def _fill(self) -> None:
        """Put the model's own inputs into memory, and those that all runs set alike."""
        system, storage = self._machine.schedule.system, self._machine.schedule.storage
        for name, address in storage.variables.items():
            if not isinstance(system.variables.get(name), Constant):
                continue
            base = base_of(system, name)
            if address.area == "inputs":
                self._own[name] = _rows(address), base
                self._base[_rows(address)] = base.reshape(-1, 1)
            else:
                values = self._samples.values(name, base, 0, 1)
                self._shared[_rows(address)] = values.ravel()
        for name, address in storage.lookups.items():
            points = self._points(name, 0 if address.area == "shared" else None)
            if address.area == "inputs":
                self._base[_rows(address)] = points[:, None]
            else:
                self._shared[_rows(address)] = points

    def _inputs(self, first: int, end: int) -> Array:
        """Return the inputs of one tile of runs; lanes past the end repeat the last."""
        storage = self._machine.schedule.storage
        lanes = self._machine.lanes
        last = min(first + lanes, end)
        inputs = self._base.copy()
        for name in self._samples.parts:
            if name in self._own:
                rows, base = self._own[name]
                values = self._samples.values(name, base, first, last)
                inputs[rows, : last - first] = values.reshape(last - first, -1).T
            address = storage.lookups.get(name)
            if address is not None and address.area == "inputs":
                for lane in range(last - first):
                    inputs[_rows(address), lane] = self._points(name, first + lane)
        inputs[:, last - first :] = inputs[:, last - first - 1 : last - first]
        return inputs

    def _points(self, name: str, run: int | None) -> Array:
        """Return the curves of a lookup in a run, or the model's own, as rows."""
        lookup = self._machine.schedule.system.lookups[name]
        samples = Samples() if run is None else self._samples
        points = self._machine.schedule.storage.lookups[name].shape[-1]
        curves = samples.curves(lookup, run or 0)
        rows = [curve_rows(x, y, points) for x, y in curves]
        return np.concatenate(rows)

    def _lay_rings(self, uniform: Array) -> int:
        """Say where the rings of fixed delays begin; return how many rows they take."""
        addresses = self._machine.schedule.storage.variables
        spread = self._machine.schedule.differs
        end = 0
        for pipe in pipelines(self._machine.schedule.system):
            slots = self._clock.steps + 1
            address = addresses[delay_name(pipe.name)]
            if spread[delay_name(pipe.name)] is not Spread.VARIED:
                area = self._shared if address.area == "shared" else uniform
                wait = float(np.max(area[_rows(address)])) / self._clock.step + 0.5
                # None waits longer than the run; what is no number waits that long.
                slots = max(1, round(wait)) if wait < slots else slots
            for name, value in ((slots_name, slots), (base_name, end)):
                place = addresses[name(pipe.name)]
                area = self._base if place.area == "inputs" else self._shared
                area[place.row] = value
            end += slots * addresses[pipe.name].size
        return end


def _rows(address: Address) -> slice:
    return slice(address.row, address.row + address.size)


def _with_initials(samples: Samples, states: Iterable[str]) -> Samples:
    """Return samples that give initial values as constants of ours."""
    names = {state: initial_name(state) for state in states}
    parts = {names.get(name, name): parts for name, parts in samples.parts.items()}
    return Samples(samples.runs, parts, samples.clock, samples.first)


def aligned(count: int) -> Array:
    """Return zeros that start on a cache line, so that lanes load whole."""
    memory = np.zeros(count + _LINE)
    start = -(memory.ctypes.data // 8) % _LINE
    return memory[start : start + count]


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
