"""Tables of what the commands print as JSON, so that both say the same."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from cqsim.case.case import Case
from cqsim.case.targets import Operator
from cqsim.cli.console import ColumnHead, Row, TextTable, numbers
from cqsim.judge.verdicts import NoVerdict, Status, is_met, margin_of

Record = Mapping[str, Any]

SIGNS = {">=": "≥", "<=": "≤"}
STATUSES: Mapping[str, Status | NoVerdict] = {
    status.en: status for status in (*Status, *NoVerdict)
}


def both(title: Any, between: str = " ") -> str:
    """Return a title in all its languages, the Chinese first."""
    texts = sorted(dict(title).items(), key=lambda item: item[0] != "zh")
    return between.join(dict.fromkeys(text for _, text in texts if text))


def number(value: float, decimals: int, unit: str = "") -> str:
    """Return a number with blanks between thousands, as many decimals as asked.

    A year has no blank in it, and what rounds to zero has no sign.
    """
    text = f"{value:,.{decimals}f}".replace(",", "" if unit == "year" else " ")
    return text.removeprefix("-") if not any(c in "123456789" for c in text) else text


def margin(value: float, decimals: int) -> str:
    """Return a margin with its sign."""
    text = number(value, decimals)
    return text if text.startswith("-") else f"+{text}"


def percent(share: float, decimals: int) -> str:
    """Return a share in percent; what is not quite none or all is not shown as it."""
    value, least = 100 * share, 10.0**-decimals
    if 0 < value < least / 2:
        return f"< {least:.{decimals}f} %"
    if 100 - least / 2 < value < 100:
        return f"> {100 - least:.{decimals}f} %"
    return f"{value:.{decimals}f} %"


@dataclass(frozen=True, slots=True)
class DisplayNames:
    """The display names of ids; of a scope, only regions of `boundary` count."""

    case: Case
    boundary: str = ""

    def scope(self, scope: str = "") -> str:
        """Return what a scope is called, by default all that counts."""
        if self.boundary and scope in ("", self.case.whole):
            scope = self.boundary
        known = self.case.short_titles.get(scope)
        return f"{known['zh']} {scope}" if known and known["zh"] != scope else scope

    @property
    def whole(self) -> str:
        """The scope that means all regions that count."""
        return self.case.whole

    @property
    def scopes(self) -> list[str]:
        """The scopes that tables show; none twice."""
        return [
            s for s in self.case.table_scopes if s != self.boundary or s == self.whole
        ]

    def decimals(self, indicator: str) -> int:
        """Return with how many decimals an indicator is shown; none by default."""
        return self.case.indicators[indicator].decimals if indicator else 0

    def indicator(self, indicator: str) -> str:
        """Return an indicator's title and unit."""
        its = self.case.indicators[indicator]
        unit = "" if its.unit == "1" else f" ({its.unit})"
        return f"{both(its.title)}{unit}"

    def target(self, entry: Record, mark: str = "") -> str:
        """Return a target's title, year, and area."""
        title = both(self.case.targets[entry["id"]].title, f"{mark} ")
        return f"{title} ({entry['year']}; {self.scope(entry['scope'])})"

    def required(self, entry: Record, unit: str | None = None) -> str:
        """Return what a target requires."""
        unit = entry["unit"] if unit is None else unit
        value = number(
            entry["required"], self.decimals(entry["indicator"]), entry["unit"]
        )
        sign = SIGNS[self.case.targets[entry["id"]].operator]
        return f"{sign} {value}" + ("" if unit in ("1", "") else f" {unit}")

    def judged(self, entry: Record) -> tuple[str, str]:
        """Return the value and the margin of a target, a dash where it has none."""
        places = self.decimals(entry["indicator"])
        value, its_margin = entry["value"], entry["margin"]
        return (
            "—" if value is None else number(value, places, entry["unit"]),
            "—" if its_margin is None else margin(its_margin, places),
        )


def coloured(status: str, text: str) -> Text:
    """Return words in the colour of a status."""
    its = STATUSES[status]
    if isinstance(its, NoVerdict):
        return Text(text, style="dim")
    return Text(text, style="green" if its.met else "red")


def mark_of(status: str) -> str:
    """Return the mark of a status: met, not met, or no verdict."""
    its = STATUSES[status]
    if isinstance(its, NoVerdict):
        return "·"
    return "●" if its.met else "○"


def by_class(
    entries: Sequence[Record],
    names: DisplayNames,
    rows: Callable[[Record], Iterable[Row]],
) -> Iterator[Row]:
    """Yield the rows of targets, under a heading for each class."""
    for each in names.case.classes.values():
        found = [entry for entry in entries if entry["class"] == each.id]
        if found:
            title = f"{each.title.zh} " if "zh" in names.case.languages else ""
            yield Row(f"{title}{each.id}: {each.gloss}")
        for entry in found:
            yield from rows(entry)


# A run.


def run_view(
    record: Record, names: DisplayNames, *, verbose: bool
) -> Iterator[TextTable | Text | str]:
    """Yield a run's targets and indicators: in brief, or by area with full titles."""
    times = record["time"]
    yield Text(both(record["scenario"]["title"], " / "), style="bold")
    yield (
        f"模型 Model: {record['model']['path']} "
        f"({times['start']:g}–{times['end']:g}, 步长 step {times['step']:g})"
    )
    targets = _target_table(record, names, verbose=verbose)
    indicators = _indicator_table(record, names, verbose=verbose)
    came = _outturn_table(record, names)
    order = (indicators, targets, came) if verbose else (targets, came, indicators)
    yield from (table for table in order if table.rows)
    yield ""
    for note in _notes(record, names):
        yield Text(f"注意 Note: {note}")
    if record["files"]:
        folder = Path(record["files"][0]).parent
        files = ", ".join(Path(name).name for name in record["files"])
        yield f"结果 Results: {folder}/ ({files})"


def _notes(record: Record, names: DisplayNames) -> Iterator[str]:
    """Yield what a reader must know; targets that are not judged in one sentence."""
    judged = {entry["id"] for entry in record["targets"]}
    missing = [name for name in names.case.targets if name not in judged]
    unjudged = [text for text in record["warnings"] if " is not judged" in text]
    yield from (text for text in record["warnings"] if text not in unjudged)
    others = len(unjudged) - len(missing)
    if others > 0:
        yield f"{others} other readings are not judged (--json says more)"
    if missing:
        yield (
            f"{len(missing)} targets are not judged, for the run does not reach their "
            f"year or area (--json says more): {', '.join(missing)}"
        )


def _target_table(record: Record, names: DisplayNames, *, verbose: bool) -> TextTable:
    def rows(entry: Record) -> Iterator[Row]:
        target, status = names.case.targets[entry["id"]], STATUSES[entry["status"]]
        margins = [each["margin"] for each in _wordings(entry)]
        depends = len({bool(is_met(its)) for its in margins}) > 1
        marks = "*" * depends + "?" * target.unconfirmed
        required = names.required(entry)
        if verbose:
            yield Row(names.target(entry, marks), indent=2)
            words = coloured(status.en, f"{status.zh} {status.en}")
            yield Row("", (required, *names.judged(entry), words))
        else:
            brief = required if cell_len(required) < 16 else names.required(entry, "")
            words = coloured(status.en, status.zh)
            name = f"{entry['id']}{marks}"
            yield Row(name, (brief, *names.judged(entry), words), 2)

    body = [*by_class(record["targets"], names, rows)]
    if body and not verbose:
        counts = Counter(entry["status"] for entry in record["targets"])
        body += [
            Row(f"{counts[s.en]:2} {s.zh} {s.en}", indent=2)
            for s in STATUSES.values()
            if counts[s.en]
        ]
    heads = numbers("要求\nRequired", "结果\nValue", "差距\nMargin")
    notes = (
        "差距为正即达标 A positive margin is met. * 按不同读法结论不同 The verdict "
        "depends on how the words are read. ? 未经证实 Unconfirmed.",
    )
    return TextTable(
        "目标 Targets", [*heads, ColumnHead("状态\nStatus", is_text=True)], body, notes
    )


def _outturn_table(record: Record, names: DisplayNames) -> TextTable:
    """Return what came of targets whose year is past, beside what was simulated."""
    rows = []
    for entry in record["targets"]:
        if (came := entry["outturn"]) is not None:
            value, _ = names.judged(entry)
            places = names.decimals(entry["indicator"])
            published = f"{number(came['value'], places)} ({came['year']})"
            rows.append(Row(entry["id"], (value, published, _compared(came)), 2))
    heads = numbers("模拟", "公布")
    title = "目标的模拟值与公布值 Targets: simulated and published"
    notes = ("口径不同或未到年份的不作判断 Another area, an earlier year: no verdict.",)
    return TextTable(
        title, [*heads, ColumnHead("对照 Outturn", is_text=True)], rows, notes
    )


def _compared(came: Record) -> Text:
    """Return whether a target was met, and whether the run said so."""
    if came["met"] is None:
        return Text("未定 open", style="dim")
    word = "达标 met" if came["met"] else "未达 missed"
    if came["agrees"] is None:
        return Text(word)
    agrees = "相符 agrees" if came["agrees"] else "不符 DIFFERS"
    return Text(f"{word}, {agrees}", style="green" if came["agrees"] else "red")


def _outturn_line(came: Record, names: DisplayNames, places: int) -> str:
    """Return a published value with its place, edition, sources and verdict."""
    title = names.case.scope_titles.get(came["place"], {})
    edition = {"first": "初步数 first figure", "final": "核定数 reviewed"}
    sources = ", ".join(came["sources"])
    return (
        f"{came['year']}年公布 published {number(came['value'], places)}: "
        f"{both(title) or came['place']}; {edition[came['edition']]}, "
        f"{came['released']}, {sources}; {_compared(came).plain}"
    )


def _wordings(entry: Record) -> list[Record]:
    return [each for each in entry["readings"] if each["kind"] == "wording"]


def _indicator_table(
    record: Record, names: DisplayNames, *, verbose: bool
) -> TextTable:
    """Return all indicators by area, or those of the whole that targets ask for."""
    values = {
        (i["id"], i["scope"], i["year"]): i["value"] for i in record["indicators"]
    }
    years = sorted({year for _, _, year in values})
    asked = {entry["indicator"] for entry in record["targets"]}

    def row(name: str, indicator: str, scope: str, indent: int = 0) -> list[Row]:
        its = names.case.indicators[indicator]
        found = [values.get((indicator, scope, year)) for year in years]
        cells = ["—" if v is None else number(v, its.decimals, its.unit) for v in found]
        return [Row(name, cells, indent)] if any(v is not None for v in found) else []

    rows: list[Row] = []
    for name, indicator in names.case.indicators.items():
        if not verbose and (name in asked or not asked):
            unit = "" if indicator.unit == "1" else f" ({indicator.unit})"
            rows += row(f"{indicator.title.zh}{unit}", name, names.whole)
        elif verbose and indicator.ring_table:
            estimate = " 降尺度估计 estimate" if indicator.downscaled else ""
            scopes = [row(names.scope(s), name, s, 2) for s in names.scopes]
            own = [each for found in scopes for each in found]
            rows += [Row(names.indicator(name) + estimate), *own] if own else []
    title = f"主要指标 Key indicators: {names.scope()}"
    notes = [
        "",
        "全部指标(分区域)、全称 All indicators by area, full titles: --verbose",
    ]
    if verbose:
        title, notes = "主要指标(分区域) Key indicators by area", []
    return TextTable(title, numbers(*map(str, years)), rows, notes)


# Targets.


def register_view(
    targets: Sequence[Record], names: DisplayNames
) -> Iterator[TextTable]:
    """Yield the register of targets, each with its number, words and readings."""

    def rows(entry: Record) -> Iterator[Row]:
        places = names.decimals(entry["indicator"])
        unit = "" if entry["unit"] in ("1", "year") else f" {entry['unit']}"
        value = number(entry["value"], places, entry["unit"])
        scope = names.scope(entry["scope"])
        mark = " ? 未经证实 unconfirmed" if entry["unconfirmed"] else ""
        because = []
        if entry["why"] is not None:
            status = NoVerdict[entry["status"].upper()]
            because = [f"{status.zh} {status.en}: {both(entry['why'])}"]
        sign = SIGNS[entry["operator"]]
        lines = [
            both(entry["title"]),
            f"{sign} {value}{unit}, {entry['year']}, {scope}{mark}",
            *because,
        ]
        if measures := entry["measures"]:
            lines.append(
                f"文件 document: {both(measures['document'])}; "
                f"模型 model: {both(measures['model'])} "
                f"(scope {measures['scope']}, accounting {measures['accounting']})"
            )
        if words := entry["quote_simplified"]:
            lines.append(f"{entry['clause']} {entry['location']}: {words}")
        if len(entry["readings"]) > 1:
            shown = "; ".join(
                f"{number(each['threshold'], places + 1)} {each['text']['zh']}"
                for each in entry["readings"]
            )
            lines.append(f"“{entry['wording']}”的读法 readings: {shown}")
        if entry["base"] is not None:
            text, half = (
                both(entry["base"]["text"], " / "),
                entry["base"]["rounding"] / 2,
            )
            lines.append(f"底数 base: {text} (±{half:g})")
        yield Row(entry["id"])
        yield from (Row(line, indent=2) for line in lines)

    body = [*by_class(targets, names, rows)]
    yield TextTable(
        "目标 Targets", rows=body, notes=("", f"{len(targets)} 项目标 targets")
    )


CLAUSE_STATUSES = {
    "modelled": "已建模 modelled",
    "proxy": "代理 proxy",
    "out of scope": "范围外 out of scope",
}


def clauses_view(clauses: Sequence[Record]) -> Iterator[TextTable]:
    """Yield the plan's clauses with what the model makes of each, and the counts."""
    rows = []
    for clause in clauses:
        status = CLAUSE_STATUSES[clause["status"]]
        names = ", ".join(clause["indicator"].split())
        rows += [
            Row(f"{clause['id']} {clause['location']}  {status}"),
            Row(clause["quote_simplified"], indent=2),
            Row(f"→ {clause['reason']}{f' [{names}]' if names else ''}", indent=2),
        ]
    counts = Counter(clause["status"] for clause in clauses)
    shown = ", ".join(f"{word} {counts[key]}" for key, word in CLAUSE_STATUSES.items())
    yield TextTable(rows=rows, notes=("", f"{len(clauses)} 条 clauses: {shown}"))


BASE_ENDS = {
    "low": "舍入下限 low end",
    "printed": "所印 printed",
    "high": "舍入上限 high end",
}


def judged_view(
    record: Record, title: str, names: DisplayNames, *, in_full: bool
) -> Iterator[TextTable | Text]:
    """Yield the verdicts on a scenario with all that an evaluator asks of them.

    Parameters
    ----------
    title
        Of the scenario.
    in_full
        The part of every region, and not only of those furthest behind.
    """

    def rows(entry: Record) -> Iterator[Row]:
        return _judged_rows(entry, names, in_full)

    heads = numbers("要求\nRequired", "结果\nValue", "差距\nMargin")
    columns = [*heads, ColumnHead("状态\nStatus", is_text=True)]
    heading = f"{title}, 口径 boundary: {names.scope()}"
    yield TextTable(heading, columns, [*by_class(record["targets"], names, rows)])
    yield from (Text(f"注意 Note: {text}") for text in record["warnings"])


def _judged_rows(entry: Record, names: DisplayNames, in_full: bool) -> Iterator[Row]:
    """Yield all that is said of the verdict on one target."""
    places = names.decimals(entry["indicator"])
    unit = "" if entry["unit"] in ("1", "year") else f"; {entry['unit']}"
    yield Row(entry["id"])
    yield Row(names.target(entry).removesuffix(")") + f"{unit})", indent=2)
    yield _verdict_row("判定 verdict", entry, places, entry["unit"])
    if entry["outturn"] is not None:
        yield Row(_outturn_line(entry["outturn"], names, places), indent=2)
    if "why" in entry:
        yield Row(both(entry["why"]), indent=2)
        return
    for line in _progress(entry["progress"], entry["operator"], places):
        yield Row(line, indent=2)
    yield from _other_ways(entry, names)
    if entry["contributions"] is not None:
        yield from _contributions(entry["contributions"], names, in_full)


def _other_ways(entry: Record, names: DisplayNames) -> Iterator[Row]:
    """Yield the verdicts by other readings, rounded bases, other areas, and weather."""
    places, wordings = names.decimals(entry["indicator"]), _wordings(entry)
    for each in wordings if len(wordings) > 1 else []:
        yield _verdict_row(f"读法 {each['text']['zh']}", each, places)
    for each in entry["bases"]:
        head = f"底数 base {each['base']:g} {BASE_ENDS[each['end']]}"
        yield _verdict_row(head, each, places)
    for each in entry["readings"]:
        if each["kind"] == "other":
            yield _verdict_row(f"另读 {each['text']['zh']}", each, places, each["unit"])
    weathers = {w.id: w for w in names.case.indicators[entry["indicator"]].weather}
    for each in entry["readings"]:
        if each["kind"] == "weather":
            chance = f"达标概率 chance {100 * each['probability']:.0f} %"
            yield Row(f"{chance}: {both(weathers[each['id']].text)}", indent=2)


def _verdict_row(name: str, judged: Record, places: int, unit: str = "") -> Row:
    """Return what is required, the value where there is an own one, and the margin."""
    sign = f"{SIGNS[judged['operator']]} " if "operator" in judged else ""
    value, its_margin = judged.get("value"), judged["margin"]
    cells = (
        sign + number(judged["required"], places, unit),
        "" if value is None else number(value, places, unit),
        "" if its_margin is None else margin(its_margin, places),
        coloured(judged["status"], STATUSES[judged["status"]].zh),
    )
    return Row(name, cells, indent=2)


def _progress(
    progress: Record | None, operator: Operator, places: int
) -> Iterator[str]:
    """Yield the time and way gone, and the paces."""
    if progress is None:
        return
    seen = "观测 observed" if progress["observed"] else "模拟 simulated"
    done = progress["way_done"]
    way = "" if done is None else f", 路程 way {100 * done:.0f} %"
    yield (
        f"{progress['year']}年{seen} {number(progress['value'], places)}; "
        f"时间 time {100 * progress['time_elapsed']:.0f} %{way}"
    )
    yield _pace("年均速度 pace", progress, operator, places)
    printed, ends = progress["from_printed_base"], progress["from_rounded_bases"]
    if printed is not None and ends is not None:
        text = _pace("按所印底数 from the printed base", printed, operator, places)
        low, high = (_ratio(end).split("倍")[0] for end in ends)
        is_ahead = _is_ahead(printed, operator)
        yield f"{text} (舍入 rounding: {low}–{high})" if is_ahead else text


def _is_ahead(pace: Record, operator: Operator) -> bool:
    """Return whether what is required has still to be reached."""
    return margin_of(float(pace["required_pace"]), operator, 0.0) > 0


def _pace(head: str, pace: Record, operator: Operator, places: int) -> str:
    past = margin(pace["past_pace"], places + 1)
    base = number(pace["base"], places)
    if not _is_ahead(pace, operator):
        return f"{head} {base}: 已满足 fulfilled already, 已 so far {past}"
    required = margin(pace["required_pace"], places + 1)
    return f"{head} {base}: 需 needed {required}, 已 so far {past}, {_ratio(pace)}"


def _ratio(pace: Record) -> str:
    """Return needed over past pace in words that hold for any signs."""
    ratio = pace["pace_ratio"]
    if ratio is None:
        return "此前未动 nothing moved"
    return "方向相反 the other way" if ratio < 0 else f"{ratio:.1f}倍 times"


def _contributions(found: Record, names: DisplayNames, in_full: bool) -> Iterator[Row]:
    """Yield what regions add to the margin: the furthest behind, or all."""
    decimals = names.decimals(found["indicator"])
    parts = {p["region"]: margin(p["margin"], decimals + 1) for p in found["regions"]}
    if not in_full:
        furthest = ", ".join(f"{name} {parts[name]}" for name in found["furthest"])
        if furthest:
            yield Row(f"拖累最大 furthest behind: {furthest} {found['unit']}", indent=2)
        return
    title = both(names.case.indicators[found["indicator"]].title)
    required = number(found["required"], decimals, found["unit"])
    yield Row(
        f"各区本值与贡献 own value and part by region: {title}, {found['unit']}; "
        f"要求 required {required}",
        indent=2,
    )
    for part in sorted(found["regions"], key=lambda part: part["margin"]):
        own = "—" if part["value"] is None else number(part["value"], decimals)
        yield Row(part["region"], ("", own, parts[part["region"]], ""), 4)
    total = sum(part["margin"] for part in found["regions"])
    yield Row("合计 sum", ("", "", margin(total, decimals + 1), ""), 4)
