"""What a run looks like on a terminal of 80 columns, and in a file."""

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cqsim.cli.words import CLASS_WORDS, SCOPE_WORDS, number
from cqsim.engine.outcome import Outcome, key_years
from cqsim.engine.verdicts import Status, Verdict
from cqsim.registry.indicators import Indicator

RINGS = ("metro", "central", "integrating", "fulcrum", "bridgehead", "northern")
STYLES = {
    Status.EARLY: "green",
    Status.EXCEEDED: "green",
    Status.ON_COURSE: "green",
    Status.BEHIND: "red",
}
SIGNS = {">=": "≥", "<=": "≤"}


def print_outcome(outcome: Outcome, files: list[Path]) -> None:
    """Print a run: what it is, its tables, and where its files are."""
    console = Console(highlight=False)
    _print_head(console, outcome)
    if outcome.indicators:
        console.print(indicator_table(outcome))
    if outcome.judgement.verdicts:
        console.print(target_table(outcome))
        console.print(
            Text(
                "* 按不同读法结论不同 depends on how the words are read; "
                "? 未经证实 unconfirmed. 差距为正即达标 a positive margin is met."
            )
        )
    for warning in outcome.warnings:
        console.print(Text(f"注意 Note: {warning}"))
    _print_files(console, files)


def indicator_table(outcome: Outcome) -> Table:
    """Return the key indicators by ring, a column a year."""
    years = key_years(outcome.result)
    title = "主要指标(按圈层) Key indicators by ring"
    table = _table(title)
    table.add_column("指标 Indicator", ratio=1)
    for year in years:
        table.add_column(str(year), justify="right", no_wrap=True)
    values = {(row.id, row.scope, row.year): row.value for row in outcome.indicators}
    for indicator in outcome.task.rules.indicators.values():
        if not indicator.ring_table:
            continue
        scopes = [
            scope
            for scope in RINGS
            if any((indicator.id, scope, year) in values for year in years)
        ]
        if scopes:
            table.add_section()
            table.add_row(Text(_heading(indicator), style="bold"))
        for scope in scopes:
            found = [values.get((indicator.id, scope, year)) for year in years]
            cells = [
                "—" if value is None else number(value, indicator.decimals)
                for value in found
            ]
            table.add_row(f"  {SCOPE_WORDS[scope]}", *cells)
    return table


def target_table(outcome: Outcome) -> Table:
    """Return the targets with what is required, reached and missing."""
    table = _table("目标 Targets")
    table.add_column("目标 Target", ratio=1)
    table.add_column("年\nYear", no_wrap=True)
    table.add_column("要求\nRequired", justify="right", no_wrap=True)
    table.add_column("结果\nValue", justify="right", no_wrap=True)
    table.add_column("差距\nMargin", justify="right", no_wrap=True)
    table.add_column("类别\nClass", no_wrap=True)
    table.add_column("状态\nStatus", width=16)
    for verdict in outcome.judgement.verdicts:
        decimals = outcome.task.rules.indicators[verdict.target.indicator].decimals
        table.add_row(*_target_cells(verdict, decimals))
    return table


def _target_cells(verdict: Verdict, decimals: int) -> list[str | Text]:
    target = verdict.target
    marks = "*" * verdict.depends_on_reading + "?" * target.unconfirmed
    scope = SCOPE_WORDS.get(target.scope, target.scope)
    status = verdict.status
    return [
        f"{target.title.zh}{marks}\n{target.title.en}\n[{scope}; {target.unit}]",
        str(target.year),
        f"{SIGNS[target.operator]} {number(target.value, decimals)}",
        number(verdict.value, decimals),
        ("+" if verdict.margin >= 0 else "") + number(verdict.margin, decimals),
        f"{CLASS_WORDS[target.evidence]}\n{target.evidence.replace('-', chr(10))}",
        Text(f"{status.zh}\n{status.en}", style=STYLES[status]),
    ]


def _heading(indicator: Indicator) -> str:
    estimate = " 降尺度估计 estimate" if indicator.downscaled else ""
    title = indicator.title
    return f"{title.zh} {title.en} ({indicator.unit}){estimate}"


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        expand=True,
        padding=(0, 1, 0, 0),
    )


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
