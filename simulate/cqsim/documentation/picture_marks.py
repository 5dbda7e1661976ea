"""The marks of a stock-and-flow picture: pipes, valves, clouds, legend, lettering."""

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from cqsim.documentation.lettering import width
from cqsim.documentation.picture_nodes import Pipe
from cqsim.documentation.picture_places import Box
from cqsim.model.model import Model

SIZE = 12.0
SMALL = 10.5
# How much a pipe takes under the label of its flow, and the line that names the stock
# at its other end.
PIPE_ROOM = 28.0
BEYOND_ROOM = 13.0

_FONTS = (
    "Helvetica, Arial, 'Liberation Sans', 'Noto Sans SC', 'Noto Sans CJK SC', "
    "'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Zen Hei', sans-serif"
)
STYLE = f"""
text {{ font-family: {_FONTS}; font-size: {SIZE:g}px; fill: #1a1a1a; }}
.zh {{ font-size: {SMALL:g}px; fill: #555; }}
.title {{ font-size: 18px; font-weight: bold; }}
.stock {{ fill: #dce9f7; stroke: #1f4e79; stroke-width: 2; }}
.flow {{ fill: #fff; stroke: #1f4e79; }}
.change {{ fill: #fff; stroke: #9db7d3; stroke-dasharray: 3 2; }}
.auxiliary {{ fill: #fff; stroke: #b5b5b5; }}
.copy {{ fill: #f4f8fd; stroke: #9db7d3; stroke-dasharray: 3 2; }}
.outside {{ fill: #f2f2f2; stroke: none; }}
.italic {{ font-style: italic; fill: #444; }}
.more {{ fill: none; stroke: #2b6cb0; stroke-width: 1.3; }}
.less {{ fill: none; stroke: #c2410c; stroke-width: 1.3; stroke-dasharray: 6 3; }}
.open {{ fill: none; stroke: #8a8a8a; stroke-width: 1.1; stroke-dasharray: 1.5 2.5; }}
.pipe {{ stroke: #1f4e79; stroke-width: 7; }}
.bore {{ stroke: #fff; stroke-width: 4; }}
.solid {{ fill: #1f4e79; }}
.cloud {{ fill: #fff; stroke: #7a8ca0; }}
"""
ARROW_CLASSES = {"+": "more", "-": "less", "?": "open", "0": "open"}
_COLOURS = {"more": "#2b6cb0", "less": "#c2410c", "open": "#8a8a8a"}


def arrow_heads() -> str:
    """Return the heads of the arrows, one a colour."""
    heads = "".join(
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0.8 8 4 0 7.2z" fill="{colour}"/>'
        "</marker>"
        for name, colour in _COLOURS.items()
    )
    return f"<defs>{heads}</defs>"


def centred(x: float, y: float, line: str, name: str) -> str:
    """Return a line of text around x."""
    return (
        f'<text class={quoteattr(name)} x="{x:.1f}" y="{y:.1f}" '
        f'text-anchor="middle">{escape(line)}</text>'
    )


def drawn_pipe(pipe: Pipe, boxes: Mapping[str, Box], model: Model) -> Iterator[str]:
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
