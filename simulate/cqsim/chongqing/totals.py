"""Totals that were announced, or that must add up, and the rows that prove them."""

from collections.abc import Callable, Sequence

from cqsim.ledger.observed import Observations

CENSUS_YEARS = (2010, 2020)
STATED_2020 = {"cq21": 21_122_370, "central": 10_343_462, "metro": 24_377_253}
"""Persons, census of 2020; cq21 and central as announced (S_sushan)."""

URBAN_2020 = {"cq21": 78.52, "metro": 73.92}
"""Percent, from the same census."""

GDP_2020 = (20_480.0, 20_560.0)
"""10^8 CNY: the sum of the 22, between the lower and the upper choice of each conflict
(tongliang 629.99 or 661, hechuan 940.82 or 973.05, and others)."""

SHARE_SUM = 0.02
"""Percent: three shares, each rounded to 0.01."""

COUNTY_ROUNDING = 0.002
"""Mt CO2: 22 values and their sum, each rounded to 0.0001."""

INVENTORY_ROUNDING = 0.02
"""Mt CO2: fourteen values and their sum, each rounded to 0.001."""


def area_total(observed: Observations, variable: str, year: int, area: str) -> float:
    """Return the sum of a variable over the regions of an area."""
    return sum(observed.vector(variable, year, observed.settings.regions_of[area]))


def announced_population(observed: Observations) -> list[str]:
    """Return areas whose regions do not add up to the announced census totals."""
    faults = []
    for area, stated in STATED_2020.items():
        found = area_total(observed, "resident_population", 2020, area)
        if found != stated:
            faults.append(f"{area} has {found:.0f}, announced are {stated}")
    for area, share in URBAN_2020.items():
        people = area_total(observed, "resident_population", 2020, area)
        urban = 100 * area_total(observed, "urban_population", 2020, area) / people
        if round(urban, 2) != share:
            faults.append(f"{area} is {urban:.2f} % urban, not {share}")
    return faults


def stated_areas(observed: Observations) -> list[str]:
    """Return areas whose own census rows differ from the sum of their regions."""
    return [
        f"{row.region} {row.year} has {row.value:.0f}"
        for row in observed.rows("resident_population")
        if row.region in observed.settings.areas
        and row.vintage == "census"
        and row.value != area_total(observed, row.variable, row.year, row.region)
    ]


def ages_add_up(observed: Observations) -> list[str]:
    """Return regions whose age table does not add up to their population."""
    return [
        f"{region} {year}"
        for year in CENSUS_YEARS
        for region in (*observed.regions, "chongqing")
        if sum(observed.age_vector(region, year))
        != observed.value(region, "resident_population", year)
    ]


def urban_counts_give_shares(observed: Observations) -> list[str]:
    """Return regions whose urban count does not give their printed urban share."""
    faults = []
    for year in CENSUS_YEARS:
        for region in observed.regions:
            people = observed.value(region, "resident_population", year)
            urban = observed.value(region, "urban_population", year)
            share = observed.value(region, "urban_share", year)
            if abs(100 * urban / people - share) > SHARE_SUM / 2:
                faults.append(f"{region} {year}")
    return faults


def shares_add_up(observed: Observations) -> list[str]:
    """Return regions whose shares by age or by sector do not add up to 100 %."""
    ages = ("share_age_0_14", "share_age_15_59", "share_age_60_plus")
    work = tuple(
        f"employment_share_{name}" for name in ("primary", "secondary", "tertiary")
    )
    faults = []
    for names, years in ((ages, CENSUS_YEARS), (work, (2020,))):
        for year in years:
            for region in observed.regions:
                total = sum(observed.value(region, name, year) for name in names)
                if abs(total - 100) > SHARE_SUM:
                    faults.append(f"{region} {year}: {names[0]} and others, {total}")
    return faults


def product_of_2020(observed: Observations) -> list[str]:
    """Return the sum of GDP in 2020, where it leaves the range of its conflicts."""
    total = sum(observed.vector("gdp", 2020))
    low, high = GDP_2020
    if low <= total <= high:
        return []
    return [f"the 22 add up to {total:.2f}, expected are {low} to {high} 10^8 CNY"]


def inventory_adds_up(observed: Observations) -> list[str]:
    """Return years in which fuels or sectors of the CO2 inventory miss its total."""
    faults = []
    for row in observed.rows("co2_total", "chongqing"):
        year = observed.rows(region="chongqing", year=row.year)
        fuels = [r.value for r in year if r.variable.startswith("co2_fuel_")]
        fuels.append(observed.value("chongqing", "co2_process", row.year))
        sectors = [r.value for r in year if r.variable.startswith("co2_sector_")]
        for name, parts in (("fuels", fuels), ("sectors", sectors)):
            if abs(sum(parts) - row.value) > INVENTORY_ROUNDING:
                faults.append(f"{row.year}: {name} {sum(parts):.3f}, total {row.value}")
    return faults


def counties_add_up(observed: Observations) -> list[str]:
    """Return years in which county CO2 does not add up to that of the whole area."""
    return [
        f"{row.year}"
        for row in observed.rows("co2_county_model", "metro")
        if abs(sum(observed.vector("co2_county_model", row.year)) - row.value)
        > COUNTY_ROUNDING
    ]


def shares_in_range(observed: Observations) -> list[str]:
    """Return shares of a whole that are below 0 or above 100 %."""
    return [
        f"{row.region} {row.year} {row.variable} {row.value:g}"
        for row in observed
        if "share" in row.variable and not 0 <= row.value <= 100
    ]


TOTALS: Sequence[tuple[str, Callable[[Observations], list[str]]]] = (
    ("the census totals of 2020 are the announced ones", announced_population),
    ("census rows of areas are the sums of their regions", stated_areas),
    ("age tables add up to the population", ages_add_up),
    ("urban counts give the printed urban shares", urban_counts_give_shares),
    ("shares by age and by sector add up to 100 %", shares_add_up),
    ("shares lie between 0 and 100 %", shares_in_range),
    ("GDP of the 22 regions in 2020 is within its conflicts", product_of_2020),
    ("fuels and sectors add up to the CO2 inventory", inventory_adds_up),
    ("CO2 of the regions adds up to that of the area", counties_add_up),
)
"""Claim, and the function that returns where it does not hold."""
