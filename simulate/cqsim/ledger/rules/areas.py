# ruff: noqa: D401  (a rule's docstring states the rule; RULES.md is made of it)
"""Rules R70-R71: the area of each region, proved by stated sums."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from cqsim.ledger.candidate import Candidate
from cqsim.ledger.places import CQ21, REGIONS

COMPILATION = "S_mapchina"
PLAN_AREA = Decimal(35000)
PLAN_TOLERANCE = Decimal("0.01")
DISTRICT_TOLERANCE = Decimal("0.001")


def area_of_a_region(rows: Sequence[Candidate]) -> Candidate:
    """Areas come from the one compilation that has nearly all districts.

    Other pages disagree about single districts (shapingba 383, nanan 274, dadukou 103),
    because each draws the city's inner borders in its own way; one compilation counts
    each strip of land once. bishan and guangan, which it lacks, have their own, newest,
    source. Qijiang includes Wansheng, Dazu includes Shuangqiao.
    """
    return min(rows, key=lambda row: (row.source != COMPILATION, -row.year))


def areas_add_up(areas: Mapping[str, Candidate], stated: Decimal) -> list[str]:
    """The areas must add up to the totals stated for 21 districts and for the whole.

    The 21 districts must give the published 28 657 km2 within 0.1 %, the 22 regions the
    plan's 35 000 within 1 %; else the build stops, since a wrong area would silently
    change every density of the model.
    """
    missing = [region for region in REGIONS if region not in areas]
    if missing:
        return [f"there is no area for {', '.join(missing)}"]
    total = sum((areas[region].value for region in REGIONS), Decimal())
    districts = sum((areas[region].value for region in CQ21), Decimal())
    faults = []
    if abs(total - PLAN_AREA) > PLAN_AREA * PLAN_TOLERANCE:
        faults.append(f"the 22 areas add up to {total} km2, the plan has {PLAN_AREA}")
    if abs(districts - stated) > stated * DISTRICT_TOLERANCE:
        faults.append(f"the 21 areas add up to {districts} km2, stated are {stated}")
    return faults
