"""Verdicts with all that an evaluator asks of them, on a terminal of 80 columns."""

from collections.abc import Iterator, Sequence

from rich.padding import Padding
from rich.text import Text

from cqsim.case.indicators import Indicator
from cqsim.cli.layout import columns, rule
from cqsim.cli.tables import STYLES, scope_words
from cqsim.cli.words import CLASS_TITLES, margin, number
from cqsim.judge.progress import Contributions, Details, Pace, Progress
from cqsim.judge.verdicts import Status
from cqsim.study.compare import Comparison

SIGNS = {">=": "≥", "<=": "≤"}
ENDS = {
    "low": "舍入下限 low end",
    "printed": "所印 printed",
    "high": "舍入上限 high end",
}
Lines = Iterator[Text | Padding]


def verdict_lines(
    found: Sequence[Details], comparison: Comparison, *, whole: bool
) -> Lines:
    """Yield the verdicts on one scenario by class; all regions' parts where `whole`."""
    scenario, measure = comparison.scenarios[0], comparison.measures[0]
    title = f"{scenario.title['zh']} / {scenario.title['en']}"
    boundary = scope_words("metro", measure.boundary)
    yield Text(f"{title}, 口径 boundary: {boundary}", style="bold")
    for evidence, words in CLASS_TITLES.items():
        of_class = [d for d in found if d.verdict.target.evidence == evidence]
        if of_class:
            yield Text(f"\n{words}", style="bold")
            yield Text(rule())
        for details in of_class:
            indicator = comparison.rules.indicators[details.verdict.target.indicator]
            yield from _verdict(details, indicator, measure.boundary)
            if details.contributions is not None:
                places = comparison.rules.indicators[details.contributions.indicator]
                yield from _contributions(details.contributions, places, whole)


def _verdict(details: Details, indicator: Indicator, boundary: str) -> Lines:
    verdict, places = details.verdict, indicator.decimals
    target = verdict.target
    scope = scope_words(target.scope, boundary)
    yield Text(target.id, style="bold")
    unit = "" if target.unit in ("1", "year") else f"; {target.unit}"
    words = f"({target.year}; {scope}{unit})"
    yield _indented(f"{target.title.zh} {target.title.en} {words}")
    cells = (
        f"{SIGNS[target.operator]} {number(target.value, places, target.unit)}",
        number(verdict.value, places, target.unit),
        margin(verdict.margin, places),
    )
    yield _row("  判定 verdict", cells, verdict.status)
    if details.progress is not None:
        yield from _progress(details.progress, places)
    if len(verdict.readings) > 1:
        for each in verdict.readings:
            value, gap = (
                number(each.reading.threshold, places),
                margin(each.margin, places),
            )
            yield _row(f"  读法 {each.reading.text.zh}", (value, "", gap), each.status)
    for base in details.bases:
        cells = (number(base.required, places), "", margin(base.margin, places))
        head = f"  底数 base {base.base:g} {ENDS[base.end]}"
        yield _row(head, cells, base.status)
    for other in verdict.alternatives:
        own = (
            number(other.required, places, other.unit),
            number(other.value, places, other.unit),
            margin(other.margin, places),
        )
        yield _row(f"  另读 {other.alternative.text.zh}", own, other.status)
    for chance in verdict.chances:
        text = f"达标概率 chance {100 * chance.probability:.0f} %"
        yield _indented(f"{text}: {chance.weather.text.zh} {chance.weather.text.en}")


def _row(head: str, cells: Sequence[str], status: Status) -> Text:
    line = Text(columns(head, cells, 32, 11))
    return line + Text(f" {status.zh}", style=STYLES[status])


def _progress(progress: Progress, places: int) -> Lines:
    """Yield the time and way gone, and the paces."""
    seen = "观测 observed" if progress.observed else "模拟 simulated"
    done = progress.pace.done
    way = "" if done is None else f", 路程 way {100 * done:.0f} %"
    yield _indented(
        f"{progress.year}年{seen} {number(progress.value, places)}; "
        f"时间 time {100 * progress.elapsed:.0f} %{way}"
    )
    yield _indented(_pace("年均速度 pace", progress.pace, places))
    if progress.printed is not None and progress.printed_range is not None:
        low, high = (_ratio(end).split("倍")[0] for end in progress.printed_range)
        text = _pace("按所印底数 from the printed base", progress.printed, places)
        yield _indented(f"{text} (舍入 rounding: {low}–{high})")


def _pace(head: str, pace: Pace, places: int) -> str:
    base = number(pace.base, places)
    required, past = (margin(v, places + 1) for v in (pace.required, pace.past))
    return f"{head} {base}: 需 needed {required}, 已 so far {past}, {_ratio(pace)}"


def _ratio(pace: Pace) -> str:
    """Return needed over past pace in words that hold for any signs."""
    ratio = pace.ratio
    if ratio is None:
        return "此前未动 nothing moved"
    if ratio < 0:
        return "方向相反 the other way"
    return f"{ratio:.1f}倍 times"


def _contributions(found: Contributions, indicator: Indicator, whole: bool) -> Lines:
    """Yield what regions add to the margin: the furthest behind, or all."""
    places = indicator.decimals + 1
    if not whole:
        parts = ", ".join(
            f"{p.region} {margin(p.margin, places)}" for p in found.furthest
        )
        if parts:
            yield _indented(f"拖累最大 furthest behind: {parts} {found.unit}")
        return
    required = number(found.required, indicator.decimals, found.unit)
    title = f"{indicator.title.zh} {indicator.title.en}, {found.unit}"
    yield _indented(f"各区贡献 parts by region: {title}; 要求 required {required}")
    yield Text(columns("", ("本区 own", "贡献 part"), 36, 14))
    for part in sorted(found.parts, key=lambda part: part.margin):
        own = "—" if part.value is None else number(part.value, indicator.decimals)
        cells = (own, margin(part.margin, places))
        yield Text(columns(f"    {part.region}", cells, 36, 14))
    total = sum(part.margin for part in found.parts)
    yield Text(columns("    合计 sum", ("", margin(total, places)), 36, 14))


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 0, 2))
