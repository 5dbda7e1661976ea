"""Why: flows of people, and the factors of emissions."""

from collections.abc import Sequence

from cqsim.report.content import Column
from cqsim.report.decompositions import Decomposition
from cqsim.report.teller import Teller
from cqsim.report.words import Both, joined


def causes(teller: Teller) -> None:
    """Tell what changed the number of people and the emissions."""
    facts, content = teller.facts, teller.content
    if not facts.people and not facts.emissions:
        return
    content.heading(Both("原因分析", "Causes"))
    if facts.people:
        content.heading(
            Both("人口:出生、死亡与迁移", "People: births, deaths, moves"), 2
        )
        _part(
            teller,
            "people",
            facts.people,
            Both(
                "各流量按模型的每个时间步相加,与人口变化完全一致。",
                "Flows are summed over every step of the model and add up to the "
                "change.",
            ),
        )
    if facts.emissions:
        content.heading(Both("碳排放:因素分解", "Emissions: factors"), 2)
        content.equation(
            "C = P times G/P times E/G times C/E",
            Both(
                "排放等于人口乘人均生产总值乘单位生产总值能耗乘单位能耗碳排放",
                "Emissions equal people times GDP per head times energy per GDP "
                "times CO2 per energy",
            ),
        )
        content.paragraph(
            Both(
                "C为排放,P为人口,G为地区生产总值,E为终端能耗。",
                "C is emissions, P people, G GDP, E final energy.",
            )
        )
        _part(
            teller,
            "emissions",
            facts.emissions,
            Both(
                "按对数平均迪氏指数(LMDI)加法形式逐年分解后相加,没有残差;排放为降尺"
                "度估计。",
                "Logarithmic mean Divisia index, additive, summed over the years: "
                "no residual. Emissions are a downscaled estimate.",
            ),
        )


def _part(
    teller: Teller, name: str, found: Sequence[Decomposition], method: Both
) -> None:
    content = teller.content
    title = teller.titled_unit(found[0].indicator)
    content.paragraph(*(sentence(teller, d) for d in found), method)
    content.figure(
        f"waterfall-{name}",
        Both(
            f"{title.zh}变化的分解(斜线为减少的部分;横轴不从零开始)",
            f"What changed: {title.en} (hatched parts lower it; axes do not begin at "
            "zero)",
        ),
        Both(
            "瀑布图。" + "".join(sentence(teller, d).zh for d in found),
            "Waterfalls. " + " ".join(sentence(teller, d).en for d in found),
        ),
    )
    first, last = found[0].years
    content.table(
        Both(
            f"{title.zh}:{first}—{last}年变化的分解",
            f"{title.en}: parts of the change, {first} to {last}",
        ),
        [
            Column(Both("范围", "Scope"), "1fr"),
            Column(Both(f"{first}", f"{first}"), "auto", "right"),
            *(Column(title, "auto", "right") for title, _ in found[0].parts),
            Column(Both(f"{last}", f"{last}"), "auto", "right"),
        ],
        [
            [
                teller.scope(d.scope),
                teller.plain(d.indicator, d.scope, first),
                *(
                    part(teller, d, n).replace("⟧", "|bare⟧")
                    for n in range(len(d.parts))
                ),
                teller.plain(d.indicator, d.scope, last),
            ]
            for d in found
        ],
    )


def part(teller: Teller, found: Decomposition, number: int) -> str:
    """Return the marker of one part of a change."""
    own = teller.indicator(found.indicator)
    key = f"part.{found.indicator}.{found.scope}.{number}"
    return teller.numbers.put(
        key, found.parts[number][1], own.unit, own.decimals, signed=True
    )


def sentence(teller: Teller, found: Decomposition) -> Both:
    """Return what raises and what lowers a number, each with its part."""
    order = sorted(range(len(found.parts)), key=lambda n: -abs(found.parts[n][1]))
    material = teller.indicator(found.indicator).material
    telling = [n for n in order if abs(found.parts[n][1]) >= material]
    shown = [
        Both(
            f"{found.parts[n][0].zh}{part(teller, found, n)}",
            f"{found.parts[n][0].en} {part(teller, found, n)}",
        )
        for n in telling
    ]
    if not shown:
        return Both("", "")
    place, title = teller.scope(found.scope), teller.title(found.indicator)
    first, last = found.years
    moved = teller.change(found.indicator, found.scope, first, last)
    named = joined(shown)
    return Both(
        f"{place.zh}{title.zh}{first}—{last}年变化{moved},其中{named.zh}。",
        f"{title.en}, {place.en}: {moved} from {first} to {last}, of which {named.en}.",
    )
