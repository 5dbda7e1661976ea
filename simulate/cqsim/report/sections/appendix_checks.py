"""The appendix on validation: what `cqsim check` found, skill, and the shortfalls."""

from cqsim.credibility.skill import ENOUGH
from cqsim.report.content import Cell, Column
from cqsim.report.numbers import NONE, bare, scale_of, significant
from cqsim.report.sections.appendix_history import beside_the_record
from cqsim.report.teller import Teller
from cqsim.report.validation import (
    AreaScore,
    Check,
    Miss,
    Validation,
    chinese_titles,
)
from cqsim.report.words import Both

GROUPS = {
    "units": Both("单位", "Units"),
    "evidence": Both("数据与依据", "Evidence"),
    "extremes": Both("极端条件", "Extreme conditions"),
    "reality": Both("核算与界限", "Accounts and bounds"),
    "responses": Both("理论要求的反应", "Responses that theory demands"),
    "numerics": Both("数值方法与聚合", "Numerics and aggregation"),
    "skill": Both("预测能力", "Skill"),
}
AREAS = {"known regions": Both("有数据的区县合计", "regions with data")}
BETTER = Both("● 优于两者", "● better than both")
WORSE = Both("▲ 不优于两者", "▲ not better than both")


def validation(teller: Teller) -> None:
    """Show the checks of the model, and the model beside the record."""
    history = teller.facts.history
    kept = teller.facts.validation
    if kept is None and not history.censuses and not history.later:
        return
    content = teller.content
    content.heading(Both("检验结果", "Validation"))
    if kept is None:
        content.paragraph(_none())
    elif not kept.is_current:
        content.paragraph(_stale())
    else:
        _checks(teller, kept)
    beside_the_record(teller)


def _none() -> Both:
    return Both(
        "模型旁没有检验结果;运行 cqsim check --keep 后重做本报告即可列出。",
        "No results of checks are kept beside the model; run cqsim check --keep, then "
        "the report, to have them here.",
    )


def _stale() -> Both:
    return Both(
        "模型旁存有检验结果,但模型或数据此后已经改动,因此不列;运行 cqsim check --keep "
        "后重做本报告。",
        "Results of checks are kept beside the model, but the model or its data have "
        "changed since, so that they are not shown; run cqsim check --keep, then the "
        "report.",
    )


def _checks(teller: Teller, kept: Validation) -> None:
    content, count = teller.content, teller.numbers.count
    every = count("checks.all", len(kept.checks), "checks")
    wrong = [c for c in kept.checks if not c.holds and c.is_gate]
    short = [c for c in kept.checks if not c.holds and not c.is_gate]
    failing = count("checks.failing", len(wrong), "checks")
    lacking = count("checks.short", len(short), "checks")
    words = chinese_titles()
    content.heading(Both("模型检验", "Checks of the model"), 2)
    content.paragraph(
        Both(
            f"cqsim check 共做{every}检验:必须通过而未通过的{failing},不足而须告知的"
            f"{lacking}(下列各表以▲标出)。",
            f"cqsim check makes {every}: {failing} that must hold fail, and {lacking} "
            "are shortfalls that have to be known, marked ▲ in the tables.",
        )
    )
    content.table(
        Both(
            "各类检验(名称后为全部检验项)", "Checks by kind, with all that was checked"
        ),
        [
            Column(Both("类别", "Kind"), "24mm"),
            Column(Both("项数", "Checks"), "auto", "right"),
            Column(Both("未通过", "Fail"), "auto", "right"),
            Column(Both("不足", "Short"), "auto", "right"),
            Column(Both("检验内容", "What was checked"), "1fr"),
        ],
        [_group(kept, group, words) for group in GROUPS if _members(kept, group)],
        size=6.4,
    )
    _skill(teller, kept.scores, words)
    _misses(teller, kept.misses, words)


def _members(kept: Validation, group: str) -> list[Check]:
    return [check for check in kept.checks if check.group == group]


def _group(kept: Validation, group: str, words: dict[str, Both]) -> list[Cell]:
    own = _members(kept, group)
    titles = [words.get(c.title, Both(c.title, c.title)) for c in own]
    shown = Both("见下表", "see the tables that follow")
    if group != "skill":
        shown = Both(";".join(t.zh for t in titles), "; ".join(t.en for t in titles))
    return [
        GROUPS[group],
        f"{len(own)}",
        f"{sum(not c.holds and c.is_gate for c in own)}",
        f"{sum(not c.holds and not c.is_gate for c in own)}",
        shown,
    ]


def _skill(
    teller: Teller, scores: tuple[AreaScore, ...], words: dict[str, Both]
) -> None:
    """Show the errors of forecasts beside those of two naive ones."""
    teller.content.table(
        Both(
            "预测能力:起始年以后的均方根误差,与两种简单预测相比",
            "Skill: root mean square errors after the first year, beside two naive "
            "forecasts",
        ),
        [
            Column(Both("序列", "Series"), "1fr"),
            Column(Both("范围", "Scope"), "auto"),
            Column(Both("点数", "Points"), "auto", "right"),
            Column(Both("模型", "Model"), "auto", "right"),
            Column(Both("沿用末值", "Last value"), "auto", "right"),
            Column(Both("直线外推", "Line"), "auto", "right"),
            Column(Both("结论", "Verdict"), "auto"),
            Column(Both("优于两者的区县", "Regions won"), "auto", "right"),
        ],
        [_score(teller, score, words) for score in scores],
        note=Both(
            f"▲ 为不足:模型不优于简单预测,或优于两者的区县不到{100 * ENOUGH:.0f}%。",
            "▲ is a shortfall: the model is not better than naive forecasts, or is "
            f"so in fewer than {100 * ENOUGH:.0f}% of the regions with data.",
        ),
        size=7.0,
    )


def _score(teller: Teller, score: AreaScore, words: dict[str, Both]) -> list[Cell]:
    title = words.get(score.title, Both(score.title, score.title))
    scale = scale_of(score.unit)
    wins: Cell = NONE
    if score.regions:
        mark = "●" if score.wins >= ENOUGH * score.regions else "▲"
        wins = f"{mark} {score.wins}/{score.regions}"

    def error(kind: str, value: float) -> str:
        key = f"skill.{score.title}.{kind}"
        return bare(teller.numbers.put(key, value, score.unit, significant(value)))

    return [
        Both(f"{title.zh}({scale.zh})", f"{title.en} ({scale.en})"),
        AREAS.get(score.place) or teller.scope(score.place),
        f"{score.count}",
        error("model", score.model),
        error("last", score.last),
        error("line", score.line),
        BETTER if score.model < min(score.last, score.line) else WORSE,
        wins,
    ]


def _misses(teller: Teller, misses: tuple[Miss, ...], words: dict[str, Both]) -> None:
    """Show how near a run from the first census comes to later records."""
    rows: list[list[Cell]] = []
    for miss in misses:
        key, put = f"hindcast.{miss.title}", teller.numbers.put
        limit = put(f"{key}.limit", miss.limit, miss.unit, 0)
        worst = put(f"{key}.worst", miss.worst, miss.unit, 1, signed=True)
        place = teller.scope(miss.place)
        mark = "●" if miss.within == miss.count else "▲"
        rows.append(
            [
                words.get(miss.title, Both(miss.title, miss.title)),
                limit,
                f"{mark} {miss.within}/{miss.count}",
                Both(
                    f"{place.zh},{miss.year}年,{worst}",
                    f"{place.en}, {miss.year}, {worst}",
                ),
            ]
        )
    teller.content.table(
        Both(
            "从首次普查起算的回测:误差在限度之内的个数和最大的误差",
            "From the first census on: how many are within the limit, the worst miss",
        ),
        [
            Column(Both("序列", "Series"), "1fr"),
            Column(Both("限度", "Limit"), "auto", "right"),
            Column(Both("在限度内", "Within"), "auto", "right"),
            Column(Both("最大误差", "Worst"), "auto"),
        ],
        rows,
        note=Both("▲ 为不足:有误差超出限度。", "▲ is a shortfall: a miss beyond it."),
        size=7.0,
    )
