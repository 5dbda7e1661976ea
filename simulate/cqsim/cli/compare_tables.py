"""What a comparison looks like on a terminal of 80 columns."""

from collections.abc import Iterator, Mapping

import numpy as np
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cqsim.case.indicators import Indicator
from cqsim.case.load import Scenario
from cqsim.case.places import Setting
from cqsim.cli.layout import columns, cut, rule
from cqsim.cli.tables import scope_words
from cqsim.cli.words import CLASS_TITLES, SCOPE_WORDS, margin, number
from cqsim.judge.idle import Part
from cqsim.judge.verdicts import Verdict
from cqsim.model.values import constant_values
from cqsim.study.analysis import RINGS, Analysis
from cqsim.study.compare import Attributed, Comparison

SIGNS = {">=": "≥", "<=": "≤"}
FEW = 4
"""Scenarios beside which units have room."""

Lines = Iterator[Text | Padding]


def print_analysis(analysis: Analysis) -> None:
    """Print a comparison with all that it tells apart."""
    console = Console(highlight=False)
    for line in lines(analysis):
        console.print(line)


def lines(analysis: Analysis) -> Lines:
    """Yield the lines of a comparison."""
    comparison = analysis.comparison
    yield from _head(comparison)
    yield from _targets(comparison)
    for found in analysis.attributions:
        yield from _changes(comparison, found)
        yield from _attribution(comparison, found)
    yield from _emissions(analysis)
    yield from _shares(analysis)
    for scenario in comparison.scenarios:
        for note in scenario.notes:
            yield Text(f"注意 Note: {scenario.id}: {note}")


def _head(comparison: Comparison) -> Lines:
    for scenario in comparison.scenarios:
        yield Text(f"{scenario.id}: {scenario.title['zh']} / {scenario.title['en']}")
    first, last = comparison.years
    boundary = comparison.measures[0].boundary
    yield Text(f"{first}–{last}, 口径 boundary: {SCOPE_WORDS.get(boundary, boundary)}")


def _targets(comparison: Comparison) -> Lines:
    """Yield each target with the value of every scenario, by class."""
    verdicts: dict[str, dict[str, Verdict]] = {}
    for scenario, judgement in zip(
        comparison.scenarios, comparison.judgements, strict=True
    ):
        for verdict in judgement.verdicts:
            verdicts.setdefault(verdict.target.id, {})[scenario.id] = verdict
    ids = [scenario.id for scenario in comparison.scenarios]
    yield Text("\n目标 Targets", style="bold")
    yield Text(columns("要求 Required", ids, _head_width(ids)))
    yield Text(rule())
    for evidence, title in CLASS_TITLES.items():
        rows = [
            row
            for row in verdicts.values()
            if next(iter(row.values())).target.evidence == evidence
        ]
        if rows:
            yield Text(title, style="bold")
        for row in rows:
            yield from _target(comparison, row, ids)
    yield Text("● 达标 met  ○ 未达标 not met")


def _target(
    comparison: Comparison, row: Mapping[str, Verdict], ids: list[str]
) -> Lines:
    target = next(iter(row.values())).target
    places = comparison.rules.indicators[target.indicator].decimals
    scope = scope_words(target.scope, comparison.measures[0].boundary)
    title = f"{target.title.zh} {target.title.en} ({target.year}; {scope})"
    yield Padding(Text(title), (0, 0, 0, 2))
    plain = target.unit in ("1", "year") or len(ids) > FEW
    unit = "" if plain else f" {target.unit}"
    required = (
        f"    {SIGNS[target.operator]} {number(target.value, places, target.unit)}"
    )
    cells = []
    for name in ids:
        verdict = row.get(name)
        mark = "●" if verdict and verdict.status.met else "○"
        text = number(verdict.value, places, target.unit) if verdict else "—"
        cells.append(f"{text}{mark}" if verdict else text)
    yield Text(columns(required + unit, cells, _head_width(ids)))


def _head_width(ids: list[str]) -> int:
    return 30 if len(ids) <= FEW else 18


def _changes(comparison: Comparison, found: Attributed) -> Lines:
    one = comparison.scenarios[0]
    yield Text(f"\n不同之处 What differs: {one.id} → {found.scenario.id}", style="bold")
    yield Text(rule())
    if not found.changes:
        yield Text("  无 nothing")
    for change in found.changes:
        yield Text(f"  {_change_title(one, change)}")
        for name in change.names:
            before, after = (_shown(s, name) for s in (one, found.scenario))
            if before != after:
                yield Text(cut(f"    {name}: {before} → {after}", 80))


def _change_title(scenario: Scenario, change: Part) -> str:
    kind, _, name = change.title.partition(".")
    lever = scenario.known_levers.get(name) if kind == "levers" else None
    shock = scenario.known_shocks.get(name) if kind == "shocks" else None
    found = lever or shock
    return f"{found.title.zh} {found.title.en}" if found else change.title


def _shown(scenario: Scenario, name: str) -> str:
    value: Setting | None = scenario.settings.get(name)
    if isinstance(value, tuple):
        spans = [
            f"{year:g}: {size:g}" for year, size in value if size and year % 1 == 0
        ]
        return ", ".join(spans)
    if value is None or isinstance(value, Mapping):
        variable = scenario.model.variable(name)
        if variable is None or variable.kind != "constant":
            return "—"
        own = constant_values(scenario.model, variable)
        everywhere = {",".join(each.elements): each.value for each in own}
        return _by_place({**everywhere, **(value or {})})
    return f"{value:g}"


def _by_place(value: Mapping[str, float]) -> str:
    numbers = sorted(set(value.values()))
    if len(numbers) == 1:
        return f"{numbers[0]:g}"
    if len(value) <= 3:
        return ", ".join(f"{place} {number:g}" for place, number in value.items())
    return f"{numbers[0]:g}–{numbers[-1]:g} (分区 by place)"


def _attribution(comparison: Comparison, found: Attributed) -> Lines:
    """Yield for each indicator the part of each change, a column a year."""
    if not found.changes or not found.outcomes:
        return
    one, attribution = comparison.scenarios[0], found.attribution
    years = sorted({year for _, _, year in found.outcomes})
    yield Text(f"\n归因 Attribution: {one.id} → {found.scenario.id}", style="bold")
    yield Text(
        f"Shapley值,{attribution.runs}次运行,各项之和即总差异\n"
        f"Shapley values of {attribution.runs} runs; they sum to the whole difference"
    )
    if not attribution.exact:
        yield Text("± 抽样标准误 standard error of the sampled orders")
    yield Text(columns("", [str(year) for year in years], 44, 18))
    yield Text(rule())
    for name in dict.fromkeys(name for name, _, _ in found.outcomes):
        at = {y: n for n, (i, _, y) in enumerate(found.outcomes) if i == name}
        indicator = comparison.rules.indicators[name]
        yield from _parts(one, found, indicator, [at.get(year) for year in years])


def _parts(
    one: Scenario, found: Attributed, indicator: Indicator, at: list[int | None]
) -> Lines:
    places, attribution = indicator.decimals + 1, found.attribution
    least = 0.5 * 10.0**-places
    unit = "" if indicator.unit == "1" else f" ({indicator.unit})"

    def row(head: str, values: list[float | None], errors: list[float]) -> Text:
        cells = ["—" if value is None else margin(value, places) for value in values]
        cells = [
            f"{cell} ±{number(error, places)}" if error >= least else cell
            for cell, error in zip(cells, errors or [0.0] * len(cells), strict=True)
        ]
        return Text(columns(head, cells, 44, 18))

    heading = f"{indicator.title.zh} {indicator.title.en}{unit}"
    yield Text(heading, style="bold")
    totals = [None if n is None else float(attribution.total[n]) for n in at]
    yield row("  总差异 whole difference", totals, [])
    order = np.argsort(
        -np.abs(attribution.parts[:, [n for n in at if n is not None]]).max(1)
    )
    small = 0
    for change in order:
        values = [
            None if n is None else float(attribution.parts[change, n]) for n in at
        ]
        if all(value is None or abs(value) < least for value in values):
            small += 1
            continue
        errors = [0.0 if n is None else float(attribution.error[change, n]) for n in at]
        title = _change_title(one, found.changes[change])
        yield row(f"    {title}", values, errors)
    if small:
        yield Text(f"    其余{small}项不足显示精度 {small} others below what is shown")


def _emissions(analysis: Analysis) -> Lines:
    identity = analysis.comparison.decompositions.emissions
    if identity is None or not analysis.emissions:
        return
    yield Text(
        f"\n{identity.title.zh}\n{identity.title.en}, {identity.unit}", style="bold"
    )
    factors = identity.factor
    yield Text(columns("", ["变化", *(f.title.zh for f in factors)], 24, 12))
    yield Text(columns("", ["change", *(f.title.en for f in factors)], 24, 12))
    yield Text(rule())
    measure = analysis.comparison.measures[0]
    for each in analysis.emissions:
        yield Text(each.title, style="bold")
        found = each.effects
        for scope in RINGS:
            inside = [r in measure.scopes[scope] for r in found.regions]
            if not any(inside) or (scope == measure.boundary != "metro"):
                continue
            sums = found.effects[:, inside].sum(axis=1)
            cells = [margin(float(v), 2) for v in (found.change[inside].sum(), *sums)]
            words = measure.boundary if scope == "metro" else scope
            yield Text(columns(f"  {SCOPE_WORDS.get(words, words)}", cells, 24, 12))


def _shares(analysis: Analysis) -> Lines:
    flows = analysis.comparison.decompositions.urban_share
    if flows is None or not analysis.shares:
        return
    first, last = analysis.comparison.years
    yield Text(f"\n{flows.title.zh} {flows.title.en}, {first}–{last}", style="bold")
    heads = flows.component
    yield Text(
        columns("", [str(first), str(last), *(c.title.zh for c in heads)], 24, 9)
    )
    yield Text(columns("", ["", "", *(c.title.en for c in heads)], 22, 9))
    yield Text(rule())
    boundary = analysis.comparison.measures[0].boundary
    for name, changes in analysis.shares.items():
        yield Text(name, style="bold")
        for each in changes:
            if each.scope not in RINGS or (each.scope == boundary != "metro"):
                continue
            words = boundary if each.scope == "metro" else each.scope
            ends = [number(each.before, 2), number(each.after, 2)]
            parts = [margin(float(part), 2) for part in each.parts]
            head = f"  {SCOPE_WORDS.get(words, words)}"
            yield Text(columns(head, [*ends, *parts], 22, 9))
