"""What stands in the picture of a sector: columns of names, read from left to right.

The stocks stand at the right with a row for each flow. What a flow or auxiliary needs
stands in the column before it. A name that is needed in a second place, a stock that
acts back, or a variable of another sector stands there as a copy, as modellers do with
shadow variables. So every arrow goes from one column to the next, and none runs
through a label.
"""

from collections.abc import Mapping
from dataclasses import replace

from cqsim.documentation.picture_nodes import Node, Pipe, Scene, SceneBuilder
from cqsim.model.graph import Graph, depth_first
from cqsim.model.kinds import flows_of
from cqsim.model.model import Model, Variable
from cqsim.model.polarity import Polarity

# So many columns of auxiliaries can be read side by side.
_DEPTH = 4


def scenes_of(
    model: Model, graph: Graph, polarity: Polarity, group: str
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
        builder = SceneBuilder(model, graph, polarity, members, layers)
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

    def fed(key: str) -> list[str]:
        return [use for use in graph.uses[key] if use in inner]

    for key in depth_first(sorted(inner), fed):
        behind[key] = 1 + max((behind[k] for k in fed(key) if k in behind), default=0)
    return {key: behind[key] for key in members if key in inner}
