"""Uncertainty, where a sweep was given: shares of runs, fans, what decides."""

from cqsim.engine.verdicts import Verdict
from cqsim.report.content import Cell, Column
from cqsim.report.numbers import NONE
from cqsim.report.sentences import short_name
from cqsim.report.sweep import SweepResults, Swing
from cqsim.report.teller import Teller
from cqsim.report.words import Both

TELLING = 0.1
"""The smallest difference of shares that a sentence is made of."""

SHOWN = 6


def uncertainty(teller: Teller) -> None:
    """Tell how sure the verdicts are under the runs of a sweep."""
    sweep, content = teller.facts.sweep, teller.content
    if sweep is None:
        return
    content.heading(Both("不确定性", "Uncertainty"))
    runs = teller.numbers.count("sweep.runs", sweep.runs, "1")
    content.paragraph(
        Both(
            f"“{sweep.title.zh}”共模拟{runs}次;下列比例为{sweep.word.zh}。",
            f"“{sweep.title.en}” made {runs} runs; shares are the {sweep.word.en}.",
        )
    )
    if fanned(teller):
        content.figure(
            "fans",
            Both(
                "各次模拟的分布(深色50%,浅色90%,线为中位数)与达标所需路径",
                "Spread of the runs (dark 50 %, pale 90 %, line the median) and the "
                "required path",
            ),
            Both(
                "扇形图:每项目标一幅,数值见后表。",
                "Fan charts, one a target; numbers in the table that follows.",
            ),
        )
    content.points(failures(teller))
    _shares(teller, sweep)
    if swung(teller):
        content.figure(
            "swings",
            Both(
                "输入处于最低和最高五分之一时达标比例之差",
                "How far the share that meets a target swings between the lowest and "
                "the highest fifth of an input",
            ),
            Both(
                "横条图:条的两端是输入最低和最高五分之一时的达标比例。",
                "Bars from the share in the lowest fifth of an input to that in the "
                "highest.",
            ),
        )
    if sweep.matrix:
        content.figure(
            "matrix",
            Both(
                "各区县达标比例(%),行为区县,列为区县之间差别最大的目标",
                "Share of runs that meet each target, by region, %: the targets on "
                "which "
                "regions differ the most",
            ),
            Both(
                "热力表:每格为该区县满足该目标的模拟比例。",
                "Heat table: each cell is the share of runs in which the region meets "
                "the target.",
            ),
        )


def fanned(teller: Teller) -> list[Verdict]:
    """Return the targets whose indicator the sweep has by year."""
    sweep = teller.facts.sweep
    if sweep is None:
        return []
    shown: dict[tuple[str, str], Verdict] = {}
    for verdict in teller.verdicts:
        place = (verdict.target.indicator, verdict.target.scope)
        if len(sweep.fans.get(place, {})) > 1:
            shown.setdefault(place, verdict)
    return list(shown.values())[:SHOWN]


def swung(teller: Teller) -> dict[str, list[Swing]]:
    """Return the strongest inputs of the targets that some runs meet and some miss."""
    sweep = teller.facts.sweep
    found: dict[str, list[Swing]] = {}
    for swing in () if sweep is None else sweep.swings:
        found.setdefault(swing.target, []).append(swing)
    kept = {}
    for target, swings in found.items():
        swings.sort(key=lambda s: -s.size)
        if swings[0].size >= TELLING:
            kept[target] = swings[:4]
    return dict(list(kept.items())[:SHOWN])


def failures(teller: Teller) -> list[Both]:
    """Return under which input a target is missed most, one sentence each."""
    sweep = teller.facts.sweep
    known = {v.target.id: v for v in teller.verdicts}
    said = []
    for target, swings in swung(teller).items():
        if sweep is None or target not in known:
            continue
        worst = swings[0]
        name = short_name(known[target])
        title = sweep.inputs.get(worst.input, Both(worst.input, worst.input))
        lowest = worst.low < worst.high
        put = teller.numbers.put
        share = put(f"sweep.worst.{target}", 100 * min(worst.low, worst.high), "%", 0)
        other = put(f"sweep.best.{target}", 100 * max(worst.low, worst.high), "%", 0)
        edge = f"{worst.below if lowest else worst.above:.3g}"
        way = Both("低于", "below") if lowest else Both("高于", "above")
        said.append(
            Both(
                f"{name.zh}:“{title.zh}”{way.zh}{edge}时达标比例降到{share},"
                f"另一端为{other}。",
                f"{name.en}: where “{title.en}” is {way.en} {edge} the share that "
                "meets "
                f"it falls to {share}; at the other end it is {other}.",
            )
        )
    return said


def _shares(teller: Teller, sweep: SweepResults) -> None:
    known = {c.target: c for c in sweep.chances}
    rows: list[list[Cell]] = []
    for verdict in teller.verdicts:
        chance = known.get(verdict.target.id)
        if chance is None:
            continue
        put, key = teller.numbers.put, f"sweep.share.{verdict.target.id}"
        low = put(f"{key}.low", 100 * chance.low, "%", 0)
        high = put(f"{key}.high", 100 * chance.high, "%", 0)
        rows.append(
            [
                short_name(verdict),
                teller.required(verdict),
                put(key, 100 * chance.share, "%", 0),
                f"{low} – {high}",
            ]
        )
    teller.content.table(
        Both(
            f"各目标的达标比例({sweep.word.zh})",
            f"Share of runs that meet each target ({sweep.word.en})",
        ),
        [
            Column(Both("指标", "Indicator"), "1fr"),
            Column(Both("要求", "Required"), "auto", "right"),
            Column(Both("达标比例", "Share"), "auto", "right"),
            Column(
                Both("95%区间(抽样误差)", "95 % interval (sampling)"), "auto", "right"
            ),
        ],
        rows or [[NONE]],
        size=7.2,
    )
