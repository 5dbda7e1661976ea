"""A stock-and-flow diagram as SVG: boxes, arrows, pipes, clouds, legend.

Widths of texts are those of common sans-serif faces, in parts of the font size, rounded
up, for no font is at hand: a label may get more room than it needs, never less.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr

from cqsim.documentation.diagram import (
    Arrow,
    Diagram,
    DiagramNode,
    NodeBox,
    Pipe,
    arranged,
)
from cqsim.model.model import Model

LINE = 15.0
LABEL = 148.0
STOCK = 132.0
AISLE = 58.0
SPOUT = 22.0
MARGIN = 24.0
HEAD = 52.0
FOOT = 72.0
GAP = 9.0
BETWEEN = 34.0
SIZE = 12.0
SMALL = 10.5
# How much a pipe takes under the label of its flow, and the line that names the stock
# at its other end.
PIPE_ROOM = 28.0
BEYOND_ROOM = 13.0

STYLE = "\n" + Path(__file__).with_name("diagram.css").read_text("utf-8")
ARROW_CLASSES = {"+": "more", "-": "less", "?": "open", "0": "open"}
COLOURS = {"more": "#2b6cb0", "less": "#c2410c", "open": "#8a8a8a"}


@dataclass(frozen=True, slots=True)
class Label:
    """The label of a node: lines of its name, and its Chinese name below."""

    lines: tuple[str, ...]
    chinese: tuple[str, ...]

    @property
    def height(self) -> float:
        """How high the lines are together."""
        return LINE * (len(self.lines) + len(self.chinese)) + 8


def svg_of(
    diagrams: Sequence[Diagram], model: Model, title: str, chinese: Callable[[str], str]
) -> str:
    """Return the SVG of diagrams below each other; equal diagrams give equal text.

    Parameters
    ----------
    chinese
        The Chinese name of a variable by its key; empty where there is none.
    """
    top, right = HEAD, 760.0
    drawn: list[str] = []
    for diagram in diagrams:
        labels = {n.id: _label(n, model, chinese) for n in diagram.nodes}
        boxes = _boxes(diagram, labels)
        drawn += [f'<g transform="translate(0 {top:.1f})">']
        drawn += _arrows(diagram, boxes, labels)
        drawn += [m for pipe in diagram.pipes for m in drawn_pipe(pipe, boxes, model)]
        drawn += [
            m for n in diagram.nodes for m in _node(n, boxes, labels[n.id], model)
        ]
        drawn += ["</g>"]
        top += max(box.bottom for box in boxes.values()) + BETWEEN
        right = max(right, *(box.x + box.width + MARGIN for box in boxes.values()))
    size = right, top - BETWEEN + FOOT
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 {size[0]:.0f} {size[1]:.0f}" '
        f'width="{size[0]:.0f}" height="{size[1]:.0f}">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        arrow_heads(),
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text class="title" x="{MARGIN:g}" y="32">{escape(title)}</text>',
        *drawn,
        *drawn_legend(MARGIN, size[1] - FOOT + 26),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _label(node: DiagramNode, model: Model, chinese: Callable[[str], str]) -> Label:
    """Return the lines of a node's label."""
    room = (STOCK if node.role == "stock" else LABEL) - 14
    name = model.variables[node.key].name.strip('"')
    if node.role == "change":
        return Label(tuple(wrapped(f"change of {name}", SIZE, room)), ())
    return Label(
        tuple(wrapped(name, SIZE, room)),
        tuple(wrapped(chinese(node.key), SMALL, room)),
    )


def _boxes(diagram: Diagram, labels: Mapping[str, Label]) -> dict[str, NodeBox]:
    """Return the place of every node."""
    stocks = {n.id: n for n in diagram.nodes if n.role == "stock"}
    rows = [n.stock for n in diagram.nodes if n.stock]

    beyond = {pipe.flow for pipe in diagram.pipes if pipe.beyond}

    def height(node: DiagramNode) -> float:
        own = max(labels[node.id].height, 26.0)
        if node.stock in stocks:
            own += PIPE_ROOM + (BEYOND_ROOM if node.id in beyond else 0.0)
            # The rows of a stock are together as high as its own label.
            own = max(own, labels[node.stock].height / rows.count(node.stock))
        return own

    has_stocks = bool(stocks)
    left, x = [], MARGIN
    widths = []
    for column in range(diagram.columns):
        is_stock = has_stocks and column == diagram.columns - 1
        is_flow = has_stocks and column == diagram.columns - 2
        left.append(x)
        widths.append(STOCK if is_stock else LABEL)
        x += widths[-1] + (SPOUT if is_flow else AISLE)
    return arranged(diagram, height, left, widths, GAP)


def _arrows(
    diagram: Diagram, boxes: Mapping[str, NodeBox], labels: Mapping[str, Label]
) -> Iterator[str]:
    """Yield the arrows; those that end at one node land side by side."""
    landing: dict[str, list[Arrow]] = {}
    for arrow in diagram.arrows:
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
    node: DiagramNode, boxes: Mapping[str, NodeBox], label: Label, model: Model
) -> Iterator[str]:
    """Yield a node: its box and its label."""
    box = boxes[node.id]
    variable = model.variables[node.key]
    tooltip = f"{variable.title} [{variable.unit}] {variable.documentation}".strip()
    radius = 0 if node.role == "stock" else 5
    is_flow = node.role == "auxiliary" and variable.kind == "flow"
    style = "flow" if is_flow else node.role
    # Under the label of a flow runs its pipe.
    height = label.height if node.stock else box.height
    yield f"<g><title>{escape(tooltip)}</title>"
    yield (
        f'<rect class="{style}" x="{box.x:.1f}" y="{box.top:.1f}" '
        f'width="{box.width:.1f}" height="{height:.1f}" rx="{radius}"/>'
    )
    lettering = "italic" if node.role in ("copy", "outside", "change") else "plain"
    lines = [(line, lettering) for line in label.lines]
    lines += [(line, "zh") for line in label.chinese]
    y = box.top + (height - LINE * len(lines)) / 2 + LINE * 0.75
    for number, (line, name) in enumerate(lines):
        yield centred(box.x + box.width / 2, y + number * LINE, line, name)
    yield "</g>"


def arrow_heads() -> str:
    """Return the heads of the arrows, one a colour."""
    heads = "".join(
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0.8 8 4 0 7.2z" fill="{colour}"/>'
        "</marker>"
        for name, colour in COLOURS.items()
    )
    return f"<defs>{heads}</defs>"


def centred(x: float, y: float, line: str, name: str) -> str:
    """Return a line of text around x."""
    return (
        f'<text class={quoteattr(name)} x="{x:.1f}" y="{y:.1f}" '
        f'text-anchor="middle">{escape(line)}</text>'
    )


def drawn_pipe(pipe: Pipe, boxes: Mapping[str, NodeBox], model: Model) -> Iterator[str]:
    """Yield a pipe with its valve, between the stock and what is beyond it."""
    row, stock = boxes[pipe.flow], boxes[pipe.stock]
    y = row.bottom - PIPE_ROOM / 2 + 2
    if pipe.beyond:
        y -= BEYOND_ROOM
        way = "from" if pipe.sign == "+" else "to"
        name = model.variables[pipe.beyond].name.strip('"')
        middle = row.x + row.width / 2
        yield centred(middle, row.bottom - 3, f"{way} {name}", "zh")
    start, end = row.x + 20, stock.x - 1
    tail = start + (0 if pipe.sign == "+" else 10)
    nose = end - (0 if pipe.sign == "-" else 10)
    for name in ("pipe", "bore"):
        yield f'<path class="{name}" d="M{tail:.1f} {y:.1f}H{nose:.1f}"/>'
    if pipe.sign != "-":
        yield _point(end, y, -1)
    if pipe.sign != "+":
        yield _point(start, y, 1)
    valve = row.x + row.width / 2
    yield (
        f'<path class="solid" d="M{valve - 8:.1f} {y - 9:.1f}H{valve + 8:.1f}L'
        f'{valve - 8:.1f} {y + 9:.1f}H{valve + 8:.1f}z"/>'
    )
    yield from _far_end(pipe, row.x + 10, y)


def _point(x: float, y: float, side: int) -> str:
    """Return the point of a pipe at x."""
    return (
        f'<path class="solid" d="M{x:.1f} {y:.1f}L{x + side * 12:.1f} {y - 7:.1f}V'
        f'{y + 7:.1f}z"/>'
    )


def _far_end(pipe: Pipe, x: float, y: float) -> Iterator[str]:
    """Yield a cloud, a small stock, or a circle for a flow between elements."""
    if pipe.beyond:
        corner = f'x="{x - 9:.1f}" y="{y - 7:.1f}"'
        yield f'<rect class="stock" {corner} width="17" height="14"/>'
    else:
        for dx, dy, r in ((-4.0, 2.0, 5.0), (4.0, 3.0, 5.0), (0.0, -3.0, 6.0)):
            centre = f'cx="{x + dx:.1f}" cy="{y + dy:.1f}"'
            yield f'<circle class="cloud" {centre} r="{r:g}"/>'


def drawn_legend(x: float, y: float) -> Iterator[str]:
    """Yield what the marks mean, in two lines."""
    first = x
    for name, text in (
        ("more", "more of it makes more"),
        ("less", "more of it makes less"),
        ("open", "either way, by the state"),
    ):
        yield (
            f'<path class="{name}" marker-end="url(#{name})" '
            f'd="M{x:.1f} {y:.1f}H{x + 34:.1f}"/>'
        )
        yield f'<text class="zh" x="{x + 42:.1f}" y="{y + 4:.1f}">{text}</text>'
        x += 58 + width(text, SMALL)
    for name, text in (
        ("stock", "stock"),
        ("flow", "flow, over its pipe"),
        ("auxiliary", "auxiliary"),
        ("copy", "drawn elsewhere in the picture"),
        ("outside", "of another sector"),
    ):
        if name == "auxiliary":
            y, x = y + 24, first
        yield (
            f'<rect class="{name}" x="{x:.1f}" y="{y - 7:.1f}" width="24" height="14"/>'
        )
        yield f'<text class="zh" x="{x + 32:.1f}" y="{y + 4:.1f}">{text}</text>'
        x += 48 + width(text, SMALL)


NARROW = set("iljtfrI.,'|()[]: ")
BROAD = set("mwMW@%")


def width(text: str, size: float) -> float:
    """Return the width of a line of text, in the unit of the font size."""
    return sum(map(_part, text)) * size


def _part(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 1.0
    if letter in NARROW:
        return 0.34
    if letter in BROAD:
        return 0.9
    return 0.7 if letter.isupper() else 0.58


def wrapped(text: str, size: float, room: float) -> list[str]:
    """Return the text in lines that fit the room; a longer word stands alone."""
    lines: list[str] = []
    for word in _wrapped(text, size, room):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, size) <= room:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _wrapped(text: str, size: float, room: float) -> list[str]:
    """Return the words of a text; one that does not fit is cut where it must be."""
    pieces = []
    for word in text.split():
        part = ""
        for letter in word:
            if part and width(part + letter, size) > room:
                pieces.append(part)
                part = ""
            part += letter
        pieces.append(part)
    return pieces
