"""Appendices C and D: the data ledger with its gaps, and the model beside the past."""

import tomllib
from collections import Counter

from cqsim.report.content import Cell, Column
from cqsim.report.facts import read_rows
from cqsim.report.numbers import bare
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


def validation(teller: Teller) -> None:
    """Show the model beside the census it starts from and beside later records."""
    facts, content = teller.facts, teller.content
    if not facts.history.censuses and not facts.history.later:
        return
    content.heading(Both("与实际对照", "The model beside the record"))
    for census in facts.history.censuses:
        own = teller.indicator(census.indicator)
        put, title = teller.numbers.put, teller.titled_unit(census.indicator)
        key = f"census.{census.indicator}"
        error = put(f"{key}.error", census.error, own.unit, own.decimals)
        naive = put(f"{key}.naive", census.error_of_no_change, own.unit, own.decimals)
        first, last = census.years
        better = census.error < census.error_of_no_change
        verdict = (
            Both("小于", "smaller than")
            if better
            else Both("不小于", "not smaller than")
        )
        content.paragraph(
            Both(
                f"{teller.title(census.indicator).zh}:从{first}年普查起算,{last}年普查"
                "的"
                f"均方根误差为{error},{verdict.zh}“什么也不变”的{naive}。"
                "参数用过这次普查校准,因此这是样本内误差,只是下界。",
                f"{teller.title(census.indicator).en}: from the census of {first}, "
                "the root mean "
                f"square error at the census of {last} is {error}, {verdict.en} the "
                f"{naive} "
                "of saying that nothing changes. The census was used in the fit, so "
                "this "
                "is an error inside of the sample: a lower bound.",
            )
        )
        _census_table(teller, census.indicator, title)
    _later(teller)


def _census_table(teller: Teller, indicator: str, title: Both) -> None:
    census = next(c for c in teller.facts.history.censuses if c.indicator == indicator)
    own = teller.indicator(indicator)
    first, last = census.years

    def shown(kind: str, region: str, value: float) -> str:
        key = f"census.{indicator}.{kind}.{region}"
        return bare(teller.numbers.put(key, value, own.unit, own.decimals))

    found = zip(
        census.regions, census.before, census.simulated, census.counted, strict=True
    )
    cells: list[list[Cell]] = [
        [
            teller.scope(region),
            shown("before", region, before),
            shown("simulated", region, simulated),
            shown("counted", region, counted),
        ]
        for region, before, simulated, counted in found
    ]
    half = -(-len(cells) // 2)
    empty: list[Cell] = ["", "", "", ""]
    rows = [
        [*left, *(cells[half + n] if half + n < len(cells) else empty)]
        for n, left in enumerate(cells[:half])
    ]
    heads = [
        Column(Both("区县", "Region"), "1fr"),
        Column(Both(f"{first}普查", f"{first}"), "17mm", "right"),
        Column(Both(f"{last}模拟", f"{last} sim."), "17mm", "right"),
        Column(Both(f"{last}普查", f"{last}"), "17mm", "right"),
    ]
    teller.content.table(
        Both(f"{title.zh}:模拟与普查", f"{title.en}: simulated and counted"),
        heads * 2,
        rows,
        size=7.0,
    )


def _later(teller: Teller) -> None:
    rows: list[list[Cell]] = []
    for row in teller.facts.history.later:
        own = teller.indicator(row.indicator)
        key = f"observed.{row.indicator}.{row.scope}.{row.year}"
        seen = teller.numbers.put(key, row.observed, own.unit, own.decimals)
        rows.append(
            [
                teller.title(row.indicator),
                teller.scope(row.scope),
                f"{row.year}",
                seen,
                teller.value(row.indicator, row.scope, row.year),
                row.grade,
                row.source,
            ]
        )
    teller.content.table(
        Both(
            "起始年以后的统计与模拟(没有用于校准)",
            "Records after the first year, not used in the fit",
        ),
        [
            Column(Both("指标", "Indicator"), "1fr"),
            Column(Both("范围", "Scope"), "auto"),
            Column(Both("年", "Year"), "auto"),
            Column(Both("统计", "Record"), "auto", "right"),
            Column(Both("模拟", "Simulated"), "auto", "right"),
            Column(Both("等级", "Grade"), "auto"),
            Column(Both("来源", "Source"), "auto"),
        ],
        rows,
        size=7.0,
    )
