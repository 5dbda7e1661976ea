"""Tables of comparisons, sweeps and sensitivity, from what is printed as JSON."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from rich.text import Text

from cqsim.case.registers import Decompositions
from cqsim.cli.console import Row, TextTable, numbers
from cqsim.cli.views import (
    DisplayNames,
    Record,
    both,
    by_class,
    margin,
    mark_of,
    number,
    percent,
)

FEW = 4
"""Scenarios beside which units have room."""
SMALLEST = 0.005
"""The smallest share in a variance that is shown."""


def compare_view(
    record: Record,
    names: DisplayNames,
    words: Decompositions,
    title_of: Callable[[str], str],
    own_value: Callable[[str], Mapping[str, float]],
) -> Iterator[TextTable | Text]:
    """Yield scenarios side by side and what their differences are made of.

    Parameters
    ----------
    title_of
        The title of a lever or shock by the id of a change.
    own_value
        The model's own value of a constant by the elements of its subscripts, empty
        where the model has no such constant.
    """
    for scenario in record["scenarios"]:
        yield Text(f"{scenario['id']}: {both(scenario['title'], ' / ')}")
    first, last = record["time"]["start"], record["time"]["end"]
    yield Text(f"{first}–{last}, 口径 boundary: {names.scope()}")
    yield _compared_targets(record, names)
    for found in record["attributions"]:
        yield _changes(found, title_of, own_value)
        yield from _attribution(found, names, title_of)
    if words.emissions is not None and record["emissions"]:
        yield _emissions(record, names, words)
    if words.urban_share is not None and record["urban_share"]:
        yield _shares(record, names, words)


def _compared_targets(record: Record, names: DisplayNames) -> TextTable:
    """Return each target with the value of every scenario, by class."""
    ids = [scenario["id"] for scenario in record["scenarios"]]

    def rows(entry: Record) -> Iterator[Row]:
        cells = []
        for name in ids:
            found = entry["scenarios"].get(name)
            if found is None:
                cells.append("—")
            else:
                value, _ = names.judged({**entry, **found})
                cells.append(f"{value}{mark_of(found['status'])}")
        plain = entry["unit"] == "year" or len(ids) > FEW
        yield Row(names.target(entry), indent=2)
        yield Row(names.required(entry, "" if plain else None), cells, indent=4)

    body = [*by_class(record["targets"], names, rows)]
    notes = ("● 达标 met  ○ 未达标 not met  · 不作判定 no verdict",)
    return TextTable("目标 Targets", numbers(*ids), body, notes, name="要求 Required")


def _changes(
    found: Record,
    title_of: Callable[[str], str],
    own_value: Callable[[str], Mapping[str, float]],
) -> TextTable:
    """Return what differs between two scenarios."""
    rows = []
    for change in found["changes"]:
        rows.append(Row(title_of(change["id"]), indent=2))
        for name, ends in change["settings"].items():
            before, after = (_setting(value, own_value(name)) for value in ends)
            if before != after:
                rows.append(Row(f"{name}: {before} → {after}", indent=4))
    title = f"不同之处 What differs: {found['from']} → {found['to']}"
    return TextTable(title, rows=rows or [Row("无 nothing", indent=2)])


def _setting(value: Any, own: Mapping[str, float]) -> str:
    """Return a setting: a number, the points of a series, or numbers by place."""
    if isinstance(value, Sequence):
        return ", ".join(f"{y:g}: {size:g}" for y, size in value if size and y % 1 == 0)
    if isinstance(value, float | int):
        return f"{value:g}"
    places = {**own, **(value or {})}
    found = sorted(set(places.values()))
    if not own or not found:
        return "—"
    if len(found) == 1:
        return f"{found[0]:g}"
    if len(places) <= 3:
        return ", ".join(f"{place} {each:g}" for place, each in places.items())
    return f"{found[0]:g}–{found[-1]:g} (分区 by place)"


def _attribution(
    found: Record, names: DisplayNames, title_of: Callable[[str], str]
) -> Iterator[TextTable]:
    """Yield for each indicator the part of each change, a column a year."""
    if not found["changes"] or not found["outcomes"]:
        return
    years = sorted({outcome["year"] for outcome in found["outcomes"]})
    rows: list[Row] = []
    for name, group in groupby(found["outcomes"], itemgetter("indicator")):
        by_year = {outcome["year"]: outcome for outcome in group}
        columns = [by_year.get(year) for year in years]
        rows += _parts(
            names, name, columns, [c["id"] for c in found["changes"]], title_of
        )
    runs = found["runs"]
    yield TextTable(
        f"归因 Attribution: {found['from']} → {found['to']}",
        numbers(*map(str, years)),
        rows,
        (
            f"Shapley值,{runs}次运行,各项之和即总差异 "
            f"Shapley values of {runs} runs; they sum to the whole difference",
            *(
                []
                if found["exact"]
                else ["± 抽样标准误 standard error of the sampled orders"]
            ),
        ),
    )


def _parts(
    names: DisplayNames,
    indicator: str,
    columns: Sequence[Record | None],
    changes: Sequence[str],
    title_of: Callable[[str], str],
) -> Iterator[Row]:
    """Yield the whole difference of an indicator, then its parts, largest first."""
    places = names.decimals(indicator) + 1
    least = 0.5 * 10.0**-places

    def cell(column: Record | None, change: str) -> str:
        if column is None:
            return "—"
        error = column["errors"][change]
        shown = f" ±{number(error, places)}" if error >= least else ""
        return margin(column["parts"][change], places) + shown

    def largest(change: str) -> float:
        parts: list[float] = [c["parts"][change] for c in columns if c is not None]
        return max(map(abs, parts))

    totals = ["—" if c is None else margin(c["difference"], places) for c in columns]
    yield Row(names.indicator(indicator))
    yield Row("总差异 whole difference", totals, indent=2)
    shown = [change for change in changes if largest(change) >= least]
    for change in sorted(shown, key=largest, reverse=True):
        cells = [cell(column, change) for column in columns]
        yield Row(title_of(change), cells, indent=4)
    small = len(changes) - len(shown)
    if small:
        words = f"其余{small}项不足显示精度 {small} others below what is shown"
        yield Row(words, indent=4)


def _emissions(record: Record, names: DisplayNames, words: Decompositions) -> TextTable:
    """Return changes of emissions by factor, summed over the regions of each scope."""
    identity = words.emissions
    assert identity is not None
    factors = {factor.id: both(factor.title, "\n") for factor in identity.factor}
    rows = []
    for each in record["emissions"]:
        rows.append(Row(_between(each)))
        for scope in names.scopes:
            regions = names.case.scopes[scope]
            inside = [v for name, v in each["regions"].items() if name in regions]
            sums = [sum(v[key] for v in inside) for key in ("change", *factors)]
            if inside:
                cells = [margin(total, 2) for total in sums]
                rows.append(Row(names.scope(scope), cells, indent=2))
    title = f"{both(identity.title)}, {identity.unit}"
    return TextTable(title, numbers("变化\nchange", *factors.values()), rows)


def _between(change: Record) -> str:
    start, end = change["from"], change["to"]
    if start["scenario"] == end["scenario"]:
        return f"{start['scenario']} {start['year']}–{end['year']}"
    return f"{start['scenario']} → {end['scenario']} {end['year']}"


def _shares(record: Record, names: DisplayNames, words: Decompositions) -> TextTable:
    """Return the change of a share of people by flows."""
    flows = words.urban_share
    assert flows is not None
    first, last = record["time"]["start"], record["time"]["end"]
    heads = [both(component.title, "\n") for component in flows.component]
    rows = []
    for scenario, group in groupby(record["urban_share"], itemgetter("scenario")):
        rows.append(Row(scenario))
        for each in group:
            if each["scope"] in names.scopes:
                ends = [number(each[end], 2) for end in ("before", "after")]
                parts = [margin(part, 2) for part in each["parts"].values()]
                rows.append(Row(names.scope(each["scope"]), [*ends, *parts], indent=2))
    title = f"{both(flows.title)}, {first}–{last}"
    return TextTable(title, numbers(str(first), str(last), *heads), rows)


# A sweep.

KINDS = {
    "reading": "其他读法 Other readings",
    "alternative": "其他口径 Other areas or measures",
    "weather": "计入当年天气 With the year's weather",
}


def sweep_view(
    record: Record, names: DisplayNames, words: Record
) -> Iterator[TextTable | Text | str]:
    """Yield how a sweep stands, and of a finished one what it says.

    Parameters
    ----------
    words
        The titles of the sweep's scenarios, targets and inputs; of a sweep that is not
        finished none.
    """
    yield from _state(record)
    for scenario, group in groupby(record.get("targets", ()), itemgetter("scenario")):
        yield _met(scenario, list(group), names, words)
    rows = []
    for box in record.get("boxes", ()):
        # Where a line ends, a blank would part a number from its sign.
        rows.append(Row(box["zh"].replace(" %", "%"), indent=2))
        rows.append(Row(box["en"], indent=4))
    if rows:
        yield TextTable(
            "何时达标、何时未达标 When targets are met or missed", rows=rows
        )
    if count := record.get("unstable_boxes"):
        yield Text(
            f"\n注意:不稳定或无区分力而未列出的条件有 {count} 个。 "
            f"Note: boxes not shown, as they are unstable or say little: {count}."
        )
    if count := record.get("lost"):
        yield Text(
            f"注意:发散的运行有 {count} 次,见 diverged.csv;占比中按未达标计。 "
            f"Note: runs that diverged, listed in diverged.csv: {count}. "
            "Shares count them as not meeting a target."
        )


def _state(record: Record) -> Iterator[Text | str]:
    """Yield what was computed, what is there, what is missing, and where it is."""
    computed, missing, seconds = (record[k] for k in ("computed", "missing", "seconds"))
    if computed or missing:
        rate = computed / max(seconds, 1e-9)
        yield Text(
            f"已算 {computed} 次运行。 Computed {computed} runs: "
            f"{seconds:.1f} s ({rate:.0f}/s)."
        )
    else:
        runs = record["runs"]
        yield Text(f"{runs} 次运行均已在。 All {runs} runs were there: nothing to do.")
    if missing:
        yield Text(
            f"其他分片尚缺 {missing} 次。 "
            f"Other shards still have to compute {missing} runs."
        )
    yield f"结果 Results: {record['folder']}/"


def _met(
    scenario: str, shares: Sequence[Record], names: DisplayNames, words: Record
) -> TextTable:
    """Return in what share of the runs of a scenario each target is met."""
    drawn = words.get("posterior")
    draws = f" ({drawn['draws']} 个样本 draws)" if drawn else ""
    rows = []
    for target, group in groupby(shares, itemgetter("target")):
        found = list(group)
        first = next((each for each in found if each["kind"] == "headline"), None)
        if first is None:
            continue
        low, high, error = (f"{100 * first[k]:.1f}" for k in ("low", "high", "error"))
        share = f"{percent(first['share'], 1):>9} ± {error} (95 %: {low}–{high} %)"
        scope = names.scope(first["scope"])
        rows.append(Row(both(words["targets"][target]["title"]), indent=2))
        rows.append(Row(f"{share}  {scope}", indent=4))
        for kind, word in KINDS.items():
            others = [
                f"{each['detail']} {percent(each['share'], 0)}"
                for each in found
                if each["kind"] == kind
            ]
            if others:
                rows.append(Row(f"{word}: {'; '.join(others)}", indent=4))
    share = words["share"]
    met = (
        f"达标情形: {share['zh']} / Met: {share['en']}; n = {shares[0]['runs']}{draws}"
    )
    return TextTable(both(words["bases"][scenario], " / "), rows=rows, name=met)


# Sensitivity.


def sensitivity_view(record: Record, words: Record, top: int) -> Iterator[TextTable]:
    """Yield for each output the inputs that matter most, and whether that is sure.

    Parameters
    ----------
    words
        The titles of the sweep's targets, indicators and inputs.
    """
    runs, count = record["runs"], len(record["inputs"])
    order = {name: place for place, name in enumerate(words["target_order"])}
    outputs = sorted(record["outputs"], key=lambda o: order.get(o["name"], len(order)))
    rows = []
    for output in outputs:
        place = (output["name"], output["scope"], output["year"])
        found = [
            each
            for each in record["indices"]
            if (each["name"], each["scope"], each["year"]) == place
        ]
        known = words["targets"].get(output["name"]) or words["indicators"].get(
            output["name"]
        )
        title = both(known["title"]) if known else output["name"]
        rows.append(Row(f"{title} ({output['year']}; {output['scope']})"))
        rows += _indices(output, found, words, top)
    heads = numbers("S1 一阶 first order", "ST 总 total order")
    if all(output["verdict"] is None for output in outputs):
        heads = numbers("mu* 平均绝对效应 mean absolute effect")
    yield TextTable(
        f"{runs} 次运行,{count} 个输入。 {runs} runs, {count} inputs.", heads, rows
    )


def _indices(
    output: Record, found: Sequence[Record], words: Record, top: int
) -> Iterator[Row]:
    """Yield the inputs with the largest shares in the variance, or largest effects."""

    def name(each: Record) -> str:
        title = words["inputs"].get(each["input"], {}).get("title")
        return f"{title['zh'] if title else '其余输入合计'} {each['input']}"

    verdict = output["verdict"]
    if verdict is None:
        # What is no number comes last.
        found = sorted(found, key=lambda each: -max(0.0, each["mu_star"]))
        for each in found[:top]:
            cell = f"{each['mu_star']:.3g} ± {each['mu_star_error']:.2g}"
            yield Row(name(each), [cell], indent=2)
        return
    with_index = [each for each in found if "total" in each]
    ranked = sorted(with_index, key=lambda e: e["total"], reverse=True)[:top]
    shown = [each for each in ranked if each["total"] >= SMALLEST]
    for each in shown:
        cells = (
            f"{each[order]:.2f} ± {each[f'{order}_error']:.2f}"
            for order in ("first", "total")
        )
        yield Row(name(each), [*cells], indent=2)
    if not shown:
        yield Row("各输入的份额均不足0.01 No input has a share of 0.01", indent=2)
    yield Row(verdict["zh"], indent=2)
    yield Row(verdict["en"], indent=2)
