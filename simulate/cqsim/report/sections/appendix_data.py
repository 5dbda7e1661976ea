"""The appendix on data: the ledger, its gaps, the origin of initial vectors."""

import tomllib
from collections import Counter

from cqsim.report.content import Cell, Column
from cqsim.report.facts import read_rows
from cqsim.report.sections.appendix_model import EVIDENCE
from cqsim.report.teller import Teller
from cqsim.report.words import Both

GRADES = {
    "A": Both("官方最终数", "official, final"),
    "B": Both(
        "官方初步数、约数,或经官方总数印证",
        "official, preliminary or rounded, or confirmed by an official total",
    ),
    "C": Both("单一汇编、推算或降尺度", "one aggregator, derived or downscaled"),
    "D": Both("记忆或未经证实", "recalled or unconfirmed"),
}

LEDGER_FILES = {
    "population": Both("人口", "population"),
    "age_sex": Both("年龄性别", "age and sex"),
    "migration": Both("迁移", "migration"),
    "economy": Both("经济", "economy"),
    "energy": Both("能源与排放", "energy and emissions"),
    "air": Both("大气", "air"),
    "outcomes": Both("建成与结果", "outcomes"),
}


def ledger(teller: Teller) -> None:
    """Show what is observed, how well, what was rejected, and what is missing."""
    facts, content = teller.facts, teller.content
    if facts.ledger is None:
        return
    content.heading(Both("数据台账与缺口", "Data ledger and gaps"))
    content.points(
        [Both(f"{g}级:{t.zh}。", f"Grade {g}: {t.en}.") for g, t in GRADES.items()]
    )
    rows: list[list[Cell]] = []
    for file, title in LEDGER_FILES.items():
        found = facts.ledger.rows(file=file)
        if not found:
            continue
        grades = Counter(row.grade for row in found)
        years = [row.year for row in found]
        rows.append(
            [
                title,
                f"{len(found)}",
                *(f"{grades[g]}" for g in GRADES),
                f"{min(years)}–{max(years)}",
            ]
        )
    content.table(
        Both("台账各表的条数、等级和年份", "Rows, grades and years of the ledger"),
        [
            Column(Both("内容", "Subject"), "1fr"),
            Column(Both("条数", "Rows"), "18mm", "right"),
            *(Column(Both(g, g), "14mm", "right") for g in GRADES),
            Column(Both("年份", "Years"), "28mm", "right"),
        ],
        rows,
    )
    _rejected(teller)
    _gaps(teller)
    _vectors(teller)


def _rejected(teller: Teller) -> None:
    rows = read_rows(teller.facts.folder / "observed" / "rejected.csv")
    if rows:
        count = teller.numbers.count("count.rejected", len(rows), "rows")
        teller.content.paragraph(
            Both(
                f"收集到而未采用的数据{count},每条都写明规则和理由。",
                f"Collected and not used: {count}, each with its rule and reason.",
            )
        )


def _gaps(teller: Teller) -> None:
    path = teller.facts.folder / "boundary.toml"
    if not path.is_file():
        return
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("excluded", [])
    teller.content.table(
        Both(
            "模型没有包含的内容(理由为模型原文)", "What the model leaves out, and why"
        ),
        [
            Column(Both("内容", "Subject"), "32mm"),
            Column(Both("理由", "Reason"), "1fr"),
            Column(Both("条款", "Clauses"), "36mm"),
        ],
        [
            [
                Both(entry["title"]["zh"], entry["title"]["en"]),
                entry["reason"],
                " ".join(entry.get("clauses", [])),
            ]
            for entry in entries
        ],
        size=7.0,
    )


def _vectors(teller: Teller) -> None:
    """Show where the initial vectors come from; columns of one origin share a row."""
    merged: dict[tuple[str, ...], list[str]] = {}
    for row in read_rows(teller.facts.folder / "initial" / "provenance.csv"):
        origin = (row["file"], row["class"], row["sources"], row["error"])
        merged.setdefault(origin, []).append(row["column"])
    rows: list[list[Cell]] = [
        [
            f"{file}: {', '.join(columns)}" if columns != ["*"] else file,
            EVIDENCE.get(kind, Both(kind, kind)),
            sources.replace(" ", ", "),
            error,
        ]
        for (file, kind, sources, error), columns in merged.items()
    ]
    teller.content.table(
        Both(
            "初始向量的来源和误差(误差为台账原文)",
            "Initial vectors: class, sources, stated error",
        ),
        [
            Column(Both("文件:列", "File: columns"), "1fr"),
            Column(Both("类别", "Class"), "15mm"),
            Column(Both("来源", "Sources"), "60mm"),
            Column(Both("误差", "Error"), "50mm"),
        ],
        rows,
        size=6.0,
    )
