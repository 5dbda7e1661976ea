"""What the report rests on: plan, classes of targets, boundary, data, limits."""

from collections import Counter

from cqsim.report.content import Column
from cqsim.report.teller import Teller
from cqsim.report.words import CLASSES, Both

CLASS_MEANINGS = {
    "plan-numeric": Both(
        "数值写在《重庆都市圈发展规划》条文里。",
        "The number stands in a clause of the plan.",
    ),
    "linked-official": Both(
        "数值出自其他官方文件,口径不同的已注明;不是都市圈规划的目标。",
        "The number stands in another official document; where its scope differs, "
        "this is said. Not a target of this plan.",
    ),
    "plan-proxy": Both(
        "规划只有文字。本报告给出量化读法和理由,不是规划目标。",
        "The plan has words only. The measure and its reason are this report's, not "
        "the plan's.",
    ),
    "analyst": Both("使用者自己设定。", "Set by the user."),
}


def basis(teller: Teller) -> None:
    """Tell basis, boundary and limits."""
    content, facts = teller.content, teller.facts
    content.heading(Both("评估依据与口径", "Basis and boundary"))
    scenario = facts.main.scenario
    first, last = teller.years
    regions = teller.numbers.count("count.regions", len(facts.places), "regions")
    content.paragraph(
        Both(
            f"评估对象是{regions}组成的评价范围,情景为“{scenario.title['zh']}”,"
            f"模拟期为{first}—{last}年。",
            f"The subject is an area of {regions} under the scenario "
            f"“{scenario.title['en']}”, simulated from {first} to {last}.",
        ),
        Both(scenario.summary.get("zh", ""), scenario.summary.get("en", "")),
    )
    kinds: Counter[str] = Counter(v.target.evidence for v in teller.verdicts)
    content.table(
        Both("目标的属性", "Classes of targets"),
        [
            Column(Both("属性", "Class"), "34mm"),
            Column(Both("项数", "Number"), "auto", "right"),
            Column(Both("含义", "Meaning"), "1fr"),
        ],
        [
            [title, f"{kinds[key]}", CLASS_MEANINGS[key]]
            for key, title in CLASSES.items()
            if kinds[key]
        ],
    )
    content.points(
        [
            Both(
                "范围:都市圈为重庆21个区和广安市。重庆市文件的目标以21个区评价,并注"
                "明全市口径。",
                "Boundary: the area is 21 districts of Chongqing and Guang'an. "
                "Municipal targets are judged on the 21 districts, and this is said.",
            ),
            Both(
                "区县二氧化碳排放是降尺度估计,从来不是实测;能源按终端、电力按当量值"
                "计。",
                "CO2 of a district is a downscaled estimate, never a measurement; "
                "energy is final energy, electricity at its heat value.",
            ),
            Both(
                "地区生产总值为2020年价;收入、投入同。",
                "GDP, income and spending are at prices of 2020.",
            ),
            Both(
                "各数分别修约,所以列出的变化与首尾两数之差可能相差末位。",
                "Every number is rounded by itself, so that a change may differ in its "
                "last digits from the numbers that it lies between.",
            ),
            Both(
                "图中各区以格网示意相对位置,不含行政区域界线,因此没有审图号。",
                "Tiles show relative positions only. No administrative boundary is "
                "drawn, so no map review number applies.",
            ),
            Both(
                "不适用于:单个年份、单个项目或价格的预测,区县以下的地方。",
                "Not for forecasts of single years, single projects or prices, nor "
                "for places smaller than a district.",
            ),
        ]
    )
    _data(teller)


def _data(teller: Teller) -> None:
    facts, content = teller.facts, teller.content
    if facts.ledger is None:
        return
    grades = Counter(row.grade for row in facts.ledger)
    rows = teller.numbers.count("count.observations", len(facts.ledger), "rows")
    cited = teller.numbers.count("count.sources", len(facts.sources))
    official = teller.numbers.count("count.grade.A", grades["A"], "rows")
    until = facts.data_until
    content.paragraph(
        Both(
            f"数据台账共{rows}观测,其中A级(官方最终数){official},来源{cited};"
            f"最新来源日期为{until}。",
            f"The ledger holds {rows} of observations, {official} of them grade A "
            f"(official, final), from {cited} sources, the latest of {until}.",
        )
    )
