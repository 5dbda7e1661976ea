"""By region: tile maps, small multiples, rankings with bands, a table."""

from cqsim.report.content import Cell, Column
from cqsim.report.numbers import DIFFERENCES
from cqsim.report.path_sentences import spread_sentence
from cqsim.report.teller import Teller
from cqsim.report.words import Both, estimate_words

MAPS_A_FIGURE = 2


def map_pairs(teller: Teller) -> list[list[str]]:
    """Return the indicators that are mapped, two a figure; only what has regions."""
    last = teller.years[1]
    shown = [
        name
        for name in teller.facts.plan.regions.maps
        if any(teller.raw(name, p.id, last) is not None for p in teller.facts.places)
    ]
    return [
        shown[at : at + MAPS_A_FIGURE] for at in range(0, len(shown), MAPS_A_FIGURE)
    ]


def regions(teller: Teller) -> None:
    """Tell where: each indicator on the tile grid, and the order of the regions."""
    content, plan = teller.content, teller.facts.plan.regions
    pairs = map_pairs(teller)
    if not pairs:
        return
    last = teller.years[1]
    ids = [place.id for place in teller.facts.places]
    content.heading(Both("分区县评估", "By region"))
    for number, pair in enumerate(pairs, start=1):
        spreads = [spread_sentence(teller, name, ids) for name in pair]
        content.paragraph(
            *(_of(teller, n, s) for n, s in zip(pair, spreads, strict=True))
        )
        titles = [teller.titled_unit(name) for name in pair]
        content.figure(
            f"map-{number}",
            Both(
                f"{'、'.join(t.zh for t in titles)},{last}年,模拟。颜色越深数值越大;"
                "格网示意相对位置,不含行政区域界线",
                f"{'; '.join(t.en for t in titles)}, {last}, simulated. The darker, "
                "the "
                "larger; tiles show relative positions, no boundaries",
            ),
            Both(
                "格网图。" + "".join(s.zh for s in spreads),
                "Tile maps. " + " ".join(s.en for s in spreads),
            ),
        )
    if teller.has(plan.multiples):
        title = teller.titled_unit(plan.multiples)
        content.figure(
            "multiples",
            Both(
                f"各区{title.zh}路径,同一坐标",
                f"Paths by region, same axes: {title.en}",
            ),
            Both(
                f"每个区县一幅小图,显示{title.zh}的模拟路径;数值见后表。",
                f"One small chart a region: the simulated path of {title.en}; "
                "numbers in the table.",
            ),
        )
    _ranking(teller)
    _table(teller)


def _of(teller: Teller, name: str, said: Both) -> Both:
    if not said.zh:
        return said
    title, estimate = teller.title(name), estimate_words(teller.indicator(name))
    return Both(
        f"{title.zh}{estimate.zh}:{said.zh}",
        f"{title.en}{estimate.en}: {said.en[:1].lower()}{said.en[1:]}",
    )


def half_widths(teller: Teller) -> dict[str, float]:
    """Return by indicator the error by which regions of a ranking are banded.

    It is the error of the last census, or twice what is material where no census
    tells.
    """
    known = {c.indicator: c.error for c in teller.facts.history.censuses}
    names = [n for n in teller.facts.plan.regions.ranked if teller.has(n)]
    return {n: known.get(n, 2 * teller.indicator(n).material) for n in names}


def _ranking(teller: Teller) -> None:
    widths = half_widths(teller)
    if not widths:
        return
    parts = []
    for name, width in widths.items():
        own = teller.indicator(name)
        unit = DIFFERENCES.get(own.unit, own.unit)
        shown = teller.numbers.put(f"band.{name}", width, unit, own.decimals)
        title = teller.title(name)
        parts.append(Both(f"{title.zh}±{shown}", f"{title.en} ±{shown}"))
    last = teller.years[1]
    teller.content.paragraph(
        Both(
            f"排序只到分得开为止:横条是误差带({'、'.join(p.zh for p in parts)}),"
            "带相互重叠的区县列为同一组(同一底色),组内先后没有意义。",
            "Regions are ranked only as far as they can be told apart: bars are "
            "error bands "
            f"({'; '.join(p.en for p in parts)}), and regions whose bands overlap "
            "share a "
            "group (one ground), inside of which order means nothing.",
        )
    )
    titles = [teller.titled_unit(name) for name in widths]
    teller.content.figure(
        "ranking",
        Both(
            f"{last}年排序与误差带:{'、'.join(t.zh for t in titles)}",
            f"Order and error bands in {last}: {'; '.join(t.en for t in titles)}",
        ),
        Both(
            "点为模拟值,横条为误差带,底色相同的区县不能区分先后;数值见后表。",
            "Dots are simulated values, bars error bands; regions on one ground "
            "cannot be ordered. Numbers in the table.",
        ),
    )


def _table(teller: Teller) -> None:
    first, last = teller.years
    names = [n for n in teller.facts.plan.regions.table if teller.has(n)]
    columns = [Column(Both("区县", "Region"), "1fr")]
    for name in names:
        title, unit = teller.title(name), teller.unit(name)
        columns.append(
            Column(
                Both(f"{title.zh}({unit.zh})", f"{title.en} ({unit.en})"),
                "26mm",
                "right",
            )
        )
    rows: list[list[Cell]] = [
        [
            place.name,
            *(
                f"{teller.plain(name, place.id, first)} → "
                f"{teller.plain(name, place.id, last)}"
                for name in names
            ),
        ]
        for place in teller.facts.places
    ]
    teller.content.table(
        Both(
            f"各区县主要指标,{first}年 → {last}年(模拟;二氧化碳和空气质量为降尺度估计)",
            f"Main indicators by region, {first} → {last} (simulated; CO2 and air "
            "are downscaled estimates)",
        ),
        columns,
        rows,
        size=7.2,
    )
