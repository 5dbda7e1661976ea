"""The README's picture of the answer: a target's path and requirement, by region.

Left, the history, the run and the required path of one indicator; right, the same
indicator by region on the tile grid, which keeps true directions and draws no border.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from cqsim.errors import InputFileError
from cqsim.judge.judged_run import JudgedRun
from cqsim.ledger.observed import Observations
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Name

WIDTH, HEIGHT = 960, 420
LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT = 58, 62, 430, 280
TILE, TILES_LEFT, TILES_TOP = 62, 560, 62
FONT = "'CQSim Sans SC','Noto Sans SC','Noto Sans CJK SC',sans-serif"
INK, GREY, BLUE, RUST = "#1b1b1b", "#7a7a7a", "#1f4e79", "#b8430f"


@dataclass(frozen=True, slots=True)
class Tile:
    """A region's place on the grid, its names, and its value in percent."""

    row: int
    column: int
    chinese: str
    english: str
    value: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The values that the picture shows, in percent.

    `observed` and `simulated` are values by year, `target` the year and value that
    are required, `tiles` the regions in `tile_year`.
    """

    title: str
    observed: Mapping[int, float]
    simulated: Mapping[int, float]
    target: tuple[int, float]
    tile_year: int
    tiles: Sequence[Tile]


class AnswerFile(Frozen):
    """The file `reports/answer.toml` of a case: what the picture shows.

    In a census year the share is that of `part` in `whole`, counted over the regions;
    in a year of `published` it is that of the whole area, as the ledger has it.
    """

    title: Name
    target: Name
    censuses: tuple[int, ...]
    part: Name
    whole: Name
    published: tuple[int, ...] = ()


def answer_of(outcome: JudgedRun, file: Path) -> Answer:
    """Return what the picture shows of a judged run.

    Parameters
    ----------
    file
        Says which target is shown, and what was observed of it.

    Raises
    ------
    CqsimError
        The file, the ledger or the indicators lack what the picture needs.
    """
    words = load(read_document(file), AnswerFile)
    found = [v for v in outcome.judgement.verdicts if v.target.id == words.target]
    if not found:
        what = f"the run does not reach the target '{words.target}'"
        raise InputFileError(file, 0, what, "Name another.")
    target, folder = found[0].target, outcome.scenario.model.path.parent
    ledger = Observations.load(folder)
    rules = outcome.case
    measure = outcome.measure
    regions = rules.scopes[target.scope]

    def counted(variable: str, year: int) -> float:
        return sum(ledger.value(region, variable, year) for region in regions)

    observed = {
        year: 100 * counted(words.part, year) / counted(words.whole, year)
        for year in words.censuses
    }
    for year in words.published:
        observed[year] = ledger.value(target.scope, target.indicator, year)
    with (folder / "regions.csv").open(encoding="utf-8", newline="") as lines:
        tiles = [
            Tile(
                int(place["row"]),
                int(place["column"]),
                place["short_zh"],
                place["name_en"],
                measure.value(target.indicator, place["region"], target.year),
            )
            for place in csv.DictReader(lines)
        ]
    years = [int(year) for year in outcome.result.times]
    path = measure.path(target.indicator, target.scope)
    simulated = dict(zip(years, path.tolist(), strict=True))
    required = (target.year, float(target.value))
    return Answer(words.title, observed, simulated, required, target.year, tiles)


def answer_picture(answer: Answer) -> str:
    """Return the picture as SVG text; equal answers give equal texts."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="{FONT}" role="img">',
        f"<title>{escape(answer.title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 30, answer.title, 16, INK, weight="bold"),
        *_chart(answer),
        *_tiles(answer),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _chart(answer: Answer) -> list[str]:
    years = [*answer.observed, *answer.simulated, answer.target[0]]
    values = [*answer.observed.values(), *answer.simulated.values(), answer.target[1]]
    first, last = min(years), max(years)
    low, high = 5 * (min(values) // 5), 5 * (max(values) // 5 + 1)

    def at(year: float, value: float) -> tuple[float, float]:
        x = LEFT + (year - first) / (last - first) * PLOT_WIDTH
        y = TOP + (high - value) / (high - low) * PLOT_HEIGHT
        return round(x, 1), round(y, 1)

    parts = []
    for level in range(int(low), int(high) + 1, 5):
        y = at(first, level)[1]
        parts.append(_line((LEFT, y), (LEFT + PLOT_WIDTH, y), "#e3e3e3", 1))
        parts.append(_text(LEFT - 8, y + 4, f"{level}", 12, GREY, anchor="end"))
    for mark in range(first, last + 1, 5):
        x = at(mark, low)[0]
        parts.append(_text(x, TOP + PLOT_HEIGHT + 20, f"{mark}", 12, GREY, "middle"))
    base = max(year for year in answer.observed if year in answer.simulated)
    start, goal = at(base, answer.observed[base]), at(*answer.target)
    parts.append(_line(start, goal, RUST, 2, dash="6 4"))
    points = " ".join(f"{x},{y}" for x, y in (at(*p) for p in answer.simulated.items()))
    line = f'<polyline points="{points}" fill="none" stroke="{BLUE}"'
    parts.append(f'{line} stroke-width="2.5"/>')
    for year, value in answer.observed.items():
        x, y = at(year, value)
        circle = f'<circle cx="{x}" cy="{y}" r="5" fill="#ffffff" stroke="{INK}"'
        parts.append(f'{circle} stroke-width="2"/>')
    x, y = goal
    diamond = f"M{x} {y - 8}L{x + 8} {y}L{x} {y + 8}L{x - 8} {y}Z"
    parts.append(f'<path d="{diamond}" fill="{RUST}"/>')
    due, required = answer.target
    label = f"目标 target {required:g} % ({due})"
    parts.append(_text(x - 14, y + 5, label, 13, RUST, anchor="end"))
    return [*parts, *_legend()]


def _legend() -> list[str]:
    y = TOP + PLOT_HEIGHT - 14
    x = LEFT + 190
    return [
        f'<circle cx="{x}" cy="{y - 44}" r="5" fill="#ffffff" stroke="{INK}" '
        'stroke-width="2"/>',
        _text(x + 18, y - 40, "统计 observed", 12, INK),
        _line((x - 10, y - 22), (x + 10, y - 22), BLUE, 2.5),
        _text(x + 18, y - 18, "基准情景 baseline run", 12, INK),
        _line((x - 10, y), (x + 10, y), RUST, 2, dash="6 4"),
        _text(x + 18, y + 4, "达标所需路径 required path", 12, INK),
    ]


def _tiles(answer: Answer) -> list[str]:
    values = [tile.value for tile in answer.tiles]
    low, high = min(values), max(values)
    parts = []
    for tile in answer.tiles:
        x = TILES_LEFT + tile.column * TILE
        y = TILES_TOP + tile.row * (TILE - 8)
        depth = (tile.value - low) / ((high - low) or 1.0)
        ink = "#ffffff" if depth > 0.5 else INK
        size = f'width="{TILE - 4}" height="{TILE - 12}" rx="4"'
        fill = f'fill="{_shade(depth)}"'
        hint = f"<title>{escape(tile.english)}: {tile.value:.1f} %</title>"
        parts.append(f'<rect x="{x}" y="{y}" {size} {fill}>{hint}</rect>')
        middle = x + (TILE - 4) / 2
        parts.append(_text(middle, y + 21, tile.chinese, 13, ink, "middle"))
        parts.append(_text(middle, y + 39, f"{tile.value:.0f} %", 12, ink, "middle"))
    note = f"{answer.tile_year}年各区(模拟) by region, simulated"
    parts.append(_text(TILES_LEFT, TOP + PLOT_HEIGHT + 58, note, 12, GREY))
    return parts


def _shade(depth: float) -> str:
    """Return a blue from pale (0) to deep (1) that also reads in grey."""
    pale, deep = (222, 235, 247), (18, 62, 105)
    mixed = (round(p + (d - p) * depth) for p, d in zip(pale, deep, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _line(
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    width: float,
    dash: str = "",
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _text(
    x: float,
    y: float,
    words: str,
    size: int,
    colour: str,
    anchor: str = "start",
    weight: str = "normal",
) -> str:
    place = f'x="{x}" y="{y}" font-size="{size}" font-weight="{weight}"'
    return (
        f'<text {place} fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>'
    )
