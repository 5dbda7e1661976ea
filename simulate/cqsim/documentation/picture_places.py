"""Where each name of a picture stands: the order in the columns, and the heights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cqsim.documentation.picture_nodes import Node, Scene

_SWEEPS = 24


@dataclass(frozen=True, slots=True)
class Box:
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


def arranged(
    scene: Scene,
    height: Callable[[Node], float],
    left: Sequence[float],
    widths: Sequence[float],
    gap: float,
) -> dict[str, Box]:
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
    columns = _ordered(scene)
    inner = [node for node in scene.nodes if node.role != "stock"]
    heights = {node.id: height(node) + gap for node in inner}
    links = _links(scene)
    middles = {}
    for column in columns:
        place = 0.0
        for key in column:
            middles[key] = place + heights[key] / 2
            place += heights[key]
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = [_mean(links[key], middles, middles[key]) for key in column]
            spread = _spread(wanted, [heights[key] for key in column])
            middles |= dict(zip(column, spread, strict=True))
    top = min((middles[n.id] - heights[n.id] / 2 for n in inner), default=0.0)
    boxes = {
        node.id: Box(
            left[node.column],
            middles[node.id] - top,
            widths[node.column],
            heights[node.id] - gap,
        )
        for node in inner
    }
    return boxes | _stock_boxes(scene, boxes, left, widths)


def _stock_boxes(
    scene: Scene,
    boxes: Mapping[str, Box],
    left: Sequence[float],
    widths: Sequence[float],
) -> dict[str, Box]:
    """Return the boxes of the stocks, each as high as the rows of its flows."""
    found = {}
    for stock in (node for node in scene.nodes if node.role == "stock"):
        rows = [boxes[node.id] for node in scene.nodes if node.stock == stock.id]
        top, bottom = min(r.top for r in rows), max(r.bottom for r in rows)
        column = stock.column
        middle = (top + bottom) / 2
        found[stock.id] = Box(left[column], middle, widths[column], bottom - top)
    return found


def _links(scene: Scene) -> dict[str, list[str]]:
    """Return the neighbours of each node, at both ends of its arrows."""
    links: dict[str, list[str]] = {node.id: [] for node in scene.nodes}
    for arrow in scene.arrows:
        links[arrow.cause].append(arrow.effect)
        links[arrow.effect].append(arrow.cause)
    return links


def _ordered(scene: Scene) -> list[list[str]]:
    """Return the columns, each in the order that crosses few arrows.

    Each column is sorted by the mean place of its neighbours, to and fro (Sugiyama,
    1981, doi:10.1109/TSMC.1981.4308636); the flows of a stock stay together.
    """
    nodes = {node.id: node for node in scene.nodes}
    columns: list[list[str]] = [[] for _ in range(scene.columns)]
    for node in scene.nodes:
        if node.role != "stock":
            columns[node.column].append(node.id)
    links = _links(scene)
    best, fewest = [list(c) for c in columns], _crossings(scene, columns)
    for sweep in range(_SWEEPS):
        step = 1 if sweep % 2 == 0 else -1
        for number in range(scene.columns)[::step]:
            columns[number] = _sorted_column(columns, number, links, nodes)
        crossings = _crossings(scene, columns)
        if crossings < fewest:
            best, fewest = [list(c) for c in columns], crossings
    return best


def _sorted_column(
    columns: Sequence[Sequence[str]],
    number: int,
    links: Mapping[str, Sequence[str]],
    nodes: Mapping[str, Node],
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


def _crossings(scene: Scene, columns: Sequence[Sequence[str]]) -> int:
    """Return how many pairs of arrows cross."""
    place = {key: p for column in columns for p, key in enumerate(column)}
    at = {node.id: node.column for node in scene.nodes}
    ends: dict[int, list[tuple[int, int]]] = {}
    for arrow in scene.arrows:
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
