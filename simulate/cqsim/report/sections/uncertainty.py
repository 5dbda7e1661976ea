"""Uncertainty: shares of runs, fans, what decides, where targets fail.

Without a sweep there is one sentence that says so.
"""

from collections.abc import Iterable

from cqsim.judge.verdicts import Verdict
from cqsim.report.boxes import Condition, TargetBox
from cqsim.report.numbers import DIFFERENCES, significant
from cqsim.report.sentences import short_name
from cqsim.report.sweep import Input, SweepResults
from cqsim.report.swings import Swing
from cqsim.report.teller import AFTER_THE_FACT, Teller
from cqsim.report.words import Both, joined

TELLING = 0.1
"""The smallest difference of shares that is drawn as a swing."""

SHOWN = 6


def uncertainty(teller: Teller) -> None:
    """Tell how sure the verdicts are under the runs of a sweep."""
    sweep, content = teller.facts.sweep, teller.content
    content.heading(Both("不确定性", "Uncertainty"))
    if sweep is None:
        content.paragraph(_without())
        return
    content.paragraph(_what_was_run(teller, sweep), _another_base(teller, sweep))
    if swung(teller):
        content.figure(
            "swings",
            Both(
                "龙卷风图:单个输入处于最低五分之一(尖端朝下)和最高五分之一(尖端朝上)时"
                "的达标比例;虚线为全部模拟的比例",
                "Tornado: the share of runs that meet a target where one input is in "
                "its lowest fifth (tip down) and in its highest (tip up); dashed the "
                "share of all runs",
            ),
            Both(
                "横条图:条的两端是输入最低和最高五分之一时的达标比例。",
                "Bars from the share in the lowest fifth of an input to that in the "
                "highest.",
            ),
            width="86%",
        )
    if fanned(teller):
        content.figure(
            "fans",
            Both(
                "各次模拟的分布(深色50%,浅色90%,黑线为中位数)、达标所需路径(虚线)和"
                "目标值(◆)",
                "Spread of the runs (dark 50 %, pale 90 %, black line the median), the "
                "required path (dashed) and the target (◆)",
            ),
            Both(
                "扇形图:每项目标一幅;达标比例见主要指标进展表。",
                "Fan charts, one a target; the shares that meet it stand in the table "
                "of progress.",
            ),
        )
    _failures(teller, sweep)
    if sweep.matrix:
        content.figure(
            "matrix",
            Both(
                "各区县达标比例(%):行为区县,列为适用于该区县且区县之间有差别的目标,"
                "空白为目标不涉及该区县",
                "Share of runs in which a region meets a target by itself, %: targets "
                "on which regions differ; blank where a target is not about the region",
            ),
            Both(
                "热力表:每格为该区县满足该目标的模拟比例。",
                "Heat table: each cell is the share of runs in which the region meets "
                "the target.",
            ),
        )


def _without() -> Both:
    """Return what has to be said where no sweep was given, and how to add one."""
    return Both(
        "本报告没有附多情形模拟,因此不给出达标概率:以上结论都只是一次模拟的结果。"
        "先运行 cqsim sweep uncertainty,再给 cqsim report 加上 --sweep 和它的结果"
        "文件夹,即可加入扇形图、各区县达标比例、龙卷风图和失败条件。",
        "No sweep was given, so this report states no probabilities: its verdicts are "
        "those of a single run. Run cqsim sweep uncertainty, then cqsim report with "
        "--sweep and the folder of its results, to add fan charts, the shares by "
        "region, the tornado and the conditions of failure.",
    )


def _what_was_run(teller: Teller, sweep: SweepResults) -> Both:
    put = teller.numbers.put
    runs = teller.numbers.count("sweep.runs", sweep.runs, "1")
    widest = max((chance.high - chance.low for chance in sweep.chances), default=0.0)
    error = put("sweep.error", 50 * widest, "points", 1)
    return Both(
        f"“{sweep.title.zh}”共模拟{runs}次;达标比例为{sweep.word.zh},列在摘要和主要指标"
        f"进展表中,抽样误差(95%区间的半宽)不超过{error}。",
        f"“{sweep.title.en}” made {runs} runs. Shares are the {sweep.word.en}; they "
        "stand in the summary and in the table of progress, with sampling errors "
        f"(half-width of the 95 % interval) of at most {error}.",
    )


def _another_base(teller: Teller, sweep: SweepResults) -> Both:
    if sweep.scenario == teller.facts.main.scenario.id:
        return Both("", "")
    return Both(
        f"这些模拟以情景 {sweep.scenario} 为基础,不是本报告的情景。",
        f"Those runs rest on the scenario {sweep.scenario}, not on that of this "
        "report.",
    )


def share_of(teller: Teller, target: str) -> str:
    """Return the marker of the share of runs that meet a target; empty without."""
    sweep = teller.facts.sweep
    for chance in () if sweep is None else sweep.chances:
        if chance.target == target:
            return teller.numbers.put(f"sweep.{target}", 100 * chance.share, "%", 0)
    return ""


def by_weight(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return verdicts as they are asked for: the plan's numbers, then what is ahead."""
    return sorted(
        verdicts,
        key=lambda v: (
            v.target.evidence != "plan-numeric",
            v.target.year <= AFTER_THE_FACT,
            -v.target.year,
        ),
    )


def fanned(teller: Teller) -> list[Verdict]:
    """Return the targets whose indicator the sweep has by year."""
    sweep = teller.facts.sweep
    if sweep is None:
        return []
    shown: dict[tuple[str, str], Verdict] = {}
    for verdict in by_weight(teller.verdicts):
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
    for verdict in by_weight(teller.verdicts):
        swings = sorted(found.get(verdict.target.id, ()), key=lambda s: -s.size)
        if swings and swings[0].size >= TELLING:
            kept[verdict.target.id] = swings[:4]
    return dict(list(kept.items())[:SHOWN])


def _failures(teller: Teller, sweep: SweepResults) -> None:
    """Tell under which conditions targets fail, or hold, a sentence each."""
    known = {box.target: box for box in sweep.boxes}
    said = [
        box_sentence(teller, verdict, known[verdict.target.id])
        for verdict in by_weight(teller.verdicts)
        if verdict.target.id in known
    ]
    if not said:
        teller.content.paragraph(
            Both(
                "没有找到在重抽样中稳定的失败条件。",
                "No conditions of failure were found that last under resampling.",
            )
        )
        return
    teller.content.heading(
        Both("在什么条件下失败,或才能达标", "Where targets fail, or hold"), 3
    )
    teller.content.points(said)
    teller.content.paragraph(
        Both(
            "条件用PRIM方法从模拟中找出,只列重抽样中稳定的;多数模拟未达标的目标列达标的"
            "条件。",
            "Conditions are found among the runs by PRIM; only those that last under "
            "resampling are given, and of targets that most runs miss those under "
            "which they are met.",
        )
    )


def box_sentence(teller: Teller, verdict: Verdict, box: TargetBox) -> Both:
    """Return where the runs lie that miss a target, or that meet it."""
    put, name = teller.numbers.put, short_name(verdict)
    key = f"box.{box.target}"
    conditions = [
        _condition(teller, f"{key}.{number}", condition)
        for number, condition in enumerate(box.conditions)
    ]
    named = joined(conditions, zh="且", en=" and ")
    covered = put(f"{key}.coverage", 100 * box.coverage, "%", 0)
    dense = put(f"{key}.density", 100 * box.density, "%", 0)
    every = put(f"{key}.share", 100 * box.share, "%", 0)
    zh, en = ("未达标", "missed") if box.missed else ("达标", "met")
    return Both(
        f"{name.zh}:{zh}的情形有{covered}出现在{named.zh}时;那时{dense}{zh},"
        f"全部情形中为{every}。",
        f"{name.en}: of the runs in which it is {en}, {covered} lie where {named.en}; "
        f"there {dense} are {en}, of all runs {every}.",
    )


def _condition(teller: Teller, key: str, condition: Condition) -> Both:
    sweep = teller.facts.sweep
    plain = Input(Both(condition.input, condition.input), "1", "value")
    own = plain if sweep is None else sweep.inputs.get(condition.input, plain)
    unit = "1" if own.apply == "factor" else DIFFERENCES.get(own.unit, own.unit)
    value = condition.value
    shown = teller.numbers.put(key, value, unit, significant(value))
    zh, en = {
        "factor": (f"基准的{shown}倍", f"{shown} times its baseline"),
        "offset": (f"基准加{shown}", f"its baseline plus {shown}"),
    }.get(own.apply, (shown, shown))
    title = own.title
    if condition.at_least:
        return Both(f"“{title.zh}”不低于{zh}", f"“{title.en}” is at least {en}")
    return Both(f"“{title.zh}”不高于{zh}", f"“{title.en}” is at most {en}")
