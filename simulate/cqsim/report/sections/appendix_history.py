"""The model beside the past: the census it starts from, and later records."""

from cqsim.report.content import Cell, Column
from cqsim.report.history import Later
from cqsim.report.numbers import DIFFERENCES, bare
from cqsim.report.teller import Teller
from cqsim.report.words import Both


def beside_the_record(teller: Teller) -> None:
    """Show the model beside the census it starts from and beside later records."""
    facts, content = teller.facts, teller.content
    if not facts.history.censuses and not facts.history.later:
        return
    content.heading(Both("与实际对照", "The model beside the record"), 2)
    for census in facts.history.censuses:
        own = teller.indicator(census.indicator)
        put, title = teller.numbers.put, teller.titled_unit(census.indicator)
        key = f"census.{census.indicator}"
        unit = DIFFERENCES.get(own.unit, own.unit)
        error = put(f"{key}.error", census.error, unit, own.decimals)
        naive = put(f"{key}.naive", census.error_of_no_change, unit, own.decimals)
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
    later = teller.facts.history.later
    rows: list[list[Cell]] = []
    for indicator in dict.fromkeys(row.indicator for row in later):
        rows.append([teller.titled_unit(indicator)])
        rows += [_record(teller, row) for row in later if row.indicator == indicator]
    teller.content.table(
        Both(
            "起始年以后的统计与模拟(没有用于校准)",
            "Records after the first year, not used in the fit",
        ),
        [
            Column(Both("范围", "Scope"), "1fr"),
            Column(Both("年", "Year"), "16mm"),
            Column(Both("统计", "Record"), "22mm", "right"),
            Column(Both("模拟", "Simulated"), "22mm", "right"),
            Column(Both("等级", "Grade"), "16mm", "center"),
            Column(Both("来源", "Source"), "44mm"),
        ],
        rows,
        size=7.0,
    )


def _record(teller: Teller, row: Later) -> list[Cell]:
    own = teller.indicator(row.indicator)
    key = f"observed.{row.indicator}.{row.scope}.{row.year}"
    return [
        teller.scope(row.scope),
        f"{row.year}",
        bare(teller.numbers.put(key, row.observed, own.unit, own.decimals)),
        teller.plain(row.indicator, row.scope, row.year),
        row.grade,
        row.source,
    ]
