"""What stands in the picture of a sector: columns of names, read from left to right.

The stocks stand at the right with a row for each flow. What a flow or auxiliary needs
stands in the column before it. A name that is needed in a second place, a stock that
acts back, or a variable of another sector stands there as a copy, as modellers do with
shadow variables. So every arrow goes from one column to the next, and none runs
through a label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cqsim.model.graph import Graph
from cqsim.model.kinds import flows_of
from cqsim.model.signs import SignsOfModel
from cqsim.model.variables import Model, Variable

Role = Literal["stock", "flow", "auxiliary", "copy", "outside", "change"]

# So many columns of auxiliaries can be read side by side.
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Node:
    """A name in a column. `stock` is the stock whose row a flow is.

    A stock that moves without a named flow has a row for this change.
    """

    id: str
    key: str
    role: Role
    column: int
    stock: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """An influence between two nodes of neighbouring columns."""

    cause: str
    effect: str
    sign: str


@dataclass(frozen=True, slots=True)
class Pipe:
    """A flow's row: its node, its stock, its sign there, and the stock beyond it.

    The sign is `±` for a flow between elements of its stock and for a change that has
    no name.
    """

    flow: str
    stock: str
    sign: str
    beyond: str


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a picture shows."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    pipes: tuple[Pipe, ...]
    columns: int


def scenes_of(
    model: Model, graph: Graph, signs: SignsOfModel, group: str
) -> list[Scene]:
    """Return the picture of a sector, without constants and lookups.

    A long chain of auxiliaries goes on in a second scene, which is drawn below.
    """
    members = {k: v for k, v in model.variables.items() if v.group == group}
    stocks = [k for k, v in members.items() if v.kind == "stock"]
    rows = _rows(model, stocks)
    distances = _distances(members, graph, {pipe.flow for pipe in rows})
    deepest = max(distances.values(), default=0)
    count = max(-(-deepest // _DEPTH), 1)
    depth = -(-deepest // count)
    scenes = []
    for number in range(count):
        layers = {
            key: depth - (d - 1) % depth
            for key, d in distances.items()
            if (d - 1) // depth == number
        }
        builder = _Builder(model, graph, signs, members, layers)
        for key, column in layers.items():
            builder.place(key, "auxiliary", column)
        if number == 0:
            builder.place_stocks(stocks, rows, depth + 1)
        scenes.append(builder.scene())
    linked, alone = _without_loners(scenes)
    return [scene for scene in [*linked, _rank_and_file(alone)] if scene.nodes]


def _without_loners(scenes: list[Scene]) -> tuple[list[Scene], list[Node]]:
    """Return the scenes without the auxiliaries that no arrow touches, and these."""
    touched = {end for s in scenes for a in s.arrows for end in (a.cause, a.effect)}
    alone = [
        node
        for scene in scenes
        for node in scene.nodes
        if node.role == "auxiliary" and node.id not in touched
    ]
    linked = []
    for scene in scenes:
        kept = tuple(node for node in scene.nodes if node not in alone)
        first = min((node.column for node in kept), default=0)
        moved = tuple(replace(node, column=node.column - first) for node in kept)
        columns = max((node.column for node in moved), default=-1) + 1
        linked.append(replace(scene, nodes=moved, columns=columns))
    return linked, alone


def _rank_and_file(alone: list[Node]) -> Scene:
    """Return the nodes without arrows, side by side in rows."""
    nodes = tuple(
        replace(node, column=place % (_DEPTH + 1)) for place, node in enumerate(alone)
    )
    return Scene(nodes, (), (), min(len(nodes), _DEPTH + 1))


def _rows(model: Model, stocks: list[str]) -> list[Pipe]:
    """Return a row for each flow of each stock; inflows first."""
    ends: dict[str, list[tuple[str, str]]] = {}
    for key, variable in model.variables.items():
        if variable.kind == "stock":
            for flow, sign in flows_of(variable, model.variables).items():
                ends.setdefault(flow, []).append((key, sign))
    order = {"+": 0, "±": 1, "-": 2}
    rows = []
    for stock in stocks:
        found = flows_of(model.variables[stock], model.variables)
        for flow, sign in sorted(found.items(), key=lambda pair: order[pair[1]]):
            others = [k for k, s in ends[flow] if k != stock and s != sign]
            rows.append(Pipe(flow, stock, sign, others[0] if others else ""))
    return rows


def _distances(
    members: Mapping[str, Variable], graph: Graph, drawn: set[str]
) -> dict[str, int]:
    """Return how many columns before the flows each auxiliary stands, from 1.

    It stands as near to the flows as what it feeds allows.
    """
    inner = {
        k
        for k, v in members.items()
        if v.kind in ("auxiliary", "flow", "data") and k not in drawn
    }
    behind: dict[str, int] = {}

    def distance(key: str, above: frozenset[str]) -> int:
        if key not in behind:
            later = [
                distance(use, above | {key})
                for use in graph.uses[key]
                if use in inner and use not in above | {key}
            ]
            behind[key] = 1 + max(later, default=0)
        return behind[key]

    for key in sorted(inner):
        distance(key, frozenset())
    return {key: behind[key] for key in members if key in inner}


class _Builder:
    """Collects nodes and arrows, and sets copies where an arrow would be long."""

    def __init__(
        self,
        model: Model,
        graph: Graph,
        signs: SignsOfModel,
        members: Mapping[str, Variable],
        layers: Mapping[str, int],
    ) -> None:
        self.model = model
        self.graph = graph
        self.signs = signs
        self.members = members
        self.layers = layers
        self.nodes: dict[str, Node] = {}
        self.arrows: dict[tuple[str, str], Arrow] = {}
        self.pipes: list[Pipe] = []

    def place(self, key: str, role: Role, column: int) -> None:
        """Put an auxiliary in its column, and what it needs before it."""
        self.nodes[key] = Node(key, key, role, column)
        self.lead_to(key, key, column)

    def place_stocks(self, stocks: list[str], rows: list[Pipe], column: int) -> None:
        """Put the stocks in the last column, with a row for each flow before them."""
        for row in rows:
            self._place_flow(row, column)
        for key in stocks:
            flows = [row.flow for row in rows if row.stock == key]
            if not flows or self._has_more_causes(key, flows):
                node = f"@{key}"
                self.nodes[node] = Node(node, key, "change", column, key)
                self.pipes.append(Pipe(node, key, "±", ""))
                self.lead_to(node, key, column, flows)
            self.nodes[key] = Node(key, key, "stock", column + 1)

    def _has_more_causes(self, stock: str, flows: list[str]) -> bool:
        """Whether a stock's rate holds more than its flows and constants."""
        return any(
            cause not in flows
            and (cause, stock) not in self.graph.initial_only
            and self._is_drawn(cause)
            for cause in self.graph.causes[stock]
        )

    def _place_flow(self, row: Pipe, column: int) -> None:
        """Put a flow in its row; what it needs leads to its first row only."""
        node = f"{row.flow}@{row.stock}"
        is_repeated = any(n.key == row.flow and n.stock for n in self.nodes.values())
        role: Role = "copy" if is_repeated else "flow"
        if row.flow not in self.members:
            role = "outside"
        self.nodes[node] = Node(node, row.flow, role, column, row.stock)
        self.pipes.append(Pipe(node, row.stock, row.sign, row.beyond))
        if role == "flow":
            self.lead_to(node, row.flow, column)

    def lead_to(
        self, node: str, key: str, column: int, without: Sequence[str] = ()
    ) -> None:
        """Draw the arrows to a node from what its equation needs."""
        for cause in self.graph.causes[key]:
            is_initial = (cause, key) in self.graph.initial_only
            if is_initial or cause in without or not self._is_drawn(cause):
                continue
            start = self._start(cause, column - 1)
            sign = self.signs.link(cause, key)
            self.arrows[start, node] = Arrow(start, node, sign)

    def _is_drawn(self, key: str) -> bool:
        variable = self.model.variables.get(key)
        return variable is not None and variable.kind not in (
            "constant",
            "lookup",
            "time",
        )

    def _start(self, key: str, column: int) -> str:
        """Return the node in a column that stands for a variable."""
        if self.layers.get(key) == column:
            return key
        copy = f"{key}#{column}"
        role: Role = "copy" if key in self.members else "outside"
        self.nodes.setdefault(copy, Node(copy, key, role, column))
        return copy

    def scene(self) -> Scene:
        """Return what was placed; its columns are yet to be counted."""
        first = min((n.column for n in self.nodes.values()), default=0)
        nodes = tuple(
            Node(n.id, n.key, n.role, n.column - first, n.stock)
            for n in self.nodes.values()
        )
        columns = max((n.column for n in nodes), default=-1) + 1
        return Scene(nodes, tuple(self.arrows.values()), tuple(self.pipes), columns)
