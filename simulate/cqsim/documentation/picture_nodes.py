"""The names, arrows and pipes of a picture, put into columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cqsim.model.graph import Graph
from cqsim.model.model import Model, Variable
from cqsim.model.polarity import Polarity

Role = Literal["stock", "flow", "auxiliary", "copy", "outside", "change"]


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


class SceneBuilder:
    """Collects nodes and arrows, and sets copies where an arrow would be long."""

    def __init__(
        self,
        model: Model,
        graph: Graph,
        polarity: Polarity,
        members: Mapping[str, Variable],
        layers: Mapping[str, int],
    ) -> None:
        self.model = model
        self.graph = graph
        self.polarity = polarity
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
            sign = self.polarity.link(cause, key)
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
