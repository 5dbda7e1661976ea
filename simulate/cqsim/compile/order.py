"""Dependencies, which values vary, and the order in which equations are evaluated.

The unit of order is one equation of a variable, not the variable: two variables may
each need an element of the other, as long as no element needs itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from cqsim.compile.expr import Expr, IrCall, Now, Place, Table, values_in, walk
from cqsim.compile.ir import (
    Auxiliary,
    Block,
    Blocks,
    FixedDelay,
    Initial,
    IrVariable,
    State,
    System,
)
from cqsim.errors import InputFileError

Node = tuple[str, int]
BlocksOf = Callable[[IrVariable], Blocks]


def now(variable: IrVariable) -> Blocks:
    """Return the equations that give a value at each time."""
    return variable.now


def at_start(variable: IrVariable) -> Blocks:
    """Return the equations that give a value at the start."""
    return variable.starting


def ever(variable: IrVariable) -> Blocks:
    """Return all equations."""
    return tuple(b for blocks in variable.equations.values() for b in blocks)


def reached(names: Iterable[str], uses: Callable[[str], Iterable[str]]) -> set[str]:
    """Return the names, with what each uses, and what that uses."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(uses(name))
    return found


def needs(blocks: Blocks) -> dict[str, None]:
    """Return the variables that equations read."""
    return {v.variable: None for block in blocks for v in values_in(block.expr)}


def affected(system: System, names: Iterable[str], by: BlocksOf) -> frozenset[str]:
    """Return the variables, and those that they act on by some of the equations."""
    users: dict[str, list[str]] = {}
    for name, variable in system.variables.items():
        for needed in needs(by(variable)):
            users.setdefault(needed, []).append(name)
    return frozenset(reached(names, lambda name: users.get(name, ())))


def is_drawn(expr: Expr) -> bool:
    """Tell whether an expression is itself a random number, of each run its own."""
    return isinstance(expr, IrCall) and expr.function == "draw"


def is_timed(expr: Expr) -> bool:
    """Tell whether an expression by itself gives another number at each step."""
    return isinstance(expr, Now) or is_drawn(expr)


def moving_in(system: System) -> frozenset[str]:
    """Return the names of the variables that change in time."""
    found = [name for name, v in system.variables.items() if _moves_by_itself(v)]
    return affected(system, found, now)


def _moves_by_itself(variable: IrVariable) -> bool:
    if isinstance(variable, Auxiliary):
        parts = (part for block in variable.blocks for part in walk(block.expr))
        return bool(variable.at_start) or any(map(is_timed, parts))
    return isinstance(variable, State)


class Spread(Enum):
    """How a variable differs between the runs of an ensemble."""

    SHARED = "the same in all runs and at all times"
    UNIFORM = "the same in all runs"
    VARIED = "of each run"


def differences(system: System, varied: frozenset[str]) -> Mapping[str, Spread]:
    """Return how variables and lookups differ when the constants and lookups named do.

    States are each run's own, and so is what is drawn.
    """

    def varies(variable: IrVariable) -> bool:
        return (
            isinstance(variable, State)
            or variable.name in varied
            or any(
                is_drawn(e) or (isinstance(e, Table) and e.lookup in varied)
                for e in variable.exprs()
            )
        )

    seeds = [name for name, variable in system.variables.items() if varies(variable)]
    apart, moving = affected(system, seeds, ever), moving_in(system)
    found = dict.fromkeys(system.lookups, Spread.SHARED)
    found |= dict.fromkeys(system.lookups.keys() & varied, Spread.VARIED)
    found |= dict.fromkeys(system.variables, Spread.SHARED)
    found |= dict.fromkeys(moving, Spread.UNIFORM)
    return found | dict.fromkeys(apart, Spread.VARIED)


@dataclass(frozen=True, slots=True)
class Plan:
    """The order of evaluation; each entry is a variable and the number of its equation.

    Attributes
    ----------
    start
        Everything that initial values need, in order, states included.
    driving
        The auxiliaries that change in time and that a state needs, in order.
    reported
        The other auxiliaries that change in time: needed only when values are saved.
    moving
        The names of all variables that change in time.
    """

    start: tuple[Node, ...]
    driving: tuple[Node, ...]
    reported: tuple[Node, ...]
    moving: frozenset[str]


def plan_of(system: System) -> Plan:
    """Return the order of evaluation of a system.

    Raises
    ------
    InputFileError
        If equations need each other: with the chain of their names.
    """
    moving, variables = moving_in(system), list(system.variables.values())
    first, later = _Graph(system, at_start), _Graph(system, now)
    states = [v for v in variables if isinstance(v, State)]
    held = [
        v
        for v in variables
        if isinstance(v, Initial) or (isinstance(v, Auxiliary) and v.name not in moving)
    ]
    delays = (b for v in states if isinstance(v, FixedDelay) for b in v.delay)
    roots = [node for block in delays for node in first.needs(block)]
    start = first.sort([*roots, *_nodes([*held, *states], at_start)])
    driven = [node for s in states for block in s.change for node in later.needs(block)]
    driving = [node for node in later.sort(driven) if node[0] in moving]
    rest = later.sort(_nodes([v for v in variables if v.name in moving], now))
    done = set(driving)
    reported = [node for node in rest if node[0] in moving and node not in done]
    return Plan(tuple(start), tuple(driving), tuple(reported), moving)


def _nodes(variables: Iterable[IrVariable], blocks_of: BlocksOf) -> list[Node]:
    return [(v.name, n) for v in variables for n in range(len(blocks_of(v)))]


class _Graph:
    """Which equation needs which, where each variable has one set of equations."""

    def __init__(self, system: System, blocks_of: BlocksOf) -> None:
        self._system = system
        self._blocks = {n: blocks_of(v) for n, v in system.variables.items()}

    def needs(self, block: Block) -> list[Node]:
        """Return the equations whose result an equation reads."""
        found: dict[Node, None] = {}
        for value in values_in(block.expr):
            for number, other in enumerate(self._blocks[value.variable]):
                if _meet(value.places, other.target):
                    found[value.variable, number] = None
        return list(found)

    def sort(self, wanted: Iterable[Node]) -> list[Node]:
        """Return these equations and all that they need, each after its needs."""
        order: dict[Node, None] = {}
        path: dict[Node, Iterator[Node]] = {}
        for root in wanted:
            waiting = [root]
            while waiting:
                node = waiting[-1]
                if node in order:
                    waiting.pop()
                    continue
                if node not in path:
                    path[node] = iter(self.needs(self._blocks[node[0]][node[1]]))
                following = next((n for n in path[node] if n not in order), None)
                if following is None:
                    del path[waiting.pop()]
                    order[node] = None
                elif following in path:
                    self._refuse([*path], following)
                else:
                    waiting.append(following)
        return list(order)

    def _refuse(self, path: list[Node], again: Node) -> None:
        chain = [name for name, _ in path[path.index(again) :]]
        written = [n.split("#")[1] if n.startswith("#") else n for n in chain]
        names = list(dict.fromkeys(written))
        what = "these need each other: " + " -> ".join([*names, names[0]])
        note = self._system.notes.get(names[0])
        line = note.line if note else 0
        remedy = "Break the circle with a stock, or with ACTIVE INITIAL."
        raise InputFileError(self._system.path, line, what, remedy)


def _meet(first: tuple[Place, ...], second: tuple[Place, ...]) -> bool:
    """Tell whether two parts of a variable have an element in common."""
    return all(
        not set(a.positions).isdisjoint(b.positions)
        for a, b in zip(first, second, strict=True)
    )
