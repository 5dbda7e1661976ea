"""Scenarios side by side, and what differs between them."""

from collections.abc import Mapping

from cqsim.language.syntax import canonical
from cqsim.report.content import Cell, Column
from cqsim.report.numbers import DIFFERENCES, NONE, bare
from cqsim.report.sentences import short_name
from cqsim.report.teller import Teller
from cqsim.report.words import Both, mark
from cqsim.study.compare import Attributed


def comparison(teller: Teller) -> None:
    """Tell how the scenarios differ; nothing where there is only one."""
    outcomes = teller.facts.outcomes
    if len(outcomes) < 2:
        return
    content = teller.content
    titles = [_title(o.scenario.title) for o in outcomes]
    content.heading(Both("情景比较", "Scenarios"))
    content.paragraph(*gains(teller))
    content.figure(
        "scenarios",
        Both("各情景的主要指标,重庆都市圈", "Main indicators by scenario, whole area"),
        Both(
            "每个指标一幅折线图,每个情景一条线;数值见后表。",
            "One line chart an indicator, one line a scenario; numbers in the table "
            "that follows.",
        ),
    )
    rows: list[list[Cell]] = []
    for verdict in teller.verdicts:
        cells: list[Cell] = []
        for run, outcome in enumerate(outcomes):
            others = {v.target.id: v for v in outcome.judgement.verdicts}
            other = others.get(verdict.target.id)
            if other is None:
                cells.append(NONE)
                continue
            shape = mark(other)
            value = bare(teller.result(other, run))
            cells.append(Both(f"{shape.zh[0]} {value}", f"{shape.en[0]} {value}"))
        name, unit = short_name(verdict), teller.unit(verdict.target.indicator)
        titled = Both(
            f"{name.zh}({unit.zh})" if unit.zh else name.zh,
            f"{name.en} ({unit.en})" if unit.en else name.en,
        )
        rows.append([titled, bare(teller.required(verdict)), *cells])
    content.table(
        Both(
            "各情景结果(● 达标 ▲ 视读法而定 ■ 未达标)",
            "Results by scenario (● met, ▲ depends on the reading, ■ missed)",
        ),
        [
            Column(Both("指标", "Indicator"), "2fr"),
            Column(Both("要求", "Required"), "1fr", "right"),
            *(Column(title, "1fr", "right") for title in titles),
        ],
        rows,
        size=7.2,
    )
    for number, found in enumerate(teller.facts.attributions, start=1):
        _attribution(teller, found, titles[number], number)
    _settings(teller, titles)


def _attribution(teller: Teller, found: Attributed, title: Both, number: int) -> None:
    """Show what each change from the first scenario did: Shapley values."""
    levers = teller.facts.main.scenario.known_levers
    columns = _outcomes(teller, found)
    rows: list[list[Cell]] = []
    for row, change in enumerate(found.changes):
        lever = levers.get(change.title.removeprefix("levers."))
        name = Both(lever.title.zh, lever.title.en) if lever else change.title
        rows.append([name, *(_part(teller, found, row, n, number) for n in columns)])
    exact = found.attribution.exact
    teller.content.table(
        Both(
            f"“{title.zh}”与首个情景之差,各项变化的贡献(沙普利值)",
            f"“{title.en}” less the first scenario: what each change did "
            "(Shapley values)",
        ),
        [
            Column(Both("变化", "Change"), "1fr"),
            *(
                Column(teller.titled_unit(found.outcomes[n][0]), "20mm", "right")
                for n in columns
            ),
        ],
        rows,
        note=Both("各项之和等于总差异。", "The parts sum to the whole difference.")
        if exact
        else Both(
            "变化超过十项,次序为抽样,各项有抽样误差,总和没有。",
            "With more than ten changes the orders are sampled: parts have an error, "
            "their sum has none.",
        ),
        size=6.8,
    )


def _outcomes(teller: Teller, found: Attributed) -> list[int]:
    """Return the columns in which some part does not round to nothing."""
    kept = []
    for number, (name, _, _) in enumerate(found.outcomes):
        smallest = 0.5 * 10.0 ** -teller.indicator(name).decimals
        if any(abs(found.attribution.parts[:, number]) >= smallest):
            kept.append(number)
    return kept


def _part(teller: Teller, found: Attributed, row: int, column: int, number: int) -> str:
    name = found.outcomes[column][0]
    own = teller.indicator(name)
    unit = DIFFERENCES.get(own.unit, own.unit)
    key = f"shapley.{number}.{found.changes[row].title}.{name}"
    value = float(found.attribution.parts[row, column])
    return bare(teller.numbers.put(key, value, unit, own.decimals, signed=True))


def _title(title: object) -> Both:
    words = dict(title)  # type: ignore[call-overload]
    return Both(words["zh"], words["en"])


def gains(teller: Teller) -> list[Both]:
    """Return what each other scenario meets that the first does not, and loses."""
    titles = [_title(o.scenario.title) for o in teller.facts.outcomes]
    first = {v.target.id: v for v in teller.verdicts}
    said = []
    for run, outcome in enumerate(teller.facts.outcomes[1:], start=1):
        both = [v for v in outcome.judgement.verdicts if v.target.id in first]
        won = [v for v in both if v.status.met and not first[v.target.id].status.met]
        lost = [v for v in both if not v.status.met and first[v.target.id].status.met]
        count = teller.numbers.count
        more = count(f"scenario.{run}.won", len(won))
        fewer = count(f"scenario.{run}.lost", len(lost))
        said.append(
            Both(
                f"与“{titles[0].zh}”相比,“{titles[run].zh}”新达标{more},转为未达标"
                f"{fewer}。",
                f"Against “{titles[0].en}”, “{titles[run].en}” meets {more} more "
                "targets "
                f"and misses {fewer} that were met.",
            )
        )
    return said


def _settings(teller: Teller, titles: list[Both]) -> None:
    """Show the constants that the scenarios set, in the model's own units."""
    outcomes = teller.facts.outcomes
    names = sorted({name for o in outcomes for name in o.scenario.settings})
    glossary = teller.facts.glossary
    rows: list[list[Cell]] = []
    for name in names:
        term = glossary.get(canonical(name))
        title = Both(f"{term.zh} {name}" if term else name, name)
        settings = (o.scenario.settings.get(name) for o in outcomes)
        rows.append([title, *(_setting(setting) for setting in settings)])
    teller.content.table(
        Both("情景所设的常数", "Constants that the scenarios set"),
        [
            Column(Both("常数", "Constant"), "1.4fr"),
            *(Column(title, "1fr", "right") for title in titles),
        ],
        rows,
        size=7.2,
    )


def _setting(value: object) -> Cell:
    if value is None:
        return NONE
    if isinstance(value, int | float):
        return f"{value:g}"
    if not isinstance(value, Mapping):
        return Both("逐年给定", "year by year")
    kept = [float(number) for number in value.values()]
    low, high = min(kept), max(kept)
    shown = f"{low:g}" if low == high else f"{low:g} – {high:g}"
    places = "place" if len(kept) == 1 else "places"
    return Both(f"{shown}({len(kept)}处)", f"{shown} ({len(kept)} {places})")
