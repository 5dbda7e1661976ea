"""Distance, access by rail, air and the map: what a region starts with."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import shortest_path

from cqsim.chongqing.facts import MUNICIPALITY, Facts, Floats
from cqsim.chongqing.precedence import area_of_a_region, areas_add_up
from cqsim.errors import InputFileError, did_you_mean
from cqsim.ledger.observed import LedgerSettings
from cqsim.ledger.raw import RawRow
from cqsim.tables import (
    CsvLine,
    Filled,
    PrintedNumber,
    TableLine,
    TableRecord,
    csv_text,
    gather,
    read_table,
)

CENTRE = "yuzhong"


def road_distances(
    adjacency: Iterable[tuple[str, str]], radius: Mapping[str, float], detour: float
) -> Floats:
    """Return km between regions over the graph of neighbours, (region, region).

    Parameters
    ----------
    adjacency
        Pairs of neighbours; a step between them is the sum of their radii.
    radius : km
        Of a circle of each region's area; it is a region's distance to itself.
    detour
        Length of a road over that of the straight line.
    """
    places = list(radius)
    steps = np.zeros((len(places), len(places)))
    for one, other in adjacency:
        length = (radius[one] + radius[other]) * detour
        steps[places.index(one), places.index(other)] = length
    table = shortest_path(steps, directed=False)
    table = (table + table.T) / 2
    np.fill_diagonal(table, list(radius.values()))
    return np.asarray(table)


def distances(facts: Facts) -> Floats:
    """Return km between regions, (region, region); a region's own radius to itself."""
    radii = np.sqrt(facts.area() / np.pi)
    radius = dict(zip(facts.regions, map(float, radii), strict=True))
    return road_distances(facts.adjacency, radius, facts.choice("road_detour"))


def marked(facts: Facts, regions: Sequence[str]) -> Floats:
    """Return 1 for the regions named, 0 for the others, (region,)."""
    return np.array([float(region in regions) for region in facts.regions])


def space_tables(facts: Facts) -> dict[str, pd.DataFrame]:
    """Return distance, access and air, by name of file."""
    distance, rail = distances(facts), facts.derivation.rail
    days = facts.value(MUNICIPALITY, "good_air_day_share", 2020) / 100
    everywhere = np.ones(len(facts.regions))
    return {
        "distance.csv": facts.by_region(distance, facts.regions),
        "access_2020.csv": facts.by_region(
            {
                "road distance": distance[:, facts.regions.index(CENTRE)],
                "rail 2020": marked(facts, facts.central),
                "rail under construction": marked(facts, rail.under_construction),
                "rail planned": marked(facts, rail.planned),
                "intercity rail": marked(facts, (*facts.central, *rail.hubs)),
            }
        ),
        "air.csv": facts.by_region(
            {
                "fine particles 2020": everywhere
                * facts.value(MUNICIPALITY, "pm25", 2020),
                "good air day share 2020": everywhere * days,
            }
        ),
    }


class TileColumns(TableRecord):
    """The columns of the tile grid: a region's place on it, and its names."""

    region_id: Filled
    row: PrintedNumber
    col: PrintedNumber
    name_zh: Filled
    name_en: Filled
    short_zh: Filled


class BorderColumns(TableRecord):
    """The columns of the list of neighbours."""

    region_a: Filled
    region_b: Filled
    shared_border_km: PrintedNumber


REGION_COLUMNS = (
    *("region", "name_zh", "name_en", "short_zh", "ring", "row", "column"),
    *("area_km2", "area_source"),
)


def regions_text(raw: Path, rows: Iterable[RawRow], settings: LedgerSettings) -> str:
    """Return regions.csv: names, ring, place on the tile grid and area of each region.

    Raises
    ------
    InputFileError, FaultsError
        A region is missing, unknown or twice; two share a tile; the areas do not add
        up to the stated totals.
    """
    tiles = _tiles(raw / "geo" / "tile_grid.csv", settings)
    _check_borders(raw / "geo" / "adjacency.csv", settings)
    areas = _areas(raw / settings.tables[0], rows, settings)
    lines = [
        (
            *(region, tiles[region]["name_zh"], tiles[region]["name_en"]),
            *(tiles[region]["short_zh"], ring, tiles[region]["row"]),
            *(tiles[region]["col"], areas[region].plain_value, areas[region].source),
        )
        for ring, members in settings.rings.items()
        for region in members
    ]
    return csv_text([REGION_COLUMNS, *lines])


def _tiles(file: Path, settings: LedgerSettings) -> dict[str, Mapping[str, str]]:
    tiles: dict[str, Mapping[str, str]] = {}
    taken = set()

    def place(line: TableLine[TileColumns]) -> None:
        tile = line.record
        _refuse_unknown_region(line, tile.region_id, settings)
        if tile.region_id in tiles or (tile.row, tile.col) in taken:
            what = f"'{tile.region_id}' or its tile stands twice"
            raise line.fault(what, "Give each region one line and one tile.")
        tiles[tile.region_id] = line.cells
        taken.add((tile.row, tile.col))

    gather(place, read_table(file, TileColumns))
    missing = [region for region in settings.regions if region not in tiles]
    if missing:
        what = f"there is no tile for {', '.join(missing)}"
        raise InputFileError(file, 0, what, "Add a line for each region.")
    return tiles


def _check_borders(file: Path, settings: LedgerSettings) -> None:
    def check(line: TableLine[BorderColumns]) -> None:
        border = line.record
        for region in (border.region_a, border.region_b):
            _refuse_unknown_region(line, region, settings)
        if border.region_a == border.region_b or border.shared_border_km <= 0:
            what = f"{border.region_a} and {border.region_b} share no border"
            raise line.fault(what, "Write two regions and a positive length.")

    gather(check, read_table(file, BorderColumns))


def _refuse_unknown_region(
    line: CsvLine, region: str, settings: LedgerSettings
) -> None:
    if region not in settings.regions:
        what = f"there is no region '{region}'"
        raise line.fault(what, did_you_mean(region, list(settings.regions)))


def _areas(
    file: Path, rows: Iterable[RawRow], settings: LedgerSettings
) -> dict[str, RawRow]:
    found: dict[str, list[RawRow]] = {}
    for row in rows:
        if row.variable == "area":
            found.setdefault(row.region, []).append(row)
    remedy = "Restore the rows of `area` in the raw file."
    if "cq21" not in found:
        what = "there is no stated area of the 21 districts (metro_cq21)"
        raise InputFileError(file, 0, what, remedy)
    areas = {region: area_of_a_region(group) for region, group in found.items()}
    faults = areas_add_up(areas, areas["cq21"].value, settings)
    if faults:
        raise InputFileError(file, 0, "; ".join(faults), remedy)
    return areas
