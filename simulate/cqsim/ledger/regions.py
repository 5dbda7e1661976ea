"""regions.csv: names, ring, place on the tile grid and area of each region."""

from collections.abc import Iterable
from pathlib import Path

from cqsim.errors import InputFileError, did_you_mean
from cqsim.ledger.candidate import Candidate
from cqsim.ledger.places import REGIONS, RING_OF
from cqsim.ledger.raw_text import Line, gather, read_lines
from cqsim.ledger.rules.areas import area_of_a_region, areas_add_up

TILES = ("region_id", "row", "col", "name_zh", "name_en", "short_zh")
COLUMNS = (
    *("region", "name_zh", "name_en", "short_zh", "ring", "row", "column"),
    *("area_km2", "area_source"),
)
PAIRS = ("region_a", "region_b", "shared_border_km")
RING_SOURCE = "PLAN"
"""The rings are the plan's; regions.csv cites it."""


def region_rows(raw: Path, rows: Iterable[Candidate]) -> list[tuple[str, ...]]:
    """Return the lines of regions.csv with its header, in the order of the regions.

    Raises
    ------
    InputFileError, FaultsError
        A region is missing, unknown or twice; two share a tile; the areas do not add
        up to the stated totals.
    """
    tiles = _tiles(raw / "geo" / "tile_grid.csv")
    _check_neighbours(raw / "geo" / "adjacency.csv")
    areas = _areas(raw, rows)
    table: list[tuple[str, ...]] = [COLUMNS]
    for region in REGIONS:
        cells, area = tiles[region].cells, areas[region]
        table.append(
            (
                *(region, cells["name_zh"], cells["name_en"], cells["short_zh"]),
                *(RING_OF[region], cells["row"], cells["col"]),
                *(f"{area.value.normalize():f}", area.source),
            )
        )
    return table


def _tiles(file: Path) -> dict[str, Line]:
    tiles: dict[str, Line] = {}
    taken: dict[tuple[str, str], str] = {}

    def place(line: Line) -> None:
        region = _region(line, "region_id")
        spot = (str(line.number_in("row")), str(line.number_in("col")))
        if region in tiles or spot in taken:
            what = f"'{region}' or its tile stands twice"
            raise line.fault(what, "Give each region one line and one tile.")
        for column in ("name_zh", "name_en", "short_zh"):
            line.filled(column)
        tiles[region], taken[spot] = line, region

    gather(place, read_lines(file, TILES))
    missing = [region for region in REGIONS if region not in tiles]
    if missing:
        what = f"there is no tile for {', '.join(missing)}"
        raise InputFileError(file, 0, what, "Add a line for each region.")
    return tiles


def _check_neighbours(file: Path) -> None:
    def check(line: Line) -> None:
        one, other = _region(line, "region_a"), _region(line, "region_b")
        if one == other or line.number_in("shared_border_km") <= 0:
            what = f"{one} and {other} share no border"
            raise line.fault(what, "Write two regions and a positive length.")

    gather(check, read_lines(file, PAIRS))


def _region(line: Line, column: str) -> str:
    region = line.filled(column)
    if region not in REGIONS:
        what = f"there is no region '{region}'"
        raise line.fault(what, did_you_mean(region, list(REGIONS)))
    return region


def _areas(raw: Path, rows: Iterable[Candidate]) -> dict[str, Candidate]:
    found: dict[str, list[Candidate]] = {}
    for row in rows:
        if row.variable == "area":
            found.setdefault(row.region, []).append(row)
    file = raw / "population_observed.csv"
    remedy = "Restore the rows of `area` in the raw file."
    if "cq21" not in found:
        what = "there is no stated area of the 21 districts (metro_cq21)"
        raise InputFileError(file, 0, what, remedy)
    areas = {region: area_of_a_region(group) for region, group in found.items()}
    faults = areas_add_up(areas, areas["cq21"].value)
    if faults:
        raise InputFileError(file, 0, "; ".join(faults), remedy)
    return areas
