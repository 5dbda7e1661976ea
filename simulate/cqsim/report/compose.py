"""The whole report as data: sections in order, numbers once, nothing typed by hand."""

from collections.abc import Mapping
from typing import Any

from cqsim.report.checklist import Item
from cqsim.report.content import Content, Record, words
from cqsim.report.facts import Facts
from cqsim.report.sections.appendix_checks import validation
from cqsim.report.sections.appendix_data import ledger
from cqsim.report.sections.appendix_model import equations, parameters
from cqsim.report.sections.appendix_record import checklist, glossary, manifest
from cqsim.report.sections.basis import basis
from cqsim.report.sections.causes import causes
from cqsim.report.sections.comparison import comparison
from cqsim.report.sections.doubts import doubts
from cqsim.report.sections.levers import levers
from cqsim.report.sections.progress import progress
from cqsim.report.sections.regions import regions
from cqsim.report.sections.summary import summary
from cqsim.report.sections.themes import themes
from cqsim.report.sections.uncertainty import uncertainty
from cqsim.report.teller import Teller
from cqsim.report.words import Both

TITLE = Both(
    "重庆都市圈发展规划目标可达性评估报告",
    "Can the Chongqing Metropolitan Area reach its plan's targets?",
)
BRIEF_TITLE = Both(
    "重庆都市圈发展规划目标可达性评估(简版)",
    "Chongqing Metropolitan Area: targets and reachability, in brief",
)


def told(
    facts: Facts, record: Mapping[str, Any], items: tuple[Item, ...], *, brief: bool
) -> Teller:
    """Return the report as composed from facts; `record` says what it was made from."""
    teller = Teller(facts, Content())
    summary(teller)
    if brief:
        teller.content.page_break()
        _brief(teller)
        return teller
    for section in (
        progress,
        basis,
        themes,
        regions,
        comparison,
        levers,
        causes,
        uncertainty,
        doubts,
    ):
        section(teller)
    teller.content.appendices()
    equations(teller)
    parameters(teller)
    ledger(teller)
    validation(teller)
    glossary(teller)
    manifest(teller, record)
    checklist(teller, items)
    return teller


def _brief(teller: Teller) -> None:
    """Keep of the full report the paths of the plan's numbers and the levers."""
    whole = Teller(teller.facts, Content(teller.numbers))
    progress(whole)
    levers(whole)
    kept = [
        {**block, "width": "84%"}
        for block in whole.content.blocks
        if block["kind"] == "figure" and block["name"] in ("paths", "levers")
    ]
    teller.content.heading(Both("路径与杠杆", "Paths and levers"))
    teller.content.blocks += kept


def as_data(teller: Teller, record: Mapping[str, Any], *, brief: bool) -> Record:
    """Return what the templates read: cover, numbers, blocks."""
    scenarios = teller.facts.outcomes if len(teller.facts.outcomes) > 1 else ()
    titles = [o.scenario.title for o in scenarios or (teller.facts.main,)]
    return {
        "title": words(BRIEF_TITLE if brief else TITLE),
        "subtitle": words(
            Both("、".join(t["zh"] for t in titles), ", ".join(t["en"] for t in titles))
        ),
        "brief": brief,
        "date": record["control"]["date"],
        "control": [
            {"name": words(name), "value": words(value)}
            for name, value in control(teller, record)
        ],
        "numbers": teller.numbers.entries,
        "blocks": teller.content.blocks,
    }


def control(teller: Teller, record: Mapping[str, Any]) -> list[tuple[Both, Both | str]]:
    """Return the table of document control on the cover."""
    first, last = teller.years
    model = teller.facts.main.scenario.model
    given = record["control"]
    found: list[tuple[Both, Both | str]] = [
        (Both("文件状态", "Status"), Both("征求意见稿", "Draft for comment")),
        (
            Both("密级", "Classification"),
            Both("(由使用单位填写)", "(to be filled in by the user)"),
        ),
        (Both("评估期", "Period"), f"{first}–{last}"),
        (Both("数据截止", "Data up to"), teller.facts.data_until or "—"),
        (Both("模型", "Model"), f"{model.path.name}, SHA-256 {model.sha256[:16]}…"),
        (Both("运行编号", "Run"), record["run"][:16]),
        (Both("程序", "Program"), f"cqsim {record['cqsim']}"),
        (
            Both("审图号", "Map review"),
            Both(
                "不适用:只用格网示意相对位置",
                "not applicable: tiles only, no boundaries",
            ),
        ),
        (Both("核对方法", "To check"), "cqsim verify"),
    ]
    if given["dated"]:
        found.insert(0, (Both("日期", "Date"), given["date"]))
    return found
