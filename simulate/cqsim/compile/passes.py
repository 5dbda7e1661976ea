"""What outputs need of a system, and what a program adds to one."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import isfinite, prod

from cqsim.compile.ir import (
    Along,
    Auxiliary,
    Axes,
    Block,
    Call,
    Constant,
    Expr,
    Index,
    Number,
    Pipeline,
    Place,
    State,
    System,
    Table,
    Value,
    Variable,
    shape_of,
    walk,
)
from cqsim.compile.rewrite import equations_of, exprs_of


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


def prune(system: System, outputs: Iterable[str]) -> System:
    """Return the system without what the outputs do not need, now or before."""
    lookups: set[str] = set()

    def uses(name: str) -> set[str]:
        variables, tables = uses_of(system.variables[name])
        lookups.update(tables)
        return variables

    needed = reached(outputs, uses)
    variables = {n: v for n, v in system.variables.items() if n in needed}
    tables = {n: v for n, v in system.lookups.items() if n in lookups}
    return replace(system, variables=variables, lookups=tables)


def open_initials(system: System, names: Iterable[str]) -> System:
    """Return the system with constants of ours for the initial values of some states.

    Where such a constant is NaN, the model's own equation holds.
    """
    variables = dict(system.variables)
    for name in names:
        state = variables[name]
        assert isinstance(state, State)
        given = initial_name(name)
        size = prod(shape_of(state.axes))
        variables[given] = Constant(given, state.axes, (float("nan"),) * size)
        blocks = []
        for block in state.initial:
            value = Value(given, block.target)
            sound = Call("equal", (value, value))
            expr = Call("if", (sound, value, block.expr))
            blocks.append(replace(block, expr=expr))
        variables[name] = replace(state, initial=tuple(blocks))
    return replace(system, variables=variables)


def initial_name(name: str) -> str:
    """Return the name of the constant of ours that holds a state's initial value."""
    return f"#initial of {name}"


def uses_of(variable: Variable) -> tuple[set[str], set[str]]:
    """Return the variables and the lookups that a variable's equations read."""
    variables: set[str] = set()
    tables: set[str] = set()
    for expr in exprs_of(variable):
        if isinstance(expr, Value):
            variables.add(expr.variable)
        elif isinstance(expr, Table):
            tables.add(expr.lookup)
    return variables, tables


def may_be_infinite(system: System) -> frozenset[str]:
    """Return the variables that may have no finite number though no run is lost.

    These are infinite constants, and what is computed from them at the same time. A
    state may only if its start may.
    """
    found = [name for name, variable in system.variables.items() if _infinite(variable)]
    users: dict[str, list[str]] = {}
    for name, variable in system.variables.items():
        for expr in _now(variable):
            if isinstance(expr, Value):
                users.setdefault(expr.variable, []).append(name)
    return frozenset(reached(found, lambda name: users.get(name, ())))


def _infinite(variable: Variable) -> bool:
    """Tell whether a variable is written as a number that is not finite."""
    if isinstance(variable, Constant):
        return not all(map(isfinite, variable.values))
    exprs = [b.expr for blocks in equations_of(variable).values() for b in blocks]
    return not all(isfinite(e.value) for e in exprs if isinstance(e, Number))


def _now(variable: Variable) -> Iterable[Expr]:
    """Yield what gives a variable its value, for a state that at the start."""
    wanted = ("initial",) if isinstance(variable, State) else ("blocks", "at_start")
    for name, blocks in equations_of(variable).items():
        if name in wanted:
            yield from (expr for block in blocks for expr in walk(block.expr))


def slots_name(name: str) -> str:
    """Return the name of the constant of ours that holds a ring's length."""
    return f"#slots of {name}"


def base_name(name: str) -> str:
    """Return the name of the constant of ours that holds a ring's first row."""
    return f"#base of {name}"


def delay_name(name: str) -> str:
    """Return the name of the variable of ours that holds a delay's time."""
    return f"#delay of {name}"


def pipelines(system: System) -> list[Pipeline]:
    """Return the delays of a fixed time of a system."""
    return [v for v in system.variables.values() if isinstance(v, Pipeline)]


def name_delays(system: System) -> System:
    """Return a system in which the times and rings of fixed delays have names."""
    variables = dict(system.variables)
    for pipe in pipelines(system):
        name = delay_name(pipe.name)
        variables[name] = Auxiliary(name, pipe.axes, pipe.delay)
        variables[pipe.name] = replace(pipe, delay=(_whole_value(pipe.axes, name),))
        for constant in (slots_name(pipe.name), base_name(pipe.name)):
            variables[constant] = Constant(constant, (), (0.0,))
    return replace(system, variables=variables)


def _whole_value(axes: Axes, name: str) -> Block:
    indices = tuple(Index(f"{n}", axis.elements) for n, axis in enumerate(axes))
    places: tuple[Place, ...] = tuple(
        Along(index.name, tuple(range(len(index.elements)))) for index in indices
    )
    return Block(indices, places, Value(name, places))
