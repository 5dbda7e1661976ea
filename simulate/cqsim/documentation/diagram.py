"""Where the names of a sector stand in its stock-and-flow diagram.

The stocks stand at the right with a row for each flow. What a flow or auxiliary needs
stands in the column before it. A name that is needed in a second place, a stock that
acts back, or a variable of another sector stands there as a copy, as modellers do with
shadow variables. So every arrow goes from one column to the next, and none runs
through a label.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from cqsim.model.graph import Graph, depth_first
from cqsim.model.model import Model, Variable, flows_of
from cqsim.model.polarity import Polarity

DEPTH = 4
"""So many columns of auxiliaries can be read side by side."""
SWEEPS = 24
"""How often columns are sorted and spread, to and fro."""
STILL = ("constant", "lookup", "time")
"""The kinds of variables that stand still: no diagram shows them."""
ROW_ORDER = {"+": 0, "±": 1, "-": 2}
"""Inflows stand above outflows."""

Role = Literal["stock", "flow", "auxiliary", "copy", "outside", "change"]


@dataclass(frozen=True, slots=True)
class DiagramNode:
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
class Diagram:
    """All that a picture shows."""

    nodes: tuple[DiagramNode, ...]
    arrows: tuple[Arrow, ...]
    pipes: tuple[Pipe, ...]
    columns: int


@dataclass(frozen=True, slots=True)
class NodeBox:
    """A node's rectangle, by its middle left and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height / 2


def diagrams_of(
    model: Model, graph: Graph, polarity: Polarity, group: str
) -> list[Diagram]:
    """Return the picture of a sector, without constants and lookups.

    A long chain of auxiliaries goes on in a second diagram, which is drawn below.
    """
    members = {k: v for k, v in model.variables.items() if v.group == group}
    stocks = [k for k, v in members.items() if v.kind == "stock"]
    rows = _rows(model, stocks)
    distances = _distances(members, graph, {pipe.flow for pipe in rows})
    deepest = max(distances.values(), default=0)
    count = max(-(-deepest // DEPTH), 1)
    depth = -(-deepest // count)
    diagrams = []
    for number in range(count):
        layers = {
            key: depth - (d - 1) % depth
            for key, d in distances.items()
            if (d - 1) // depth == number
        }
        builder = DiagramBuilder(model, graph, polarity, members, layers)
        for key, column in layers.items():
            builder.place(key, "auxiliary", column)
        if number == 0:
            builder.place_stocks(stocks, rows, depth + 1)
        diagrams.append(builder.diagram())
    linked, alone = _without_isolated(diagrams)
    return [diagram for diagram in [*linked, _in_rows(alone)] if diagram.nodes]


def _without_isolated(
    diagrams: list[Diagram],
) -> tuple[list[Diagram], list[DiagramNode]]:
    """Return the diagrams without the auxiliaries that no arrow touches, and these."""
    touched = {end for s in diagrams for a in s.arrows for end in (a.cause, a.effect)}
    alone = [
        node
        for diagram in diagrams
        for node in diagram.nodes
        if node.role == "auxiliary" and node.id not in touched
    ]
    linked = []
    for diagram in diagrams:
        kept = tuple(node for node in diagram.nodes if node not in alone)
        first = min((node.column for node in kept), default=0)
        moved = tuple(replace(node, column=node.column - first) for node in kept)
        columns = max((node.column for node in moved), default=-1) + 1
        linked.append(replace(diagram, nodes=moved, columns=columns))
    return linked, alone


def _in_rows(alone: list[DiagramNode]) -> Diagram:
    """Return the nodes without arrows, side by side in rows."""
    nodes = tuple(
        replace(node, column=place % (DEPTH + 1)) for place, node in enumerate(alone)
    )
    return Diagram(nodes, (), (), min(len(nodes), DEPTH + 1))


def _rows(model: Model, stocks: list[str]) -> list[Pipe]:
    """Return a row for each flow of each stock; inflows first."""
    ends: dict[str, list[tuple[str, str]]] = {}
    for key, variable in model.variables.items():
        if variable.kind == "stock":
            for flow, sign in flows_of(variable, model.variables).items():
                ends.setdefault(flow, []).append((key, sign))
    rows = []
    for stock in stocks:
        found = flows_of(model.variables[stock], model.variables)
        for flow, sign in sorted(found.items(), key=lambda pair: ROW_ORDER[pair[1]]):
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

    def fed(key: str) -> list[str]:
        return [use for use in graph.uses[key] if use in inner]

    for key in depth_first(sorted(inner), fed):
        behind[key] = 1 + max((behind[k] for k in fed(key) if k in behind), default=0)
    return {key: behind[key] for key in members if key in inner}


@dataclass
class DiagramBuilder:
    """Collects nodes and arrows, and sets copies where an arrow would be long."""

    model: Model
    graph: Graph
    polarity: Polarity
    members: Mapping[str, Variable]
    layers: Mapping[str, int]
    nodes: dict[str, DiagramNode] = field(default_factory=dict)
    arrows: dict[tuple[str, str], Arrow] = field(default_factory=dict)
    pipes: list[Pipe] = field(default_factory=list)

    def place(self, key: str, role: Role, column: int) -> None:
        """Put an auxiliary in its column, and what it needs before it."""
        self.nodes[key] = DiagramNode(key, key, role, column)
        self.lead_to(key, key, column)

    def place_stocks(self, stocks: list[str], rows: list[Pipe], column: int) -> None:
        """Put the stocks in the last column, with a row for each flow before them."""
        for row in rows:
            self._place_flow(row, column)
        for key in stocks:
            flows = [row.flow for row in rows if row.stock == key]
            if not flows or self._has_more_causes(key, flows):
                node = f"@{key}"
                self.nodes[node] = DiagramNode(node, key, "change", column, key)
                self.pipes.append(Pipe(node, key, "±", ""))
                self.lead_to(node, key, column, flows)
            self.nodes[key] = DiagramNode(key, key, "stock", column + 1)

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
        self.nodes[node] = DiagramNode(node, row.flow, role, column, row.stock)
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
        return variable is not None and variable.kind not in STILL

    def _start(self, key: str, column: int) -> str:
        """Return the node in a column that stands for a variable."""
        if self.layers.get(key) == column:
            return key
        copy = f"{key}#{column}"
        role: Role = "copy" if key in self.members else "outside"
        self.nodes.setdefault(copy, DiagramNode(copy, key, role, column))
        return copy

    def diagram(self) -> Diagram:
        """Return what was placed; its columns are yet to be counted."""
        first = min((n.column for n in self.nodes.values()), default=0)
        nodes = tuple(replace(n, column=n.column - first) for n in self.nodes.values())
        columns = max((n.column for n in nodes), default=-1) + 1
        return Diagram(nodes, tuple(self.arrows.values()), tuple(self.pipes), columns)


def arranged(
    diagram: Diagram,
    height: Callable[[DiagramNode], float],
    left: Sequence[float],
    widths: Sequence[float],
    gap: float,
) -> dict[str, NodeBox]:
    """Return the box of each node; no two boxes of a column touch.

    Parameters
    ----------
    height
        How high a node is.
    left, widths
        Left edge and width of each column.
    gap
        The least distance between two boxes of a column.
    """
    columns = _ordered(diagram)
    inner = [node for node in diagram.nodes if node.role != "stock"]
    heights = {node.id: height(node) + gap for node in inner}
    links = _links(diagram)
    middles = {}
    for column in columns:
        place = 0.0
        for key in column:
            middles[key] = place + heights[key] / 2
            place += heights[key]
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = [_mean(links[key], middles, middles[key]) for key in column]
            spread = _spread(wanted, [heights[key] for key in column])
            middles |= dict(zip(column, spread, strict=True))
    top = min((middles[n.id] - heights[n.id] / 2 for n in inner), default=0.0)
    boxes = {
        node.id: NodeBox(
            left[node.column],
            middles[node.id] - top,
            widths[node.column],
            heights[node.id] - gap,
        )
        for node in inner
    }
    return boxes | _stock_boxes(diagram, boxes, left, widths)


def _stock_boxes(
    diagram: Diagram,
    boxes: Mapping[str, NodeBox],
    left: Sequence[float],
    widths: Sequence[float],
) -> dict[str, NodeBox]:
    """Return the boxes of the stocks, each as high as the rows of its flows."""
    found = {}
    for stock in (node for node in diagram.nodes if node.role == "stock"):
        rows = [boxes[node.id] for node in diagram.nodes if node.stock == stock.id]
        top, bottom = min(r.top for r in rows), max(r.bottom for r in rows)
        column = stock.column
        middle = (top + bottom) / 2
        found[stock.id] = NodeBox(left[column], middle, widths[column], bottom - top)
    return found


def _links(diagram: Diagram) -> dict[str, list[str]]:
    """Return the neighbours of each node, at both ends of its arrows."""
    links: dict[str, list[str]] = {node.id: [] for node in diagram.nodes}
    for arrow in diagram.arrows:
        links[arrow.cause].append(arrow.effect)
        links[arrow.effect].append(arrow.cause)
    return links


def _ordered(diagram: Diagram) -> list[list[str]]:
    """Return the columns, each in the order that crosses few arrows.

    Each column is sorted by the mean place of its neighbours, to and fro (Sugiyama,
    1981, doi:10.1109/TSMC.1981.4308636); the flows of a stock stay together.
    """
    nodes = {node.id: node for node in diagram.nodes}
    columns: list[list[str]] = [[] for _ in range(diagram.columns)]
    for node in diagram.nodes:
        if node.role != "stock":
            columns[node.column].append(node.id)
    links = _links(diagram)
    best, fewest = [list(c) for c in columns], _crossings(diagram, columns)
    for sweep in range(SWEEPS):
        step = 1 if sweep % 2 == 0 else -1
        for number in range(diagram.columns)[::step]:
            columns[number] = _sorted_column(columns, number, links, nodes)
        crossings = _crossings(diagram, columns)
        if crossings < fewest:
            best, fewest = [list(c) for c in columns], crossings
    return best


def _sorted_column(
    columns: Sequence[Sequence[str]],
    number: int,
    links: Mapping[str, Sequence[str]],
    nodes: Mapping[str, DiagramNode],
) -> list[str]:
    """Return one column, sorted by where its neighbours stand."""
    ranks = {
        key: (place + 0.5) / len(column)
        for column in columns
        for place, key in enumerate(column)
    }
    means = {k: _mean(links[k], ranks, ranks[k]) for k in columns[number]}
    of_stock: dict[str, list[float]] = {}
    for key in columns[number]:
        of_stock.setdefault(nodes[key].stock or key, []).append(means[key])

    def rank(key: str) -> tuple[float, str, float]:
        together = of_stock[nodes[key].stock or key]
        own = means[key] if not nodes[key].stock else 0.0
        return sum(together) / len(together), nodes[key].stock, own

    return sorted(columns[number], key=rank)


def _crossings(diagram: Diagram, columns: Sequence[Sequence[str]]) -> int:
    """Return how many pairs of arrows cross."""
    place = {key: p for column in columns for p, key in enumerate(column)}
    at = {node.id: node.column for node in diagram.nodes}
    ends: dict[int, list[tuple[int, int]]] = {}
    for arrow in diagram.arrows:
        pair = place[arrow.cause], place[arrow.effect]
        ends.setdefault(at[arrow.cause], []).append(pair)
    return sum(
        (a - c) * (b - d) < 0
        for pairs in ends.values()
        for i, (a, b) in enumerate(pairs)
        for c, d in pairs[:i]
    )


def _mean(keys: Sequence[str], places: Mapping[str, float], default: float) -> float:
    return sum(places[key] for key in keys) / len(keys) if keys else default


def _spread(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Return the middles nearest to the wanted ones that keep order and distance.

    Boxes that want the same place are pooled and set side by side around the mean of
    what they want (pool adjacent violators: least squares under the order).
    """
    offsets, place = [], 0.0
    for height in heights:
        offsets.append(place + height / 2)
        place += height
    pools: list[list[float]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        pools.append([want - offset, 1.0])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            start, count = pools.pop()
            before = pools[-1]
            total = before[1] + count
            before[0] = (before[0] * before[1] + start * count) / total
            before[1] = total
    starts = [start for start, count in pools for _ in range(round(count))]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]
