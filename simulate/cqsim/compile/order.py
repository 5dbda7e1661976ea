"""The order in which equations are evaluated: once at the start, and at every step.

The unit is one equation of a variable, not the variable: two variables may each need
an element of the other, as long as no element needs itself.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cqsim.compile.ir import (
    TIMED,
    Along,
    Auxiliary,
    Block,
    Blocks,
    Call,
    Constant,
    Expr,
    Fixed,
    Initial,
    Pipeline,
    Place,
    State,
    Stock,
    System,
    Time,
    Value,
    Variable,
    walk,
)
from cqsim.errors import InputFileError

Node = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is evaluated when; each entry is a variable and the number of its equation.

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
    moving = _moving(system)
    at_start = _Graph(system, at_start_blocks)
    now = _Graph(system, lambda v: v.blocks if isinstance(v, Auxiliary) else ())
    states = [v for v in system.variables.values() if isinstance(v, State)]
    delays = [b.expr for v in states if isinstance(v, Pipeline) for b in v.delay]
    kept = [
        v
        for v in system.variables.values()
        if isinstance(v, Initial) or (isinstance(v, Auxiliary) and v.name not in moving)
    ]
    roots = [node for expr in delays for node in at_start.needs(expr)]
    roots += [
        (v.name, n) for v in (*kept, *states) for n in range(len(at_start_blocks(v)))
    ]
    start = at_start.sort(roots)
    changes = [block.expr for state in states for block in change_blocks(state)]
    needed = [node for expr in changes for node in now.needs(expr)]
    driving = [n for n in now.sort(needed) if n[0] in moving]
    everything = now.sort(
        [
            (v.name, n)
            for v in system.variables.values()
            if isinstance(v, Auxiliary) and v.name in moving
            for n in range(len(v.blocks))
        ]
    )
    done = set(driving)
    reported = [n for n in everything if n[0] in moving and n not in done]
    return Plan(tuple(start), tuple(driving), tuple(reported), moving)


def at_start_blocks(variable: Variable) -> Blocks:
    """Return the equations that give a variable's value at the start."""
    match variable:
        case Constant():
            return ()
        case Auxiliary(blocks=blocks, at_start=at_start):
            return blocks if at_start is None else at_start
        case Initial(blocks=blocks):
            return blocks
        case _:
            return variable.initial


def change_blocks(state: State) -> Blocks:
    """Return the equations that say how a state moves."""
    match state:
        case Stock(rate=rate):
            return rate
        case _ if hasattr(state, "following"):
            return state.following
        case _:
            return state.inflow


def _moving(system: System) -> frozenset[str]:
    """Return the names of the variables that change in time."""
    users: dict[str, list[str]] = {}
    moving: list[str] = []
    for variable in system.variables.values():
        exprs = _exprs_now(variable)
        if _moves_by_itself(variable, exprs):
            moving.append(variable.name)
        for expr in exprs:
            if isinstance(expr, Value):
                users.setdefault(expr.variable, []).append(variable.name)
    found = set(moving)
    while moving:
        for user in users.get(moving.pop(), []):
            if user not in found:
                found.add(user)
                moving.append(user)
    return frozenset(found)


def _exprs_now(variable: Variable) -> list[Expr]:
    """Return the expressions that give an auxiliary its value at each time."""
    blocks = variable.blocks if isinstance(variable, Auxiliary) else ()
    return [expr for block in blocks for expr in walk(block.expr)]


def _moves_by_itself(variable: Variable, exprs: list[Expr]) -> bool:
    if isinstance(variable, Auxiliary):
        return variable.at_start is not None or any(map(is_timed, exprs))
    return isinstance(variable, State)


def is_timed(expr: Expr) -> bool:
    """Tell whether an expression by itself gives another number at each step."""
    if isinstance(expr, Call):
        return expr.function in TIMED or expr.function == "draw"
    return isinstance(expr, Time)


class _Graph:
    """Which equation needs which, where each variable has one set of equations."""

    def __init__(self, system: System, blocks_of: Callable[[Variable], Blocks]) -> None:
        self._system = system
        self._blocks = {n: blocks_of(v) for n, v in system.variables.items()}

    def needs(self, expr: Expr) -> list[Node]:
        """Return the equations whose result an expression reads."""
        found: dict[Node, None] = {}
        for value in walk(expr):
            if isinstance(value, Value):
                for number, block in enumerate(self._blocks[value.variable]):
                    if _meet(value.places, block.target):
                        found[value.variable, number] = None
        return list(found)

    def sort(self, wanted: Iterable[Node]) -> list[Node]:
        """Return these equations and all that they need, each after its needs."""
        order: list[Node] = []
        done: set[Node] = set()
        path: dict[Node, Iterator[Node]] = {}
        for root in wanted:
            waiting = [root]
            while waiting:
                node = waiting[-1]
                if node in done:
                    waiting.pop()
                    continue
                if node not in path:
                    path[node] = iter(self.needs(self._block(node).expr))
                following = next((n for n in path[node] if n not in done), None)
                if following is None:
                    order.append(node)
                    done.add(node)
                    del path[node]
                    waiting.pop()
                elif following in path:
                    self._refuse([*path], following)
                else:
                    waiting.append(following)
        return order

    def _block(self, node: Node) -> Block:
        return self._blocks[node[0]][node[1]]

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
        _positions(a) & _positions(b) for a, b in zip(first, second, strict=True)
    )


def _positions(place: Place) -> frozenset[int]:
    match place:
        case Fixed(position=position):
            return frozenset((position,))
        case Along(positions=positions):
            return frozenset(positions)
