"""A run in brief: a line for each target, and the indicators that one is judged by.

Targets are called by their ids here; their titles stand in the whole tables.
"""

from collections import Counter
from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

from cqsim.case.indicators import Indicator
from cqsim.cli.tables import SIGNS, STYLES, WIDTH, filled, scope_words
from cqsim.cli.words import CLASS_TITLES, margin, number
from cqsim.judge.outcome import Outcome, key_years
from cqsim.judge.verdicts import Status, Verdict

NAME_WIDTH = 30
CELL_WIDTHS = (16, 9, 9)
TITLE_WIDTH = 35
YEAR_WIDTH = 9


def summary_lines(outcome: Outcome) -> Iterator[Text]:
    """Yield the targets by class, a line each, and the indicators that they ask for."""
    if outcome.judgement.verdicts:
        yield from _target_lines(outcome)
    if outcome.indicators:
        yield from _indicator_lines(outcome)
    yield Text(
        "\n全部指标(按圈层)、全称 All indicators by ring, full titles: --verbose"
    )


def _target_lines(outcome: Outcome) -> Iterator[Text]:
    verdicts = outcome.judgement.verdicts
    yield Text("\n目标 Targets", style="bold")
    heads = ("要求 Required", "结果", "差距")
    yield Text(_aligned("", heads) + " 状态 Status")
    yield Text("─" * WIDTH)
    for evidence, title in CLASS_TITLES.items():
        of_class = [v for v in verdicts if v.target.evidence == evidence]
        if of_class:
            yield Text(title, style="bold")
        for verdict in of_class:
            indicator = outcome.task.rules.indicators[verdict.target.indicator]
            yield _target_line(verdict, indicator)
    counts = Counter(verdict.status for verdict in verdicts)
    for status in Status:
        if counts[status]:
            said = f"  {counts[status]:2} {status.zh} {status.en}"
            yield Text(said, style=STYLES[status])
    yield Text("* 按不同读法结论不同 depends on the reading. ? 未经证实 unconfirmed.")


def _target_line(verdict: Verdict, indicator: Indicator) -> Text:
    target, places = verdict.target, indicator.decimals
    marks = "*" * verdict.depends_on_reading + "?" * target.unconfirmed
    required = f"{SIGNS[target.operator]} {number(target.value, places, target.unit)}"
    with_unit = required if target.unit == "1" else f"{required} {target.unit}"
    cells = (
        with_unit if cell_len(with_unit) < CELL_WIDTHS[0] else required,
        number(verdict.value, places, target.unit),
        margin(verdict.margin, places),
    )
    line = Text(_aligned(f"{target.id}{marks}", cells))
    return line + Text(f" {verdict.status.zh}", style=STYLES[verdict.status])


def _indicator_lines(outcome: Outcome) -> Iterator[Text]:
    """Yield the whole area's indicators that a target is judged by, a column a year."""
    years = key_years(outcome.result)
    words = scope_words("metro", outcome.task.boundary)
    yield Text(f"\n主要指标 Key indicators: {words}", style="bold")
    heads = "".join(filled(str(year), YEAR_WIDTH, right=True) for year in years)
    yield Text(filled("", TITLE_WIDTH) + heads)
    yield Text("─" * WIDTH)
    asked = {verdict.target.indicator for verdict in outcome.judgement.verdicts}
    values = {(r.id, r.scope, r.year): r.value for r in outcome.indicators}
    for indicator in outcome.task.rules.indicators.values():
        found = [values.get((indicator.id, "metro", year)) for year in years]
        known = [value for value in found if value is not None]
        if known and (indicator.id in asked or not asked):
            cells = (
                "—" if v is None else number(v, indicator.decimals, indicator.unit)
                for v in found
            )
            row = "".join(filled(cell, YEAR_WIDTH, right=True) for cell in cells)
            ahead, last = _title(indicator)
            if ahead:
                yield Text(ahead)
            yield Text(filled(last, TITLE_WIDTH) + row)


def _title(indicator: Indicator) -> tuple[str, str]:
    """Return the Chinese title with its unit, ahead of the numbers if too wide."""
    unit = "" if indicator.unit == "1" else f"({indicator.unit})"
    whole = f"{indicator.title.zh} {unit}".rstrip()
    if cell_len(whole) <= TITLE_WIDTH:
        return "", whole
    return indicator.title.zh, f"  {unit}"


def _aligned(name: str, cells: tuple[str, ...]) -> str:
    return filled(f"  {name}", NAME_WIDTH) + "".join(
        filled(cell, width, right=True)
        for cell, width in zip(cells, CELL_WIDTHS, strict=True)
    )
