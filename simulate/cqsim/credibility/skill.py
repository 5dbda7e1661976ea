"""Score the model on years that it was not fitted to, and on the census before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cqsim.case.case import Case
from cqsim.compile.ir import System
from cqsim.compile.lower import read_system
from cqsim.credibility.forecasts import (
    KNOWN,
    Forecast,
    forecasts,
)
from cqsim.credibility.kept import keep, next_forecasts, scored_kept
from cqsim.credibility.scores import Score, score
from cqsim.credibility.skill_check import REGIONS as EVERY_REGION
from cqsim.credibility.skill_check import read_skill_plan, refuse_unscored
from cqsim.credibility.skill_plan import Hindcast, SkillPlan
from cqsim.ledger.observed import Observations
from cqsim.study.published import Publications
from cqsim.study.quantity import Simulated, equations_of, simulate

FILE = "skill.toml"
FIRST_CENSUS = 2010
REGIONS = "all regions"
AREA = ("metro", KNOWN, "chongqing")
"""Places that stand for the whole, the first that a series has."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A hindcast beside what was published."""

    hindcast: str
    place: str
    year: int
    observed: float
    model: float
    miss: float
    limit: float

    @property
    def is_within(self) -> bool:
        """Whether the miss is within its limit."""
        return abs(self.miss) <= self.limit


@dataclass(frozen=True, slots=True)
class Skill:
    """All forecasts, their scores, and the hindcast.

    `areas` holds a score a series and origin of the whole; `pooled` of all regions
    together; `regions` of each region. `kept` are forecasts made before their year was
    published, each with the file that holds it.
    """

    plan: SkillPlan
    forecasts: tuple[Forecast, ...]
    areas: tuple[Score, ...]
    pooled: tuple[Score, ...]
    regions: tuple[Score, ...]
    misses: tuple[Miss, ...]
    kept: tuple[tuple[str, Forecast], ...] = ()


def skill_of(folder: Path, model: str = "metro.mdl") -> Skill:
    """Return the skill of the model in a folder.

    Raises
    ------
    CqsimError
        The model, the plan or the ledger cannot be read.
    """
    system, plan, publications = parts_of_skill(folder, model)
    kept = scored_kept(folder, plan, publications)
    return replace(measured(system, plan, publications), kept=tuple(kept))


def keep_forecasts(folder: Path, model: str = "metro.mdl") -> Path:
    """Keep forecasts of the years to come in the model's folder; return their file."""
    system, plan, publications = parts_of_skill(folder, model)
    return keep(folder, next_forecasts(system, plan, publications))


def parts_of_skill(folder: Path, model: str) -> tuple[System, SkillPlan, Publications]:
    """Return the compiled model, what is scored, and what was published."""
    plan = read_skill_plan(folder / FILE)
    scopes = Case.load(folder / model).scopes
    ledger = Observations.load(folder)
    publications = Publications(
        ledger, scopes, plan.grades, plan.deflator, plan.jump_off
    )
    refuse_unscored(folder / FILE, folder / model, publications)
    quantities = (*plan.series, *plan.hindcast)
    system = read_system(folder / model, equations_of(quantities))
    return system, _with_later_years(plan, ledger), publications


def _with_later_years(plan: SkillPlan, ledger: Observations) -> SkillPlan:
    """Return the plan with the years that bulletins have brought since."""
    scored = {series.observed for series in plan.series}
    last = max(plan.years)
    later = {r.year for r in ledger if r.variable in scored and r.year > last}
    return plan.model_copy(update={"years": (*plan.years, *sorted(later))})


def measured(
    system: System,
    plan: SkillPlan,
    publications: Publications,
    settings: Mapping[str, Any] | None = None,
) -> Skill:
    """Return the skill of a compiled model."""
    made = forecasts(system, plan, publications, settings)
    areas, pooled, regions = [], [], []
    for series in plan.series:
        for origin in plan.origins:
            own = [f for f in made if (f.series, f.origin) == (series.id, origin)]
            whole = next((p for p in AREA if any(f.place == p for f in own)), "")
            if whole:
                areas.append(score([f for f in own if f.place == whole], whole))
            of_regions = [f for f in own if publications.is_region(f.place)]
            if of_regions:
                pooled.append(score(of_regions, REGIONS))
            regions += [
                score([f for f in of_regions if f.place == region], region)
                for region in dict.fromkeys(f.place for f in of_regions)
            ]
    misses = _misses(system, plan, publications, settings or {})
    return Skill(
        plan, tuple(made), tuple(areas), tuple(pooled), tuple(regions), tuple(misses)
    )


def _misses(
    system: System,
    plan: SkillPlan,
    publications: Publications,
    settings: Mapping[str, Any],
) -> list[Miss]:
    """Return the misses of a run from the first census, in the order of the plan."""
    if not plan.hindcast:
        return []
    end = max(year for h in plan.hindcast for year in h.years)
    run = simulate(system, plan.hindcast, FIRST_CENSUS, end, settings)
    return [
        miss
        for hindcast in plan.hindcast
        for place in _places(hindcast, publications)
        for year in hindcast.years
        for miss in _miss(hindcast, run, publications, place, year)
    ]


def _places(hindcast: Hindcast, publications: Publications) -> Sequence[str]:
    if hindcast.places == EVERY_REGION:
        return publications.scopes["metro"]
    return (hindcast.places,)


def _miss(
    hindcast: Hindcast,
    run: Simulated,
    publications: Publications,
    place: str,
    year: int,
) -> list[Miss]:
    found = publications.find(hindcast, place, year)
    if found is None:
        return []
    model = run.value(hindcast, publications.regions(hindcast, place), year)
    difference = model - found.value
    miss = difference if hindcast.absolute else difference / found.value
    return [Miss(hindcast.id, place, year, found.value, model, miss, hindcast.limit)]
