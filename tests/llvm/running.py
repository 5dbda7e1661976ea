"""Run an emitted program with nothing between the test and the machine code."""

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cqsim.compile.ir import Constant, Method, System
from cqsim.compile.order import Spread
from cqsim.compile.passes import base_name, delay_name, pipelines, slots_name
from cqsim.compile.schedule import AREAS, Schedule, curve_rows, schedule
from cqsim.engine.program import aligned
from cqsim.llvm.module import emit_module
from cqsim.llvm.native import NativeCode, Opt, compile_native

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Times:
    """When a run begins, how many steps it takes, and how long they are."""

    steps: int
    step: float = 1.0
    begin: float = 0.0


def simulate(
    system: System,
    outputs: Sequence[str],
    varied: Mapping[str, Sequence[float]],
    *,
    steps: int,
    step: float = 1.0,
    begin: float = 0.0,
    lanes: int = 1,
    opt: Opt = 3,
    method: Method = "euler",
    first: int = 0,
) -> Floats:
    """Return (run, time, row): the outputs at every step, one after another.

    Parameters
    ----------
    varied
        For each constant that differs, its value in each run.
    first
        The number of the first run.
    """
    program = schedule(system, outputs, varied, method)
    code = compile_native(emit_module(program, lanes), opt)
    times = Times(steps, step, begin)
    areas = areas_of(program, code, times, lanes)
    runs = max((len(values) for values in varied.values()), default=1)
    width = -(-runs // lanes) * lanes
    out = np.empty((steps + 1, program.rows, width))
    integrate = ctypes.CFUNCTYPE(
        None,
        *[ctypes.c_void_p] * (len(AREAS) + 1),
        *[ctypes.c_int64] * 4,
        *[ctypes.c_double] * 2,
    )(code.address("integrate"))
    for start in range(0, width, lanes):
        for name, values in varied.items():
            address = program.storage.variables.get(name)
            if address is None:
                continue
            chosen = [values[min(n, runs - 1)] for n in range(start, start + lanes)]
            areas["inputs"][address.row * lanes : (address.row + 1) * lanes] = chosen
        pointers = [areas[name].ctypes.data for name in AREAS]
        place = out.ctypes.data + 8 * start
        integrate(*pointers, place, width, steps, 1, first + start, begin, step)
    return np.moveaxis(out[:, :-1, :runs], -1, 0)


def areas_of(
    program: Schedule, code: NativeCode, times: Times, lanes: int
) -> dict[str, Floats]:
    """Return the memory of a program, with what all its runs share prepared."""
    lengths = program.storage.lengths
    shared, uniform = aligned(lengths["shared"]), aligned(lengths["uniform"])
    _put_shared(program, shared)
    kinds = [ctypes.c_void_p] * 2 + [ctypes.c_double] * 2
    prepare = ctypes.CFUNCTYPE(None, *kinds)(code.address("prepare"))
    prepare(shared.ctypes.data, uniform.ctypes.data, times.begin, times.step)
    rings = _lay_rings(program, shared, times)
    own = {"base": 4 * lengths["states"], "pipes": rings}
    areas = {n: aligned(own.get(n, length) * lanes) for n, length in lengths.items()}
    return {**areas, "shared": shared}


def _put_shared(program: Schedule, shared: Floats) -> None:
    for name, variable in program.system.variables.items():
        address = program.storage.variables.get(name)
        if isinstance(variable, Constant) and address and address.area == "shared":
            shared[address.row : address.row + address.size] = variable.values
    for name, address in program.storage.lookups.items():
        lookup, points = program.system.lookups[name], address.shape[-1]
        rows = [curve_rows(c.x, c.y, points) for c in lookup.curves]
        shared[address.row : address.row + address.size] = np.concatenate(rows)


def _lay_rings(program: Schedule, shared: Floats, times: Times) -> int:
    addresses, end = program.storage.variables, 0
    for pipe in pipelines(program.system):
        slots = times.steps + 1
        if program.differs[delay_name(pipe.name)] is Spread.SHARED:
            address = addresses[delay_name(pipe.name)]
            longest = float(np.max(shared[address.row : address.row + address.size]))
            slots = min(slots, max(1, round(longest / times.step + 0.5)))
        shared[addresses[slots_name(pipe.name)].row] = slots
        shared[addresses[base_name(pipe.name)].row] = end
        end += slots * addresses[pipe.name].size
    return end
