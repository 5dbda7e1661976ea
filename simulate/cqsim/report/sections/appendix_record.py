"""Appendices E to G: glossary, run manifest, and the checklist with its open items."""

from collections.abc import Mapping, Sequence
from typing import Any

from cqsim.case.indicators import Indicator
from cqsim.report.checklist import Item
from cqsim.report.content import Cell, Column
from cqsim.report.numbers import scale_of
from cqsim.report.teller import Teller
from cqsim.report.words import SCOPES, Both

HASH = 24
"""How many digits of a hash are printed; the whole is attached."""


def glossary(teller: Teller) -> None:
    """Show the words of the report in both languages."""
    content = teller.content
    indicators = teller.facts.main.task.rules.indicators
    shown = [
        i
        for i in indicators.values()
        if i.ring_table or any(i.id == v.target.indicator for v in teller.verdicts)
    ]
    if not shown:
        return
    content.heading(Both("中英文词汇", "Glossary"))
    rows: list[list[Cell]] = [[Both("指标", "Indicators")]]
    rows += [_term(i) for i in shown]
    scopes: list[list[Cell]] = [[s.zh, s.en, "", ""] for s in SCOPES.values()]
    rows += [[Both("范围", "Scopes")], *scopes]
    content.table(
        Both("中英文词汇和单位", "Words and units in both languages"),
        [
            Column(Both("中文", "Chinese"), "1fr"),
            Column(Both("英文", "English"), "1.3fr"),
            Column(Both("单位", "Unit"), "14mm"),
            Column(Both("英文单位", "English"), "16mm"),
        ],
        rows,
        size=6.0,
        halves=True,
    )
    rings = dict.fromkeys(place.ring for place in teller.facts.places)
    content.table(
        Both("区县的中英文名称,按圈层", "Regions in both languages, by ring"),
        [Column(Both("圈层", "Ring"), "34mm"), Column(Both("区县", "Regions"), "1fr")],
        [[teller.scope(ring), _regions(teller, ring)] for ring in rings],
        size=6.4,
    )


def _regions(teller: Teller, ring: str) -> str:
    own = [place.name for place in teller.facts.places if place.ring == ring]
    return ", ".join(f"{name.zh} {name.en}" for name in own)


def _term(indicator: Indicator) -> list[Cell]:
    scale = scale_of(indicator.unit)
    # A year is printed without its unit.
    unit = "year" if indicator.unit == "year" else scale.en
    return [indicator.title.zh, indicator.title.en, scale.zh, unit]


def manifest(teller: Teller, record: Mapping[str, Any]) -> None:
    """Show what the report was made from; the same is attached as a file."""
    content = teller.content
    content.heading(Both("运行清单", "Run manifest"))
    content.paragraph(
        Both(
            "本文件自带附件:情景、运行清单、版本锁定、数据哈希、结果表和全部输入。"
            "用 cqsim verify 加本文件名,即可从附件重算并核对每个印出的数字。",
            "The document carries its scenario, manifest, lock of versions, data "
            "hashes, "
            "results and all inputs as attachments. The command cqsim verify with "
            "the name "
            "of this file runs them again and checks every printed number.",
        )
    )
    pairs = [
        (Both("运行编号", "Run"), record["run"]),
        (Both("程序版本", "Program"), f"cqsim {record['cqsim']}"),
        (
            Both("引擎、积分方法", "Engine, solver"),
            f"{record['engine']}, {record['solver']}",
        ),
        (Both("步长(年)", "Step (years)"), f"{record['time']['step']:g}"),
        (
            Both("起止年", "Span"),
            f"{record['time']['start']:g} – {record['time']['end']:g}",
        ),
        (
            Both("随机种子", "Seed"),
            Both("无:运行是确定的", "none: the run is deterministic"),
        ),
        (Both("提交", "Commit"), record["commit"] or "—"),
    ]
    pairs += [
        (Both("情景", "Scenario"), f"{entry['id']}: {entry['sha256']}")
        for entry in record["scenarios"]
    ]
    rows: list[list[Cell]] = [[title, value] for title, value in pairs]
    content.table(
        Both("运行", "Run"),
        [Column(Both("项", "Item"), "34mm"), Column(Both("值", "Value"), "1fr")],
        rows,
        size=7.0,
    )
    _hashes(teller, record["inputs"])


def _hashes(teller: Teller, inputs: Sequence[Mapping[str, str]]) -> None:
    """Show the hashes of all inputs, in two columns of the same height."""
    cells: list[list[Cell]] = [[e["path"], e["sha256"][:HASH]] for e in inputs]
    half = -(-len(cells) // 2)
    right: list[list[Cell]] = [*cells[half:], ["", ""]]
    head = [
        Column(Both("文件", "File"), "1fr"),
        Column(Both(f"前{HASH}位", f"First {HASH} digits"), "auto"),
    ]
    teller.content.table(
        Both(
            "输入文件的 SHA-256(完整的在附件 sha256.txt 中)",
            "SHA-256 of the inputs (whole in the attached sha256.txt)",
        ),
        head * 2,
        [[*one, *other] for one, other in zip(cells[:half], right, strict=False)],
        size=5.6,
    )


def checklist(teller: Teller, items: tuple[Item, ...]) -> None:
    """Show the reporting checklist; what has no answer stays visibly open."""
    if not items:
        return
    content = teller.content
    open_items = [item for item in items if item.answer is None]
    content.heading(Both("报告规范核对表", "Reporting checklist"))
    total = teller.numbers.count("count.checklist", len(items))
    unanswered = teller.numbers.count("count.checklist.open", len(open_items))
    content.paragraph(
        Both(
            f"按 RGSR(Rahmandad与Sterman 2012)最低要求和 STRESS-SD 编列,共{total},"
            f"其中{unanswered}尚无答复,以“○ 未答”标出。",
            "After the minimum of RGSR (Rahmandad and Sterman 2012) and STRESS-SD: "
            f"{total} "
            f"items, of which {unanswered} are open and marked “○ open”.",
        )
    )
    rows: list[list[Cell]] = []
    for group in dict.fromkeys(item.list for item in items):
        rows.append([group])
        rows += [_item(item) for item in items if item.list == group]
    content.table(
        Both("核对表", "Checklist"),
        [
            Column(Both("项", "Item"), "62mm"),
            Column(Both("答复", "Answer"), "1fr"),
            Column(Both("位置", "Where"), "28mm"),
        ],
        rows,
        size=7.2,
    )


def _item(item: Item) -> list[Cell]:
    question = Both(item.question.zh, item.question.en)
    if item.answer is None:
        return [question, Both("○ 未答", "○ open"), ""]
    where = Both(item.where.zh, item.where.en) if item.where else ""
    return [question, Both(item.answer.zh, item.answer.en), where]
