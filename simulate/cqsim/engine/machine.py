"""Compile a model for what is recorded and what is set, or take it from the cache."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from cqsim.cache import code_digest, kept
from cqsim.compile.ir import Constant, Curve, Method, Pipeline, System
from cqsim.compile.passes import (
    SHORT,
    initial_name,
    may_be_infinite,
    open_initials,
    prune,
    with_limits,
)
from cqsim.compile.schedule import Schedule, schedule
from cqsim.llvm.native import NativeCode, Opt, compile_native, processor


@dataclass(frozen=True, slots=True)
class Machine:
    """What runs a model: machine code, and the schedule without its equations.

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


class Same:
    """A system as a key: equal to itself only, since comparing two takes long."""

    def __init__(self, system: System) -> None:
        self.system = system

    def __hash__(self) -> int:
        return id(self.system)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.system is self.system


@lru_cache(maxsize=8)
def _simplified(key: Same) -> System:
    from cqsim.compile.simplify import simplify

    return simplify(key.system)


@lru_cache(maxsize=32)
def machine_for(
    key: Same,
    outputs: tuple[str, ...],
    varied: frozenset[str] | None,
    opened: tuple[str, ...],
    room: tuple[tuple[str, int], ...],
    method: Method,
    lanes: int,
    opt: Opt,
) -> Machine:
    """Return the machine for a request; one of the same equations is used again.

    Parameters
    ----------
    outputs, varied, opened, method, lanes, opt
        As in `Program.of`; all inputs are open to runs where `varied` is None.
    room
        How many points runs give to lookups.
    """
    equations = replace(
        key.system,
        path=Path(),
        digest="",
        notes={},
        ranges={},
        structural=frozenset(),
        files={},
        undefined={},
        named={},
    )
    names = None if varied is None else sorted(varied)
    request = (equations, outputs, names, opened, room, method, lanes, opt)
    made_by = processor(), code_digest("language", "compile", "llvm", "engine")
    inputs = outputs, varied, opened, dict(room)
    return kept((request, made_by), lambda: _made(key, *inputs, method, lanes, opt))


def _made(
    key: Same,
    outputs: tuple[str, ...],
    varied: frozenset[str] | None,
    opened: tuple[str, ...],
    room: Mapping[str, int],
    method: Method,
    lanes: int,
    opt: Opt,
) -> Machine:
    # Imported where something is to be compiled: what is kept needs no emitter.
    from cqsim.llvm.module import emit_module

    system = _simplified(key)
    system = with_limits(system, prune(system, outputs).variables)
    recorded = (*outputs, SHORT) if SHORT in system.variables else outputs
    needed = prune(system, recorded)
    lenient = may_be_infinite(needed)
    inside = tuple(name for name in opened if name in needed.variables)
    needed = _with_room(open_initials(needed, inside), room)
    names = {initial_name(name) for name in inside}
    if varied is None:
        names |= {n for n, v in needed.variables.items() if isinstance(v, Constant)}
        names |= set(needed.lookups)
    else:
        names |= varied
    plan = schedule(needed, recorded, names, method, lenient)
    code = compile_native(emit_module(plan, lanes), opt)
    # Equations are in the code now; what is left says where inputs go.
    inputs = {
        name: variable
        for name, variable in plan.system.variables.items()
        if isinstance(variable, Constant | Pipeline)
    }
    plan = replace(plan, loops={}, system=replace(plan.system, variables=inputs))
    return Machine(code, lanes, plan, inside)


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
