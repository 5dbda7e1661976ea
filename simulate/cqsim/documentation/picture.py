"""The stock-and-flow picture of a sector, as SVG."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from cqsim.documentation.lettering import wrapped
from cqsim.documentation.picture_marks import (
    ARROW_CLASSES,
    BEYOND_ROOM,
    PIPE_ROOM,
    SIZE,
    SMALL,
    STYLE,
    arrow_heads,
    centred,
    drawn_legend,
    drawn_pipe,
)
from cqsim.documentation.picture_nodes import Arrow, Node, Scene
from cqsim.documentation.picture_places import Box, arranged
from cqsim.model.model import Model

_LINE = 15.0
_LABEL = 148.0
_STOCK = 132.0
_AISLE = 58.0
_SPOUT = 22.0
_MARGIN = 24.0
_HEAD = 52.0
_FOOT = 72.0
_GAP = 9.0
_BETWEEN = 34.0


@dataclass(frozen=True, slots=True)
class Label:
    """What a node says: lines of its name, and its Chinese name below."""

    lines: tuple[str, ...]
    chinese: tuple[str, ...]

    @property
    def height(self) -> float:
        """How high the lines are together."""
        return _LINE * (len(self.lines) + len(self.chinese)) + 8


def picture_of(
    scenes: Sequence[Scene], model: Model, title: str, chinese: Callable[[str], str]
) -> str:
    """Return the SVG of scenes below each other; equal scenes give equal text.

    Parameters
    ----------
    chinese
        The Chinese name of a variable by its key; empty where there is none.
    """
    top, right = _HEAD, 760.0
    drawn: list[str] = []
    for scene in scenes:
        labels = {n.id: _label(n, model, chinese) for n in scene.nodes}
        boxes = _boxes(scene, labels)
        drawn += [f'<g transform="translate(0 {top:.1f})">']
        drawn += _arrows(scene, boxes, labels)
        drawn += [m for pipe in scene.pipes for m in drawn_pipe(pipe, boxes, model)]
        drawn += [m for n in scene.nodes for m in _node(n, boxes, labels[n.id], model)]
        drawn += ["</g>"]
        top += max(box.bottom for box in boxes.values()) + _BETWEEN
        right = max(right, *(box.x + box.width + _MARGIN for box in boxes.values()))
    size = right, top - _BETWEEN + _FOOT
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 {size[0]:.0f} {size[1]:.0f}" '
        f'width="{size[0]:.0f}" height="{size[1]:.0f}">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        arrow_heads(),
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text class="title" x="{_MARGIN:g}" y="32">{escape(title)}</text>',
        *drawn,
        *drawn_legend(_MARGIN, size[1] - _FOOT + 26),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _label(node: Node, model: Model, chinese: Callable[[str], str]) -> Label:
    """Return the lines of a node's label."""
    room = (_STOCK if node.role == "stock" else _LABEL) - 14
    name = model.variables[node.key].name.strip('"')
    if node.role == "change":
        return Label(tuple(wrapped(f"change of {name}", SIZE, room)), ())
    return Label(
        tuple(wrapped(name, SIZE, room)),
        tuple(wrapped(chinese(node.key), SMALL, room)),
    )


def _boxes(scene: Scene, labels: Mapping[str, Label]) -> dict[str, Box]:
    """Return the place of every node."""
    stocks = {n.id: n for n in scene.nodes if n.role == "stock"}
    rows = [n.stock for n in scene.nodes if n.stock]

    beyond = {pipe.flow for pipe in scene.pipes if pipe.beyond}

    def height(node: Node) -> float:
        own = max(labels[node.id].height, 26.0)
        if node.stock in stocks:
            own += PIPE_ROOM + (BEYOND_ROOM if node.id in beyond else 0.0)
            # The rows of a stock are together as high as its own label.
            own = max(own, labels[node.stock].height / rows.count(node.stock))
        return own

    has_stocks = bool(stocks)
    left, x = [], _MARGIN
    widths = []
    for column in range(scene.columns):
        is_stock = has_stocks and column == scene.columns - 1
        is_flow = has_stocks and column == scene.columns - 2
        left.append(x)
        widths.append(_STOCK if is_stock else _LABEL)
        x += widths[-1] + (_SPOUT if is_flow else _AISLE)
    return arranged(scene, height, left, widths, _GAP)


def _arrows(
    scene: Scene, boxes: Mapping[str, Box], labels: Mapping[str, Label]
) -> Iterator[str]:
    """Yield the arrows; those that end at one node land side by side."""
    landing: dict[str, list[Arrow]] = {}
    for arrow in scene.arrows:
        landing.setdefault(arrow.effect, []).append(arrow)
    for effect, arrows in landing.items():
        end = boxes[effect]
        ordered = sorted(arrows, key=lambda a: (boxes[a.cause].y, a.cause))
        for number, arrow in enumerate(ordered):
            start = boxes[arrow.cause]
            x, y = start.x + start.width, start.y
            step = (labels[effect].height - 6) / len(ordered)
            to = end.top + 3 + step * (number + 0.5)
            bend = (end.x - x) / 2
            name = ARROW_CLASSES[arrow.sign]
            yield (
                f'<path class="{name}" marker-end="url(#{name})" '
                f'd="M{x:.1f} {y:.1f}C{x + bend:.1f} {y:.1f} '
                f'{end.x - bend:.1f} {to:.1f} {end.x:.1f} {to:.1f}"/>'
            )


def _node(
    node: Node, boxes: Mapping[str, Box], label: Label, model: Model
) -> Iterator[str]:
    """Yield a node: its box and its label."""
    box = boxes[node.id]
    variable = model.variables[node.key]
    told = f"{variable.title} [{variable.unit}] {variable.documentation}".strip()
    radius = 0 if node.role == "stock" else 5
    is_flow = node.role == "auxiliary" and variable.kind == "flow"
    style = "flow" if is_flow else node.role
    # Under the label of a flow runs its pipe.
    height = label.height if node.stock else box.height
    yield f"<g><title>{escape(told)}</title>"
    yield (
        f'<rect class="{style}" x="{box.x:.1f}" y="{box.top:.1f}" '
        f'width="{box.width:.1f}" height="{height:.1f}" rx="{radius}"/>'
    )
    lettering = "italic" if node.role in ("copy", "outside", "change") else "plain"
    lines = [(line, lettering) for line in label.lines]
    lines += [(line, "zh") for line in label.chinese]
    y = box.top + (height - _LINE * len(lines)) / 2 + _LINE * 0.75
    for number, (line, name) in enumerate(lines):
        yield centred(box.x + box.width / 2, y + number * _LINE, line, name)
    yield "</g>"
