"""One page: the verdicts, three findings, and what would change them."""

from collections.abc import Sequence

from cqsim.judge.verdicts import Verdict
from cqsim.report.content import Cell, Column
from cqsim.report.numbers import NONE
from cqsim.report.sections.comparison import gains
from cqsim.report.sections.findings import SECOND_YEAR, changers, findings, of_class
from cqsim.report.sections.uncertainty import share_of
from cqsim.report.sentences import (
    count_sentence,
    hindsight_sentence,
    short_name,
)
from cqsim.report.teller import AFTER_THE_FACT, Teller
from cqsim.report.words import CLASS_TITLES, Both, mark


def summary(teller: Teller) -> None:
    """Tell the answer on one page."""
    content, verdicts = teller.content, teller.verdicts
    content.heading(
        Both("一页摘要:能否达标、相差多少", "Summary: reachable or not, by what margin")
    )
    numeric = of_class(verdicts, "plan-numeric")
    late = [v for v in verdicts if v.target.year >= SECOND_YEAR]
    content.paragraph(
        *(count_sentence(teller, key, of_class(verdicts, key)) for key in CLASS_TITLES),
        hindsight_sentence() if numeric else Both("", ""),
        *_others(teller),
        lead=True,
    )
    rows: list[list[Cell]] = []
    if numeric:
        rows.append(
            [
                Both(
                    f"规划写明数值的目标({AFTER_THE_FACT}年,事后评估)",
                    f"Numbers in the plan ({AFTER_THE_FACT}, after the fact)",
                )
            ]
        )
        rows += [_row(teller, v) for v in numeric]
    proxies = of_class(late, "plan-proxy")
    if proxies:
        rows.append(
            [
                Both(
                    f"{SECOND_YEAR}年远景(本报告代理指标,规划没有写数值)",
                    f"Outlook to {SECOND_YEAR} (proxies of this report: the plan "
                    "sets no number)",
                )
            ]
        )
        rows += [_row(teller, v) for v in proxies]
    others = [
        v for v in late if v.target.evidence not in ("plan-proxy", "plan-numeric")
    ]
    if others:
        rows.append(
            [
                Both(
                    f"{SECOND_YEAR}年其他官方文件的数值",
                    f"Numbers of other documents for {SECOND_YEAR}",
                )
            ]
        )
        rows += [_row(teller, v) for v in others]
    content.table(
        Both(
            "结论一览(● 达标 ▲ 视读法而定 ■ 未达标;差距为正即达标)",
            "Verdicts (● met, ▲ depends on the reading, ■ missed; a positive margin "
            "is met)",
        ),
        _columns(teller),
        rows,
        size=7.6,
    )
    _listed(teller, FINDINGS, findings(teller)[:3])
    changes = Both("什么会改变这些结论", "What would change them")
    _listed(teller, (changes,), changers(teller)[:3])


FINDINGS = (
    Both("一点发现", "One finding"),
    Both("两点发现", "Two findings"),
    Both("三点发现", "Three findings"),
)
"""The heading by how many findings there are."""


def _listed(teller: Teller, headings: Sequence[Both], items: list[Both]) -> None:
    """Show sentences under the heading for their number; nothing without any."""
    if items:
        heading = headings[min(len(items), len(headings)) - 1]
        teller.content.heading(heading, 3)
        teller.content.points(items, numbered=True)


def _others(teller: Teller) -> list[Both]:
    """Return which of several scenarios the page is about, and what others add."""
    found = gains(teller)
    if not found:
        return []
    title = teller.facts.main.scenario.title
    about = Both(
        f"本页和以下各章以“{title['zh']}”为准,其他情景见“情景比较”。",
        f"This page and the sections that follow are about “{title['en']}”; the "
        "section on scenarios tells of the others.",
    )
    return [about, *found]


SHARE = Column(Both("达标比例", "Share met"), "auto", "right")
"""The column that a sweep adds: the share of its runs that meet a target."""


def _columns(teller: Teller) -> list[Column]:
    return [
        Column(Both("指标", "Indicator"), "1fr"),
        Column(Both("要求", "Required"), "auto", "right"),
        Column(Both("结果", "Result"), "auto", "right"),
        Column(Both("差距", "Margin"), "auto", "right"),
        *([SHARE] if teller.facts.sweep else []),
        Column(Both("结论", "Verdict"), "auto"),
    ]


def _row(teller: Teller, verdict: Verdict) -> list[Cell]:
    sign = "≥ " if verdict.target.operator == ">=" else "≤ "
    return [
        short_name(verdict),
        sign + teller.required(verdict),
        teller.result(verdict),
        teller.margin(verdict),
        *([share_of(teller, verdict.target.id) or NONE] if teller.facts.sweep else []),
        mark(verdict),
    ]
