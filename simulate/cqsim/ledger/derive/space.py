"""Distance, access by rail, housing and air: what a region starts with."""

import heapq
from collections.abc import Mapping, Sequence

import numpy as np

from cqsim.ledger.derive.facts import CENTRAL, MUNICIPALITY, Facts, Floats
from cqsim.ledger.derive.table import Provenance, Table
from cqsim.ledger.places import REGIONS

CENTRE = "yuzhong"
UNDER_CONSTRUCTION = ("jiangjin", "tongliang", "hechuan")
"""Plan clause T064."""
PLANNED = ("yongchuan", "nanchuan", "dazu", "qijiang")
"""Plan clause T065."""
HUBS = (
    *("guangan", "hechuan", "yongchuan", "jiangjin", "changshou"),
    *("fuling", "qijiang", "tongliang", "dazu", "tongnan"),
)
"""Plan clause T071: passenger hubs on main lines."""


def radii(facts: Facts) -> Floats:
    """Return the radius of a circle of each region's area, (region,), km."""
    areas = np.array([facts.area[region].value for region in REGIONS])
    return np.asarray(np.sqrt(areas / np.pi))


def edge_lengths(
    adjacency: Sequence[tuple[str, str]], radius: Mapping[str, float], detour: float
) -> dict[str, dict[str, float]]:
    """Return the length of each step to a neighbour, km, by region and neighbour."""
    steps: dict[str, dict[str, float]] = {region: {} for region in radius}
    for one, other in adjacency:
        length = (radius[one] + radius[other]) * detour
        steps[one][other] = steps[other][one] = length
    return steps


def shortest_paths(
    steps: Mapping[str, Mapping[str, float]], start: str
) -> dict[str, float]:
    """Return the length of the shortest path to each region (Dijkstra)."""
    found: dict[str, float] = {}
    waiting = [(0.0, start)]
    while waiting:
        length, region = heapq.heappop(waiting)
        if region in found:
            continue
        found[region] = length
        for neighbour, step in steps[region].items():
            if neighbour not in found:
                heapq.heappush(waiting, (length + step, neighbour))
    return found


def distances(facts: Facts) -> Floats:
    """Return km between regions, (region, region); a region's own radius to itself."""
    radius = dict(zip(REGIONS, map(float, radii(facts)), strict=True))
    steps = edge_lengths(facts.adjacency, radius, facts.choice("road_detour"))
    rows = [shortest_paths(steps, region) for region in REGIONS]
    table: Floats = np.array([[row[region] for region in REGIONS] for row in rows])
    table = (table + table.T) / 2
    np.fill_diagonal(table, radii(facts))
    return table


def marked(regions: Sequence[str]) -> Floats:
    """Return 1 for the regions named, 0 for the others, (region,)."""
    return np.array([float(region in regions) for region in REGIONS])


def space_tables(facts: Facts) -> list[Table]:
    """Return distance.csv, access_2020.csv, housing.csv and air.csv."""
    return [
        _distance_table(facts),
        _access_table(facts),
        _housing_table(facts),
        _air_table(facts),
    ]


def _area_sources(facts: Facts) -> tuple[str, ...]:
    return tuple(sorted({facts.area[region].source for region in REGIONS}))


def _distance_table(facts: Facts) -> Table:
    entry = Provenance(
        unit="km",
        kind="derived",
        sources=[*_area_sources(facts), "analyst"],
        rule="Shortest path over the graph of neighbours (units with a common "
        "border); a step is the sum of the two radii, radius = sqrt(area/pi); the "
        "diagonal is the region's own radius.",
        error="20 %",
        note="Large units are taken as discs with their town in the middle.",
    )
    return Table("distance.csv", "region", REGIONS, REGIONS, distances(facts), [entry])


def _access_table(facts: Facts) -> Table:
    columns = {
        "road distance": distances(facts)[:, REGIONS.index(CENTRE)],
        "rail 2020": marked(CENTRAL),
        "rail under construction": marked(UNDER_CONSTRUCTION),
        "rail planned": marked(PLANNED),
        "intercity rail": marked((*CENTRAL, *HUBS)),
    }
    rules = {
        "rail 2020": "Part of the suburban rail programme in service at the start: the "
        "central districts have the metro; elsewhere none is in the collected data.",
        "rail under construction": "Plan clause T064.",
        "rail planned": "Plan clause T065.",
        "intercity rail": "Plan clause T071 (ten named hubs; T072 and T076 name the "
        "lines); the central districts hold the terminals.",
    }
    road = Provenance(
        unit="km",
        kind="derived",
        sources=[*_area_sources(facts), "analyst"],
        rule="Distance to yuzhong in distance.csv; yuzhong has its own radius.",
        error="20 %",
        column="road distance",
    )
    rail = [
        Provenance(
            unit="1",
            kind="plan" if name != "rail 2020" else "assumption",
            sources=["PLAN"] if name != "rail 2020" else ["PLAN", "analyst"],
            rule=rule,
            error="none" if name != "rail 2020" else "bishan is unclear",
            column=name,
        )
        for name, rule in rules.items()
    ]
    values = np.column_stack(list(columns.values()))
    return Table(
        "access_2020.csv", "region", REGIONS, tuple(columns), values, [road, *rail]
    )


def _housing_table(facts: Facts) -> Table:
    late = facts.vector("housing_floor_area_per_person", 2020)
    early = late / (1 + facts.choice("floor_area_growth")) ** 10
    areas = np.array([facts.area[region].value for region in REGIONS])
    census = facts.sources(["housing_floor_area_per_person"], [2020], REGIONS)
    entries = [
        Provenance(
            unit="m2/person",
            kind="statistic",
            sources=census,
            rule="Census, family households.",
            error="3 %",
            column="floor area per person 2020",
        ),
        Provenance(
            unit="m2/person",
            kind="assumption",
            sources=[*census, "analyst"],
            rule="2020 back with floor_area_growth of derivation.toml, all regions.",
            error="10 %",
            column="floor area per person 2010",
        ),
        Provenance(
            unit="km2",
            kind="statistic",
            sources=_area_sources(facts),
            rule="Area of regions.csv.",
            error="3 %; nanan and shapingba 5 %",
            column="area",
        ),
    ]
    return Table(
        "housing.csv",
        "region",
        REGIONS,
        tuple(entry.column for entry in entries),
        np.column_stack([late, early, areas]),
        entries,
    )


def _air_table(facts: Facts) -> Table:
    particles = facts.fact(MUNICIPALITY, 2020, "pm25")
    days = facts.fact(MUNICIPALITY, 2020, "good_air_day_share")
    entries = [
        Provenance(
            unit="ug/m3",
            kind="assumption",
            sources=[particles.source, "analyst"],
            rule="The city's yearly mean for every region.",
            error="5 for the city, 8 for a region",
            note="A memory row; officials confirm only that it met 35. No region's "
            "value is published.",
            column="fine particles 2020",
        ),
        Provenance(
            unit="1",
            kind="statistic",
            sources=[days.source, "analyst"],
            rule="Good days of the city over 366, for every region.",
            error="none for the city, 6 points for a region",
            note="guangan is known for 2018 only (88.8 %).",
            column="good air day share 2020",
        ),
    ]
    row = [particles.value, days.value / 100]
    return Table(
        "air.csv",
        "region",
        REGIONS,
        tuple(entry.column for entry in entries),
        np.tile(row, (len(REGIONS), 1)),
        entries,
    )
