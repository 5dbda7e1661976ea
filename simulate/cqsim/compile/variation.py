"""What differs between the runs of an ensemble."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from cqsim.compile.ir import Call, Expr, State, System
from cqsim.compile.order import plan_of
from cqsim.compile.passes import uses_of
from cqsim.compile.rewrite import exprs_of


class Spread(Enum):
    """How a variable differs between the runs of an ensemble."""

    SHARED = "the same in all runs and at all times"
    UNIFORM = "the same in all runs"
    VARIED = "of each run"


def is_drawn(expr: Expr) -> bool:
    """Tell whether an expression is itself a random number, of each run its own."""
    return isinstance(expr, Call) and expr.function == "draw"


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
    uses = {name: uses_of(v) for name, v in system.variables.items()}
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
