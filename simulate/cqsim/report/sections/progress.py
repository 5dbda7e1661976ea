"""The progress of every indicator: base, path, requirement, pace, verdict."""

from cqsim.case.targets import can_be_met_early
from cqsim.judge.verdicts import Verdict
from cqsim.report.content import Cell, Column
from cqsim.report.numbers import DIFFERENCES, NONE, bare
from cqsim.report.sections.findings import of_class
from cqsim.report.sections.summary import SHARE
from cqsim.report.sections.uncertainty import share_of
from cqsim.report.sentences import hindsight_sentence, target_name, verdict_sentence
from cqsim.report.teller import AFTER_THE_FACT, Teller
from cqsim.report.words import CLASS_TITLES, Both, mark, status_words


def progress(teller: Teller) -> None:
    """Tell the state of every target, the plan's own numbers first."""
    content = teller.content
    if not teller.verdicts:
        return
    content.page_break()
    content.heading(
        Both("总体评价和主要指标进展", "Overall verdict and progress of indicators")
    )
    numeric = of_class(teller.verdicts, "plan-numeric")
    content.points([verdict_sentence(teller, v) for v in numeric])
    if numeric:
        content.figure(
            "paths",
            Both(
                "规划写明数值的各项目标:模拟路径、达标所需路径和统计数",
                "Targets with a number in the plan: simulated path, required path, "
                "observations",
            ),
            _paths_alternative(teller, numeric),
        )
    rows: list[list[Cell]] = []
    for evidence, title in CLASS_TITLES.items():
        members = of_class(teller.verdicts, evidence)
        if members:
            rows.append([title])
            rows += [_row(teller, v) for v in members]
    first = teller.years[0]
    content.table(
        Both("主要指标进展表", "Progress of indicators"),
        [
            Column(Both("指标(评价范围)", "Indicator (scope)"), "1fr"),
            Column(Both(f"{first}年", f"{first}"), "auto", "right"),
            Column(Both("要求", "Required"), "auto", "right"),
            Column(Both("结果", "Result"), "auto", "right"),
            Column(Both("差距", "Margin"), "auto", "right"),
            Column(Both("所需年均", "Pace needed"), "auto", "right"),
            Column(Both("实际年均", "Pace so far"), "auto", "right"),
            *([SHARE] if teller.facts.sweep else []),
            Column(Both("结论", "Verdict"), "25mm"),
        ],
        rows,
        note=_pace_note(),
        size=7.0,
    )
    content.figure(
        "ways",
        Both(
            "起始年尚未达到要求的目标:到要求值已走完的路程(0为起始年,100%为要求值;形"
            "状与颜色同义,*为代理指标)",
            "Targets not fulfilled in the first year: share of the way to the "
            "requirement that is covered (0 is the first year, 100% the requirement; * "
            "is a proxy)",
        ),
        Both(
            "每项目标一条横线,表示从起始年的值到要求值之间已完成的比例;数值见前表。",
            "One line a target: how much of the way from the start to the "
            "requirement is covered; numbers in the table before it.",
        ),
    )
    content.paragraph(hindsight_sentence())


def _pace_note() -> Both:
    year = AFTER_THE_FACT
    return Both(
        f"所需年均:{year}年及以前的目标从起始年算起,以后的目标从{year}年算起;实际年均"
        "为起始年"
        f"至{year}年的模拟值。已经达到的不列所需年均。“?”表示数字未经证实。代理指标是"
        "本报告"
        "对规划文字的量化读法,不是规划目标。区县和都市圈的二氧化碳为降尺度估计。",
        f"Pace needed counts from the first year for targets up to {year} and from "
        f"{year} "
        f"for later ones; pace so far is simulated, first year to {year}. None is "
        "given "
        "where the requirement is fulfilled already. “?” marks an unconfirmed "
        "number. A "
        "proxy is this report's measure of the plan's words, not a target of the plan. "
        "CO2 is a downscaled estimate.",
    )


def _row(teller: Teller, verdict: Verdict) -> list[Cell]:
    target = verdict.target
    sign = "≥" if target.operator == ">=" else "≤"
    needed, actual = _paces(teller, verdict)
    name, place = target_name(verdict), teller.scope(target.scope)
    doubt = "?" if target.unconfirmed else ""
    unit = teller.unit(target.indicator)
    shape, status = mark(verdict), status_words(verdict)
    if unit.zh and not unit.en:
        unit = Both(unit.zh, "year")
    titled = Both(
        f"{name.zh}{doubt}[{place.zh};{unit.zh or '无量纲'}]",
        f"{name.en}{doubt} [{place.en}; {unit.en or 'no unit'}]",
    )
    return [
        titled,
        teller.plain(target.indicator, target.scope, teller.years[0]),
        sign + bare(teller.required(verdict)),
        bare(teller.result(verdict)),
        bare(teller.margin(verdict)),
        needed,
        actual,
        *([share_of(teller, target.id) or NONE] if teller.facts.sweep else []),
        Both(f"{shape.zh}({status.zh})", f"{shape.en} ({status.en})"),
    ]


def _paces(teller: Teller, verdict: Verdict) -> tuple[str, str]:
    """Return what a year has to bring from now on, and what a year has brought."""
    target = verdict.target
    indicators = teller.facts.main.task.rules.indicators
    changes = target.model_copy(update={"early": True})
    if not can_be_met_early(changes, indicators):
        return NONE, NONE
    first = teller.years[0]
    now = min(AFTER_THE_FACT, target.year)
    since = now if target.year > now else first
    at_first = teller.raw(target.indicator, target.scope, first)
    at_now = teller.raw(target.indicator, target.scope, now)
    at_since = teller.raw(target.indicator, target.scope, since)
    if at_first is None or at_now is None or at_since is None or now == first:
        return NONE, NONE
    own = indicators[target.indicator]
    unit = DIFFERENCES.get(own.unit, own.unit)
    numbers, places = teller.numbers, min(own.decimals + 1, 3)
    actual = numbers.put(
        f"pace.{target.id}",
        (at_now - at_first) / (now - first),
        unit,
        places,
        signed=True,
    )
    ahead = (
        (target.value - at_since)
        if target.operator == ">="
        else (at_since - target.value)
    )
    if ahead <= 0:
        return NONE, bare(actual)
    needed = numbers.put(
        f"pace_needed.{target.id}",
        (target.value - at_since) / (target.year - since),
        unit,
        places,
        signed=True,
    )
    return bare(needed), bare(actual)


def _paths_alternative(teller: Teller, verdicts: list[Verdict]) -> Both:
    parts = [verdict_sentence(teller, v) for v in verdicts]
    return Both(
        "折线图。" + "".join(p.zh for p in parts),
        "Line charts. " + " ".join(p.en for p in parts),
    )
