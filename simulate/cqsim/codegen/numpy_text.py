"""A model as NumPy source: one function that integrates one run, or a few together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cqsim.codegen.integrator import Method, refuse_unsteady
from cqsim.codegen.need import reached
from cqsim.codegen.piece import Pool
from cqsim.codegen.pieces import Pieces
from cqsim.codegen.positions import positions_of
from cqsim.compile.ir import (
    Along,
    Auxiliary,
    Block,
    Constant,
    Memory,
    Pipeline,
    Place,
    State,
    Stock,
    System,
    Value,
    Variable,
    shape_of,
    walk,
)
from cqsim.compile.order import Node, Plan, at_start_blocks, change_blocks, plan_of

_HEAD = '''"""{title}"""

import numpy as np

from cqsim.codegen.market import *
from cqsim.codegen.support import *


def simulate(clock, constants, lookups, pool, given, record, check):
    """Integrate, and hand every saved time to `record`."""
    # As NumPy's numbers, since Python's cannot be divided by nought.
    start_time, time_step = map(np.float64, clock[:2])
    steps, every, runs = clock[2:]
    time = start_time
'''


@dataclass(frozen=True, slots=True)
class NumpyProgram:
    """Emitted source, and what it must be called with.

    Attributes
    ----------
    text
        The source of a module with one function, `simulate`.
    constants, lookups, recorded
        The names, in the order in which `simulate` takes and gives their values.
    initials
        The stocks whose initial value a run may replace, in the order of `given`.
    pool
        Arrays of positions and literals that the text refers to.
    """

    text: str
    constants: tuple[str, ...]
    lookups: tuple[str, ...]
    recorded: tuple[str, ...]
    initials: tuple[str, ...]
    pool: tuple[Any, ...]


def emit_numpy(
    system: System, outputs: tuple[str, ...], method: Method = "euler"
) -> NumpyProgram:
    """Return a system as NumPy source that records the outputs.

    Raises
    ------
    UnsteadyError
        If a state cannot be integrated by the method.
    """
    refuse_unsteady(system, method)
    return _Emitter(system, outputs, method).program()


class _Emitter:
    def __init__(
        self, system: System, outputs: tuple[str, ...], method: Method
    ) -> None:
        self._system = system
        self._method = method
        self._plan: Plan = plan_of(system)
        self._outputs = outputs
        self._pool = Pool()
        self._lines: list[str] = []
        self._begun: set[str] = set()
        self._ids = {name: f"v{n}" for n, name in enumerate(system.variables)}
        self._tables = {name: f"l{n}" for n, name in enumerate(system.lookups)}
        variables = system.variables.values()
        self._constants = [v.name for v in variables if isinstance(v, Constant)]
        self._states = [v for v in variables if isinstance(v, State)]

    def program(self) -> NumpyProgram:
        self._unpack()
        self._initialise()
        self._loop()
        arrays = [f"    k{n} = pool[{n}]" for n in range(len(self._pool.arrays))]
        title = f"Emitted from {_plain(self._system.path.name)} {self._system.digest}."
        text = "\n".join([_HEAD.format(title=title), *arrays, *self._lines, ""])
        return NumpyProgram(
            text,
            tuple(self._constants),
            tuple(self._tables),
            self._outputs,
            tuple(state.name for state in self._states),
            tuple(self._pool.arrays),
        )

    def _unpack(self) -> None:
        for n, name in enumerate(self._constants):
            self._say(1, f"{self._ids[name]} = constants[{n}]  # {_plain(name)}")
        for n, name in enumerate(self._tables):
            self._say(1, f"{self._tables[name]} = lookups[{n}]  # {_plain(name)}")

    def _initialise(self) -> None:
        numbers = {state.name: n for n, state in enumerate(self._states)}
        for nodes in _together(list(self._plan.start)):
            variable = self._system.variables[nodes[0][0]]
            blocks = at_start_blocks(variable)
            self._assign(1, variable, blocks, nodes)
            name = self._ids[variable.name]
            if variable.name in numbers and nodes[-1][1] == len(blocks) - 1:
                n = numbers[variable.name]
                self._say(1, f"{name} = given.get({n}, {name})")
            if isinstance(variable, Pipeline):
                delay = self._whole(variable, variable.delay)
                self._say(1, f"p{name} = Pipe({name}, {delay}, time_step, steps + 1)")

        timed = [limit for limit in self._system.limits if limit.time in self._ids]
        self._say(1, f"check({self._tuple(str(limit.time) for limit in timed)})")

    def _loop(self) -> None:
        if self._method == "rk4":
            self._define_slopes()
        self._say(1, "for count in range(steps + 1):")
        self._say(2, "time = start_time + count * time_step")
        needed = _needed_by(self._system, self._outputs)
        wanted = [node for node in self._plan.reported if node[0] in needed]
        self._evaluate(2, self._plan.driving)
        self._say(2, "if count % every == 0:")
        self._evaluate(3, tuple(wanted))
        self._say(3, f"record(count // every, {self._tuple(self._outputs)})")
        self._say(2, "if count == steps:")
        self._say(3, "break")
        self._step()
        self._say(1, f"return {self._tuple(state.name for state in self._states)}")

    def _step(self) -> None:
        """Write a step: all move from where all were."""
        flowing = [s for s in self._states if self._has_slope(s)]
        jumping = [s for s in self._states if not self._has_slope(s)]
        moves = [self._move(state) for state in jumping]
        for state, text in zip(jumping, moves, strict=True):
            self._say(2, f"n{self._ids[state.name]} = {text}")
        if flowing:
            stocks = self._tuple(state.name for state in flowing)
            self._say(2, f"{stocks} = runge_kutta(slopes, time, time_step, {stocks})")
        for state in jumping:
            name = self._ids[state.name]
            self._say(2, f"{name} = n{name}")

    def _has_slope(self, state: State) -> bool:
        """Tell whether a state moves by its rates at several times within a step."""
        return self._method == "rk4" and isinstance(state, Stock)

    def _define_slopes(self) -> None:
        """Write the function that gives the rates of all stocks at a time."""
        stocks = [state for state in self._states if self._has_slope(state)]
        given = "".join(f", {self._ids[state.name]}" for state in stocks)
        self._say(1, f"def slopes(time{given}):")
        self._evaluate(2, self._plan.driving)
        rates = [self._whole(state, change_blocks(state)) for state in stocks]
        self._say(2, "return (" + "".join(f"{rate}, " for rate in rates) + ")")

    def _tuple(self, names: Iterable[str]) -> str:
        """Return the text of a tuple of variables."""
        return "(" + "".join(f"{self._ids[name]}, " for name in names) + ")"

    def _move(self, state: State) -> str:
        """Return the text of a state's next value."""
        name = self._ids[state.name]
        rate = self._whole(state, change_blocks(state))
        if isinstance(state, Memory):
            return rate
        if isinstance(state, Pipeline):
            return f"p{name}.push({rate})"
        if state.floored:
            return f"np.maximum({name} + time_step * ({rate}), 0.0)"
        return f"{name} + time_step * ({rate})"

    def _evaluate(self, depth: int, nodes: tuple[Node, ...]) -> None:
        self._begun.clear()
        for group in _together(list(nodes)):
            variable = self._system.variables[group[0][0]]
            assert isinstance(variable, Auxiliary)
            self._assign(depth, variable, variable.blocks, group)

    def _assign(
        self,
        depth: int,
        variable: Variable,
        blocks: tuple[Block, ...],
        nodes: list[Node],
    ) -> None:
        """Write the statements that give some parts of a variable."""
        name = self._ids[variable.name]
        note = f"  # {_plain(variable.name)}"
        if len(blocks) == 1 and _is_whole(blocks[0], variable):
            text = self._text(blocks[0])
            self._say(depth, f"{name} = {text}{note}")
            return
        shape = shape_of(variable.axes)
        if len(nodes) == len(blocks):
            self._say(depth, f"{name} = {self._joined(shape, blocks)}{note}")
            return
        # Other variables come between these equations: fill a new array bit by bit.
        if variable.name not in self._begun:
            self._begun.add(variable.name)
            self._say(depth, f"{name} = np.empty(({', '.join(map(str, shape))}, runs))")
        for _, n in nodes:
            where = self._where(blocks[n].target)
            self._say(depth, f"{name}[{where}] = {self._text(blocks[n])}{note}")

    def _whole(self, variable: Variable, blocks: tuple[Block, ...]) -> str:
        """Return the text of a value for every element of a variable."""
        if len(blocks) == 1 and _is_whole(blocks[0], variable):
            return self._text(blocks[0])
        return self._joined(shape_of(variable.axes), blocks)

    def _joined(self, shape: tuple[int, ...], blocks: tuple[Block, ...]) -> str:
        parts = ", ".join(
            f"({self._where(block.target)}, {self._text(block)})" for block in blocks
        )
        return f"assemble({shape}, ({parts},))"

    def _text(self, block: Block) -> str:
        pieces = Pieces(
            block.indices,
            self._ids.__getitem__,
            self._tables.__getitem__,
            self._lengths,
            self._pool,
        )
        return pieces.full(pieces.emit(block.expr), block.indices)

    def _lengths(self, name: str) -> tuple[int, ...]:
        lookup = self._system.lookups.get(name)
        axes = lookup.axes if lookup else self._system.variables[name].axes
        return shape_of(axes)

    def _where(self, target: tuple[Place, ...]) -> str:
        """Return the identifier of the positions that an equation gives."""
        return self._pool.name(("where", target), lambda: positions_of(target))

    def _say(self, depth: int, line: str) -> None:
        self._lines.append("    " * depth + line)


def _needed_by(system: System, outputs: tuple[str, ...]) -> set[str]:
    """Return the outputs and all auxiliaries that they need at the same time."""

    def uses(name: str) -> list[str]:
        variable = system.variables[name]
        if not isinstance(variable, Auxiliary):
            return []
        exprs = (e for block in variable.blocks for e in walk(block.expr))
        return [e.variable for e in exprs if isinstance(e, Value)]

    return reached(outputs, uses)


def _together(nodes: list[Node]) -> list[list[Node]]:
    """Return runs of neighbours that are equations of one variable."""
    groups: list[list[Node]] = []
    for node in nodes:
        if groups and groups[-1][0][0] == node[0]:
            groups[-1].append(node)
        else:
            groups.append([node])
    return groups


def _is_whole(block: Block, variable: Variable) -> bool:
    """Tell whether one equation gives a variable, its axes in the variable's order."""
    return all(
        isinstance(place, Along) and place.positions == tuple(range(len(axis.elements)))
        for place, axis in zip(block.target, variable.axes, strict=True)
    )


def _plain(name: str) -> str:
    """Return a modeller's name as it may stand in a comment."""
    return (
        name.encode("unicode_escape").decode("ascii")
        if not name.isprintable()
        else name
    )
