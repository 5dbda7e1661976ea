"""What a run looks like on a terminal of 80 columns, and in a file."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cqsim.case.indicators import Indicator
from cqsim.cli.words import CLASS_TITLES, SCOPE_WORDS, margin, number
from cqsim.judge.outcome import Outcome, key_years
from cqsim.judge.verdicts import Status, Verdict

RINGS = ("metro", "central", "integrating", "fulcrum", "bridgehead", "northern")
STYLES = {
    Status.EARLY: "green",
    Status.EXCEEDED: "green",
    Status.ON_COURSE: "green",
    Status.BEHIND: "red",
}
SIGNS = {">=": "≥", "<=": "≤"}
WIDTH = 80
SCOPE_WIDTH = 24
TARGET_WIDTHS = (22, 11, 12)


def print_outcome(
    outcome: Outcome, files: list[Path], lines: Iterable[Text | Padding]
) -> None:
    """Print a run: what it is, lines about it, and where its files are."""
    console = Console(highlight=False)
    _print_head(console, outcome)
    for line in lines:
        console.print(line)
    console.print()
    for note in notes(outcome):
        console.print(Text(f"注意 Note: {note}"))
    _print_files(console, files)


def whole_lines(outcome: Outcome) -> Iterator[Text | Padding]:
    """Yield all key indicators by ring, then the targets with their titles."""
    if outcome.indicators:
        yield from indicator_lines(outcome)
    if outcome.judgement.verdicts:
        yield from target_lines(outcome)


def notes(outcome: Outcome) -> Iterator[str]:
    """Yield what a reader must know; targets that are not judged in one sentence."""
    unjudged = outcome.judgement.unjudged
    for warning in outcome.warnings:
        if warning not in unjudged:
            yield warning
    if unjudged:
        judged = {verdict.target.id for verdict in outcome.judgement.verdicts}
        names = [name for name in outcome.task.rules.targets if name not in judged]
        yield (
            f"{len(names)} targets are not judged, for the run does not reach their "
            f"year or area (--json says more): {', '.join(names)}"
        )


def indicator_lines(outcome: Outcome) -> Iterator[Text | Padding]:
    """Yield the key indicators by ring, a column a year."""
    years = key_years(outcome.result)
    yield Text("\n主要指标(按圈层) Key indicators by ring", style="bold")
    yield Text(_row("", [str(year) for year in years]))
    yield _rule()
    values = {(row.id, row.scope, row.year): row.value for row in outcome.indicators}
    for indicator in outcome.task.rules.indicators.values():
        rows = []
        for scope in shown_rings(outcome.task.boundary, indicator):
            found = [values.get((indicator.id, scope, year)) for year in years]
            if any(value is not None for value in found):
                cells = [_cell(indicator, value) for value in found]
                words = scope_words(scope, outcome.task.boundary)
                rows.append(Text(_row(f"  {words}", cells)))
        if rows:
            yield Text(_heading(indicator), style="bold")
            yield from rows


def shown_rings(boundary: str, indicator: Indicator) -> list[str]:
    """Return the scopes that an indicator's rows are for; none twice."""
    if not indicator.ring_table:
        return []
    return [scope for scope in RINGS if scope == "metro" or scope != boundary]


def scope_words(scope: str, boundary: str) -> str:
    """Return what a scope is called where only the regions of a boundary count."""
    inside = boundary if scope == "metro" else scope
    return SCOPE_WORDS.get(inside, inside)


def target_lines(outcome: Outcome) -> Iterator[Text | Padding]:
    """Yield the targets by class: what is required, reached and missing."""
    yield Text("\n目标 Targets", style="bold")
    heads = ("要求 Required", "结果 Value", "差距 Margin")
    yield Text(_aligned(heads) + " 状态 Status")
    yield _rule()
    for evidence, title in CLASS_TITLES.items():
        verdicts = [
            verdict
            for verdict in outcome.judgement.verdicts
            if verdict.target.evidence == evidence
        ]
        if verdicts:
            yield Text(title, style="bold")
        for verdict in verdicts:
            indicator = outcome.task.rules.indicators[verdict.target.indicator]
            yield from _target_lines(verdict, indicator, outcome.task.boundary)
    yield Text(
        "\n差距为正即达标 A positive margin is met. "
        "* 按不同读法结论不同 The verdict depends on how the words are read. "
        "? 未经证实 Unconfirmed."
    )


def _target_lines(
    verdict: Verdict, indicator: Indicator, boundary: str
) -> Iterator[Text | Padding]:
    """Yield the title of a target in both languages, and its numbers below."""
    target, status = verdict.target, verdict.status
    marks = "*" * verdict.depends_on_reading + "?" * target.unconfirmed
    scope = scope_words(target.scope, boundary)
    title = f"{target.title.zh}{marks} {target.title.en}"
    yield Padding(Text(f"{title} ({target.year}; {scope})"), (0, 0, 0, 2))
    places = indicator.decimals
    unit = "" if target.unit == "1" else f" {target.unit}"
    required = number(target.value, places, target.unit)
    cells = (
        f"{SIGNS[target.operator]} {required}{unit}",
        number(verdict.value, places, target.unit),
        margin(verdict.margin, places),
    )
    words = Text(f" {status.zh} {status.en}", style=STYLES[status])
    yield Text(_aligned(cells)) + words


def _cell(indicator: Indicator, value: float | None) -> str:
    if value is None:
        return "—"
    return number(value, indicator.decimals, indicator.unit)


def _heading(indicator: Indicator) -> str:
    estimate = " 降尺度估计 estimate" if indicator.downscaled else ""
    unit = "" if indicator.unit == "1" else f" ({indicator.unit})"
    return f"{indicator.title.zh} {indicator.title.en}{unit}{estimate}"


def _row(head: str, cells: Sequence[str]) -> str:
    width = min(9, (WIDTH - SCOPE_WIDTH) // max(1, len(cells)))
    return filled(head, SCOPE_WIDTH) + "".join(
        filled(cell, width, right=True) for cell in cells
    )


def _aligned(cells: Sequence[str]) -> str:
    return "".join(
        filled(cell, width, right=True)
        for cell, width in zip(cells, TARGET_WIDTHS, strict=True)
    )


def filled(text: str, width: int, *, right: bool = False) -> str:
    """Return a text filled with blanks to a width; a Chinese character takes two."""
    blanks = " " * max(0, width - cell_len(text))
    return blanks + text if right else text + blanks


def _rule() -> Text:
    return Text("─" * WIDTH)


def _print_head(console: Console, outcome: Outcome) -> None:
    scenario, times = outcome.scenario, outcome.times
    title = f"{scenario.title['zh']} / {scenario.title['en']}"
    console.print(Text(title, style="bold"))
    span = f"{times['start']:g}–{times['end']:g}, 步长 step {times['step']:g}"
    console.print(Text(f"模型 Model: {scenario.model.path} ({span})"), soft_wrap=True)


def _print_files(console: Console, files: list[Path]) -> None:
    folder = files[0].parent
    names = ", ".join(path.name for path in files)
    console.print(Text(f"结果 Results: {folder}/ ({names})"), soft_wrap=True)
