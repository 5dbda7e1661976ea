"""What depends on what: causes, uses, and the knots of feedback."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cqsim.language.syntax import Call, Expression, canonical, children, names_in
from cqsim.model.model import Model
from cqsim.model.signs import INITIAL_ARGUMENTS

Direction = Literal["causes", "uses"]


@dataclass(frozen=True, slots=True)
class Graph:
    """The dependencies of a model, by canonical names, in the order of the equations.

    `causes[x]` are the variables in the equations of x; `uses[x]` those whose
    equations hold x. `initial_only` are the pairs (cause, effect) in which the cause
    only says where a stock starts.
    """

    causes: Mapping[str, tuple[str, ...]]
    uses: Mapping[str, tuple[str, ...]]
    initial_only: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Branch:
    """A variable in a tree of causes or uses, with what is beyond it."""

    key: str
    branches: tuple["Branch", ...] = ()


def dependency_graph(model: Model) -> Graph:
    """Return what each variable of a model depends on, `time` included."""
    known = {*model.variables, "time"}
    causes: dict[str, tuple[str, ...]] = {}
    initial_only = set()
    for key, variable in model.variables.items():
        trees = [e.tree for e in variable.equations if e.tree is not None]
        always = {n for tree in trees for n in _running_names(tree)}
        names = [canonical(n) for tree in trees for n in names_in(tree)]
        causes[key] = tuple(n for n in dict.fromkeys(names) if n in known and n != key)
        initial_only |= {(n, key) for n in causes[key] if n not in always}
    uses: dict[str, list[str]] = {key: [] for key in known}
    for effect, names_of in causes.items():
        for cause in names_of:
            uses[cause].append(effect)
    frozen_uses = {key: tuple(effects) for key, effects in uses.items()}
    return Graph(causes, frozen_uses, frozenset(initial_only))


def _running_names(node: Expression) -> set[str]:
    """Return the names that count at every step, not only at the start."""
    if not isinstance(node, Call):
        inner = [_running_names(child) for child in children(node)]
        own = set() if inner else {canonical(name) for name in names_in(node)}
        return own.union(*inner)
    name = canonical(node.function)
    skipped = INITIAL_ARGUMENTS.get(name)
    kept = [a for i, a in enumerate(node.arguments) if i != skipped]
    return {name}.union(*(_running_names(argument) for argument in kept))


def tree_of(graph: Graph, key: str, direction: Direction, depth: int = 2) -> Branch:
    """Return what a variable depends on, or what depends on it, to a depth."""
    if depth == 0:
        return Branch(key)
    beyond = graph.causes if direction == "causes" else graph.uses
    below = beyond.get(key, ())
    return Branch(key, tuple(tree_of(graph, k, direction, depth - 1) for k in below))


def feedback_knots(graph: Graph) -> list[tuple[str, ...]]:
    """Return the sets of variables that all act on each other, the largest first.

    They are the strongly connected components of more than one variable, without
    the links that only count at the start (Tarjan, 1972, doi:10.1137/0201010).
    """
    found: list[tuple[str, ...]] = []
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    for root in graph.causes:
        if root not in index:
            _visit(graph, root, index, low, stack, found)
    knots = [tuple(sorted(knot)) for knot in found if len(knot) > 1]
    return sorted(knots, key=lambda knot: (-len(knot), knot))


def _visit(
    graph: Graph,
    root: str,
    index: dict[str, int],
    low: dict[str, int],
    stack: list[str],
    found: list[tuple[str, ...]],
) -> None:
    """Search depth first from a root; without recursion, since models are deep."""
    open_nodes = [(root, iter(_running_uses(graph, root)))]
    index[root] = low[root] = len(index)
    stack.append(root)
    while open_nodes:
        key, remaining = open_nodes[-1]
        effect = next(remaining, None)
        if effect is None:
            open_nodes.pop()
            if open_nodes:
                above = open_nodes[-1][0]
                low[above] = min(low[above], low[key])
            if low[key] == index[key]:
                found.append(_popped(stack, key, low, len(graph.uses)))
        elif effect not in index:
            index[effect] = low[effect] = len(index)
            stack.append(effect)
            open_nodes.append((effect, iter(_running_uses(graph, effect))))
        else:
            low[key] = min(low[key], low[effect])


def _popped(
    stack: list[str], key: str, low: dict[str, int], done: int
) -> tuple[str, ...]:
    """Take a finished component off the stack, and mark it as done."""
    start = stack.index(key)
    knot = tuple(stack[start:])
    del stack[start:]
    for member in knot:
        low[member] = done
    return knot


def _running_uses(graph: Graph, key: str) -> list[str]:
    """Return the uses of a variable that count at every step."""
    effects = graph.uses.get(key, ())
    return [e for e in effects if (key, e) not in graph.initial_only]
