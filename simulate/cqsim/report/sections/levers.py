"""What it would take: each lever alone, all that help together, by target."""

from cqsim.judge.verdicts import Verdict
from cqsim.report.content import Cell, Column
from cqsim.report.numbers import DIFFERENCES, NONE
from cqsim.report.sentences import reach_margin, reach_sentence, short_name
from cqsim.report.teller import AFTER_THE_FACT, Teller
from cqsim.report.words import Both

SHOWN_TARGETS, SHOWN_LEVERS = 6, 4

LEVER_UNITS = {
    "1": Both("比例", "share"),
    "1/year": Both("每年", "a year"),
    "kW10k": Both("万千瓦", "10,000 kW"),
    "person/year": Both("人/年", "people a year"),
    "CNY/tCO2": Both("元/吨", "CNY per t CO2"),
}
"""The units of levers; one that is not here is printed as the model has it."""


def open_targets(teller: Teller) -> list[Verdict]:
    """Return the targets that are missed and still ahead, with what levers reach."""
    reaches = teller.facts.probes.reaches
    return [
        v
        for v in teller.verdicts
        if v.target.year > AFTER_THE_FACT
        and not v.status.met
        and v.target.id in reaches
    ]


def strongest(teller: Teller, target: str) -> list[tuple[Both, str, float]]:
    """Return title, id and gain of the levers that help a target, strongest first."""
    effects = [e for e in teller.facts.probes.effects if target in e.gains]
    effects.sort(key=lambda e: -e.gains[target])
    return [
        (Both(e.lever.title.zh, e.lever.title.en), e.lever.id, e.gains[target])
        for e in effects
    ]


def gain(teller: Teller, verdict: Verdict, lever: str, value: float) -> str:
    """Return the marker of what a lever gives a target."""
    own = teller.indicator(verdict.target.indicator)
    unit = DIFFERENCES.get(own.unit, own.unit)
    key = f"gain.{verdict.target.id}.{lever}"
    return teller.numbers.put(key, value, unit, own.decimals, signed=True)


def levers(teller: Teller) -> None:
    """Tell what levers can do for the targets that are missed."""
    content = teller.content
    shown = open_targets(teller)
    if not shown:
        return
    content.heading(Both("可达性:需要做什么", "Reachability: what it would take"))
    content.paragraph(
        Both(
            "下列计算把每项杠杆单独推到上限(或下限,取有利的一端),起始年和爬坡期按模型,"
            "是作用的上界,不是建议的力度。余量为正即达标。",
            "Each lever is pushed alone to the end of its range that helps, with its "
            "own "
            "first year and ramp: an upper bound of its effect, not a "
            "recommendation. A "
            "positive margin is met.",
        )
    )
    content.points([reach_sentence(teller, v) for v in shown])
    content.figure(
        "levers",
        Both(
            "单项杠杆推到有利一端时的增益(虚线为需要补上的差距)",
            "Gain of a single lever at the end that helps (dashed: the gap to be "
            "closed)",
        ),
        Both(
            "每项未达标的目标一幅横条图,条长为单项杠杆的增益;数值见后表。",
            "One bar chart for each missed target; bars are gains of single levers, "
            "numbers in the table that follows.",
        ),
    )
    rows: list[list[Cell]] = []
    for verdict in shown:
        rows.append(
            [
                Both(
                    f"{short_name(verdict).zh}(本情景差距{teller.margin(verdict)},"
                    f"全部有利杠杆{reach_margin(teller, verdict)})",
                    f"{short_name(verdict).en} (margin here {teller.margin(verdict)}, "
                    f"with all helpful levers {reach_margin(teller, verdict)})",
                )
            ]
        )
        rows += _rows(teller, verdict)
    content.table(
        Both(
            "对策任务表:各杠杆的作用上界", "Measures: the most that each lever can do"
        ),
        [
            Column(Both("杠杆", "Lever"), "1fr"),
            Column(Both("增益", "Gain"), "auto", "right"),
            Column(Both("情景取值", "In this scenario"), "auto", "right"),
            Column(Both("范围", "Range"), "auto", "right"),
            Column(Both("单位", "Unit"), "auto"),
            Column(Both("最早起始", "From"), "auto", "right"),
            Column(Both("规划条款", "Clauses"), "28mm"),
        ],
        rows,
        note=Both(
            "责任单位和完成时限由使用单位填写;本报告不指定。",
            "Owners and dates are for the user to fill in; the report names none.",
        ),
        size=7.2,
    )


def _rows(teller: Teller, verdict: Verdict) -> list[list[Cell]]:
    known = teller.facts.main.scenario.known_levers
    rows: list[list[Cell]] = []
    for title, lever, value in strongest(teller, verdict.target.id)[:SHOWN_LEVERS]:
        entry = known[lever]
        rows.append(
            [
                title,
                gain(teller, verdict, lever, value),
                policy_value(teller, lever),
                f"{entry.floor:g} – {entry.ceiling:g}",
                LEVER_UNITS.get(entry.unit, entry.unit),
                f"{getattr(entry, 'earliest_start', None) or NONE}",
                " ".join(entry.clauses),
            ]
        )
    return rows


def policy_value(teller: Teller, lever: str) -> str:
    """Return what a lever's constant is in the run, a range where regions differ."""
    result = teller.facts.main.result
    name = teller.facts.main.scenario.known_levers[lever].constant
    values = result.values[result.name_of(name)][0].ravel()
    low, high = float(values.min()), float(values.max())
    return f"{low:g}" if low == high else f"{low:g} – {high:g}"
