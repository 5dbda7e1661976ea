"""The figures by region: tile maps, small multiples, rankings."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cqsim.report.figure_sets.scales import factor, line_of, without_unit
from cqsim.report.figures.bars import Rank, ranking
from cqsim.report.figures.tiles import Mini, Tile, TileMap, small_multiples, tile_maps
from cqsim.report.sections.regions import half_widths, map_pairs
from cqsim.report.teller import Teller

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[str], "Figure"]


def of_regions(teller: Teller) -> dict[str, Draw]:
    """Return what draws each figure by region that the facts allow, by its name."""
    found: dict[str, Draw] = {
        f"map-{number}": partial(_maps, teller, pair)
        for number, pair in enumerate(map_pairs(teller), start=1)
    }
    multiples = teller.facts.plan.regions.multiples
    if teller.has(multiples):
        found["multiples"] = partial(_multiples, teller, multiples)
    if half_widths(teller):
        found["ranking"] = partial(_ranking, teller)
    return found


def _maps(teller: Teller, names: Sequence[str], language: str) -> "Figure":
    last = teller.years[1]
    maps = []
    for name in names:
        own = teller.indicator(name)
        tiles = [
            Tile(
                place.row,
                place.column,
                place.short,
                value,
                without_unit(value, own.unit, min(own.decimals, 1)),
            )
            for place in teller.facts.places
            if (value := teller.raw(name, place.id, last)) is not None
        ]
        maps.append(TileMap(teller.title(name), teller.unit(name), tiles))
    return tile_maps(maps, language)


def _multiples(teller: Teller, name: str, language: str) -> "Figure":
    own = teller.indicator(name)
    drawn = []
    for place in teller.facts.places:
        line = line_of(teller, place.short, name, place.id, language)
        if line.values:
            last = teller.raw(name, place.id, max(line.values)) or 0.0
            shown = without_unit(last, own.unit, min(own.decimals, 1))
            drawn.append(Mini(place.row, place.column, place.short, line.values, shown))
    return small_multiples(drawn, teller.unit(name), language)


def _ranking(teller: Teller, language: str) -> "Figure":
    last = teller.years[1]
    drawn = []
    for name, width in half_widths(teller).items():
        power = factor(teller, name, language)
        values = {
            place: value
            for place in teller.facts.places
            if (value := teller.raw(name, place.id, last)) is not None
        }
        order = sorted(values, key=lambda place: -values[place])
        groups = banded([values[place] for place in order], width)
        ranks = [
            Rank(place.short, values[place] * power, width * power, group)
            for place, group in zip(order, groups, strict=True)
        ]
        drawn.append((teller.title(name), teller.unit(name), ranks))
    return ranking(drawn, language)


def banded(values: Sequence[float], half_width: float) -> list[int]:
    """Return a group for each of values in falling order.

    A group ends where a value's band no longer overlaps that of the group's first.
    """
    groups: list[int] = []
    top = 0.0
    for number, value in enumerate(values):
        if number == 0 or top - value > 2 * half_width:
            top = value
            groups.append(groups[-1] + 1 if groups else 0)
        else:
            groups.append(groups[-1])
    return groups
