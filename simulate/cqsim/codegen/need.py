"""What an ensemble needs of a model, and what in it differs between runs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from math import isfinite, prod
from typing import Any

from cqsim.compile.ir import (
    Auxiliary,
    Blocks,
    Call,
    Constant,
    Expr,
    Initial,
    Memory,
    Number,
    Pipeline,
    State,
    Stock,
    System,
    Table,
    Value,
    Variable,
    shape_of,
    walk,
)
from cqsim.compile.order import plan_of


class Spread(Enum):
    """How a variable differs between the runs of an ensemble."""

    SHARED = "the same in all runs and at all times"
    UNIFORM = "the same in all runs"
    VARIED = "of each run"


def equations_of(variable: Variable) -> dict[str, Blocks]:
    """Return all equations of a variable, by what they give."""
    match variable:
        case Constant():
            return {}
        case Auxiliary(blocks=blocks, at_start=at_start):
            return {"blocks": blocks, "at_start": at_start or ()}
        case Initial(blocks=blocks):
            return {"blocks": blocks}
        case Stock(initial=initial, rate=rate):
            return {"initial": initial, "rate": rate}
        case Memory(initial=initial, following=following):
            return {"initial": initial, "following": following}
        case Pipeline(initial=initial, inflow=inflow, delay=delay):
            return {"initial": initial, "inflow": inflow, "delay": delay}


def with_equations(variable: Variable, fields: Mapping[str, Blocks]) -> Variable:
    """Return a variable with other equations, named as `equations_of` names them."""
    given: dict[str, Any] = dict(fields)
    if isinstance(variable, Auxiliary) and variable.at_start is None:
        given.pop("at_start", None)
    return replace(variable, **given) if given else variable


def exprs_of(variable: Variable) -> Iterable[Expr]:
    """Yield every expression within a variable's equations."""
    for blocks in equations_of(variable).values():
        for block in blocks:
            yield from walk(block.expr)


def is_drawn(expr: Expr) -> bool:
    """Tell whether an expression is itself a random number, of each run its own."""
    return isinstance(expr, Call) and expr.function == "draw"


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
        variables, tables = _uses(system.variables[name])
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


@dataclass(frozen=True, slots=True)
class Differences:
    """How each variable and lookup of a system differs between runs."""

    variables: Mapping[str, Spread]
    lookups: Mapping[str, Spread]


def differences(system: System, varied: frozenset[str]) -> Differences:
    """Return how everything differs when the constants and lookups named do."""
    lookups = {
        name: Spread.VARIED if name in varied else Spread.SHARED
        for name in system.lookups
    }
    moving = plan_of(system).moving
    found: dict[str, Spread] = {}
    for name, variable in system.variables.items():
        drawn = any(map(is_drawn, exprs_of(variable)))
        if isinstance(variable, State) or name in varied or drawn:
            found[name] = Spread.VARIED
        else:
            found[name] = Spread.UNIFORM if name in moving else Spread.SHARED
    uses = {name: _uses(v) for name, v in system.variables.items()}
    changed = True
    while changed:
        changed = False
        for name, (variables, tables) in uses.items():
            if found[name] is Spread.VARIED:
                continue
            reached = [found[n] for n in variables] + [lookups[n] for n in tables]
            if Spread.VARIED in reached:
                found[name] = Spread.VARIED
                changed = True
    return Differences(found, lookups)


def _uses(variable: Variable) -> tuple[set[str], set[str]]:
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
