"""What depends on what: causes, uses, what is remembered, and the knots of feedback.

Nothing here calls itself: a chain of variables may be as long as the model.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

from cqsim.language.builtins import Builtin, builtin
from cqsim.language.syntax import (
    Call,
    Expression,
    Reference,
    canonical,
    children,
    names_in,
    walk,
)
from cqsim.model.model import Model, Variable

Direction = Literal["causes", "uses"]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Graph:
    """The dependencies of a model, by canonical names, in the order of the equations.

    Attributes
    ----------
    causes, uses
        `causes[x]` are the variables in the equations of x; `uses[x]` those whose
        equations hold x.
    initial_only
        The pairs (cause, effect) in which the cause only says where a stock starts.
    states
        The variables that carry something from one step to the next: stocks, and what
        holds one, as smooths and delays do.
    """

    causes: Mapping[str, tuple[str, ...]]
    uses: Mapping[str, tuple[str, ...]]
    initial_only: frozenset[tuple[str, str]] = frozenset()
    states: frozenset[str] = frozenset()

    def moved_by(self, key: str) -> list[str]:
        """Return the uses of a variable that count at every step."""
        return [e for e in self.uses.get(key, ()) if (key, e) not in self.initial_only]

    @cached_property
    def knots(self) -> list[tuple[str, ...]]:
        """The sets of variables that all act on each other, the largest first."""
        moved = {key: self.moved_by(key) for key in self.uses}
        found = [tuple(sorted(k)) for k in components(moved) if len(k) > 1]
        return sorted(found, key=lambda knot: (-len(knot), knot))


@dataclass(frozen=True, slots=True)
class Branch:
    """A variable in a tree of causes or uses, with what is beyond it."""

    key: str
    branches: tuple["Branch", ...] = ()


def dependency_graph(model: Model) -> Graph:
    """Return what each variable of a model depends on, `time` included."""
    known = {*model.variables, "time"}
    causes: dict[str, tuple[str, ...]] = {}
    initial_only, states = set(), set()
    for key, variable in model.variables.items():
        trees = variable.trees
        always = {name for tree in trees for name in _running_names(tree, model)}
        names = [canonical(n) for tree in trees for n in names_in(tree)]
        causes[key] = tuple(n for n in dict.fromkeys(names) if n in known and n != key)
        initial_only |= {(n, key) for n in causes[key] if n not in always}
        if _is_state(variable, model):
            states.add(key)
    uses: dict[str, list[str]] = {key: [] for key in known}
    for effect, names_of in causes.items():
        for cause in names_of:
            uses[cause].append(effect)
    frozen_uses = {key: tuple(effects) for key, effects in uses.items()}
    return Graph(causes, frozen_uses, frozenset(initial_only), frozenset(states))


def function_of(call: Call, model: Model) -> Builtin | None:
    """Return the function that is called; None for a macro or a lookup."""
    name = canonical(call.function)
    if name in model.variables or name in model.macros:
        return None
    return builtin(name, model.language)


def _running_names(tree: Expression, model: Model) -> Iterable[str]:
    """Yield the names that count at every step, not only at the start."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        below = list(children(node))
        row = function_of(node, model) if isinstance(node, Call) else None
        if row is not None and 0 <= row.initial < len(below):
            del below[row.initial]
        if isinstance(node, Call | Reference):
            yield canonical(node.function if isinstance(node, Call) else node.name)
        waiting.extend(below)


def _is_state(variable: Variable, model: Model) -> bool:
    nodes = (node for tree in variable.trees for node in walk(tree))
    calls = (node for node in nodes if isinstance(node, Call))
    rows = (function_of(call, model) for call in calls)
    held = any(row and row.has_memory and row.initial != 0 for row in rows)
    return held or variable.kind == "stock"


def tree_of(graph: Graph, key: str, direction: Direction, depth: int = 2) -> Branch:
    """Return what a variable depends on, or what depends on it, to a depth."""
    if depth == 0:
        return Branch(key)
    beyond = graph.causes if direction == "causes" else graph.uses
    below = beyond.get(key, ())
    return Branch(key, tuple(tree_of(graph, k, direction, depth - 1) for k in below))


def depth_first(
    roots: Iterable[Key], following: Callable[[Key], Iterable[Key]]
) -> list[Key]:
    """Return the roots and all that follows from them, each after what follows it.

    What leads back to a name that is not yet finished is left out.
    """
    seen: set[Key] = set()
    finished: list[Key] = []
    for root in roots:
        path = [] if root in seen else [(root, iter(following(root)))]
        seen.add(root)
        while path:
            ahead = next((k for k in path[-1][1] if k not in seen), None)
            if ahead is None:
                finished.append(path.pop()[0])
            else:
                seen.add(ahead)
                path.append((ahead, iter(following(ahead))))
    return finished


def components(causes: Mapping[Key, Collection[Key]]) -> list[list[Key]]:
    """Return the sets of names that all need each other, causes before effects.

    A name that needs none of those that need it is a set of its own. These are the
    strongly connected components (Sharir 1981, doi:10.1016/0898-1221(81)90008-0).
    """
    uses: dict[Key, list[Key]] = {key: [] for key in causes}
    for effect, needed in causes.items():
        for cause in needed:
            if cause in uses:
                uses[cause].append(effect)
    order = depth_first(causes, lambda key: [k for k in causes[key] if k in uses])
    seen: set[Key] = set()
    found = []
    for key in reversed(order):
        left = depth_first([] if key in seen else [key], _without(uses, seen))
        seen.update(left)
        found += [left] if left else []
    return found[::-1]


def _without(
    uses: Mapping[Key, Collection[Key]], seen: set[Key]
) -> Callable[[Key], list[Key]]:
    return lambda key: [k for k in uses[key] if k not in seen]
