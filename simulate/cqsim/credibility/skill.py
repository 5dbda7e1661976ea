"""Score the model on years that it was not fitted to, and on the census before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import numpy as np

from cqsim.case.case import Case
from cqsim.compile.ir import System
from cqsim.compile.lower import read_system
from cqsim.credibility.districts import RegionalSkill, regional_skill
from cqsim.credibility.forecasts import (
    KNOWN,
    Forecast,
    forecasts,
    next_forecasts,
    places_of,
    runs_from_jump_off,
    scored_preregistered,
    write_forecasts,
)
from cqsim.credibility.rulebook import CheckResult
from cqsim.credibility.scores import FORMS, PredictiveForecast, Score, score
from cqsim.credibility.skill_plan import (
    EVERY_REGION,
    FILE,
    Hindcast,
    Series,
    Shortfall,
    SkillPlan,
    Trial,
    read_skill_plan,
    refuse_unscored,
)
from cqsim.errors import UnknownNameError
from cqsim.language.vensim import parse_vensim
from cqsim.study.calibrate import fit_model, write_texts
from cqsim.study.checked import NameContext
from cqsim.study.evidence import ObservedQuantities, equations_of, simulate
from cqsim.tables import FIRST_YEAR

DRAWS = "posterior_draws.csv"
REGIONS = "all regions"
ENOUGH = 0.6
"""Share of regions in which the model is asked to be better than both rules."""

Details = Mapping[str, str]
"""What was seen, by the id of a check."""

Trials = Sequence[tuple[Shortfall, Sequence[tuple[Trial, Details]]]]
"""Every shortfall with the changes that were tried, and what each comes to."""


@dataclass(frozen=True, slots=True)
class Miss:
    """The error of a hindcast; relative unless the plan says absolute."""

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
    together; `regions` of each region; `by_region` says how many of them are forecast
    better, and whether the order of their growth comes out. `preregistered` were made
    before their year was published, each with the file that holds it.
    """

    plan: SkillPlan
    forecasts: tuple[Forecast, ...]
    areas: tuple[Score, ...]
    pooled: tuple[Score, ...]
    regions: tuple[Score, ...]
    misses: tuple[Miss, ...]
    by_region: tuple[RegionalSkill, ...] = ()
    preregistered: tuple[tuple[str, Forecast], ...] = ()

    def win_rate(self, series: str, origin: int) -> tuple[int, int]:
        """Return in how many regions the model beats both naive rules, and of all."""
        own = [s for s in self.regions if (s.series, s.origin) == (series, origin)]
        return sum(s.beats_last and s.beats_line for s in own), len(own)

    def results(self) -> list[CheckResult]:
        """Return a result for each series from the jump-off, and for each hindcast."""
        series = [r for each in self.plan.series for r in self._of_series(each)]
        return [*series, *(self._of_hindcast(each) for each in self.plan.hindcast)]

    def _of_series(self, series: Series) -> Iterator[CheckResult]:
        origin = self.plan.jump_off
        key = series.id, origin
        areas = [area for area in self.areas if (area.series, area.origin) == key]
        for area in areas:
            detail = (
                f"{area.place}: RMSE {area.rmse:.4g} {series.unit}, last value "
                f"{area.rmse_last:.4g}, line {area.rmse_line:.4g}"
            )
            title = f"{series.title}: better than both naive forecasts"
            holds = area.beats_last and area.beats_line
            yield CheckResult("skill", series.id, title, holds, detail, series.gate)
        if not areas:
            yield _unscored(series.id, series)
        wins, count = self.win_rate(*key)
        if count:
            (pooled,) = (s for s in self.pooled if (s.series, s.origin) == key)
            share = f"{100 * ENOUGH:.0f} %"
            title = f"{series.title}: better than both in {share} of regions"
            detail = (
                f"better than both in {wins} of {count} regions with data; all "
                f"together: RMSE {pooled.rmse:.3g}, last value {pooled.rmse_last:.3g}, "
                f"line {pooled.rmse_line:.3g}"
            )
            check, holds = f"{series.id}_by_region", wins >= ENOUGH * count
            yield CheckResult("skill", check, title, holds, detail, is_gate=False)

    def _of_hindcast(self, hindcast: Hindcast) -> CheckResult:
        own = [m for m in self.misses if m.hindcast == hindcast.id]
        check = f"hindcast_{hindcast.id}"
        if not own:
            return _unscored(check, hindcast)
        worst = max(own, key=lambda m: abs(m.miss))
        within = sum(m.is_within for m in own)
        times, unit = (1, "points") if hindcast.absolute else (100, "%")
        detail = (
            f"{within} of {len(own)} within {times * hindcast.limit:g} {unit}; worst "
            f"{worst.place} {worst.year}: {times * worst.miss:+.2g} {unit}"
        )
        holds = within == len(own)
        return CheckResult("skill", check, hindcast.title, holds, detail, hindcast.gate)


def _unscored(check: str, part: Series | Hindcast) -> CheckResult:
    """Return the result of what nothing published can score: it does not hold."""
    detail = "the ledger has no value to score it by"
    return CheckResult("skill", check, part.title, False, detail, part.gate)


def skill_of(case: Case) -> Skill:
    """Return the skill of the model of a case.

    Raises
    ------
    CqsimError
        The model, the plan or the ledger cannot be read.
    """
    scored = _Scored.of(case)
    folder = case.model_path.parent
    preregistered = tuple(scored_preregistered(folder, scored.plan, scored.quantities))
    return replace(scored.skill({}), preregistered=preregistered)


def preregister_forecasts(case: Case) -> Path:
    """Write forecasts of future years to the model's folder, and return their file."""
    scored = _Scored.of(case)
    made = next_forecasts(scored.system, scored.plan, scored.quantities)
    return write_forecasts(case.model_path.parent, made, scored.system.digest)


@dataclass(frozen=True, slots=True)
class _Scored:
    """The compiled model of a case, what is scored, and what was published."""

    case: Case
    system: System
    plan: SkillPlan
    quantities: ObservedQuantities

    @classmethod
    def of(cls, case: Case) -> "_Scored":
        path = case.needed(FILE, "cqsim skill")
        plan = read_skill_plan(path)
        quantities = ObservedQuantities.of(
            case, plan.grades, plan.deflator, plan.jump_off
        )
        refuse_unscored(path, NameContext(case.model, quantities))
        equations = equations_of([*plan.series, *plan.hindcast])
        # Years that bulletins have brought since the plan was written are scored too.
        scored = {series.observed for series in plan.series}
        known = {row.year for row in quantities.ledger if row.variable in scored}
        later = sorted(year for year in known if year > max(plan.years))
        plan = plan.model_copy(update={"years": (*plan.years, *later)})
        return cls(case, read_system(case.model_path, equations), plan, quantities)

    def skill(self, settings: Mapping[str, float]) -> Skill:
        """Return the skill with some of the model's constants set."""
        plan, all_regions = self.plan, self.quantities.all_regions
        made = forecasts(self.system, plan, self.quantities, settings)
        areas, pooled, regions = [], [], []
        for series in plan.series:
            for origin in plan.origins:
                by_place: dict[str, list[Forecast]] = {}
                for each in made:
                    if (each.series, each.origin) == (series.id, origin):
                        by_place.setdefault(each.place, []).append(each)
                whole = next((p for p in self._wholes() if p in by_place), "")
                if whole:
                    areas.append(score(by_place[whole], whole))
                own = {p: f for p, f in by_place.items() if p in all_regions}
                regions += [score(each, region) for region, each in own.items()]
                if own:
                    pooled.append(
                        score([f for fs in own.values() for f in fs], REGIONS)
                    )
        misses = tuple(self._misses(settings))
        scores = tuple(areas), tuple(pooled), tuple(regions)
        by_region = (
            *regional_skill(self._between_censuses(settings), all_regions, True),
            *regional_skill(made, all_regions),
        )
        return Skill(plan, tuple(made), *scores, misses, by_region)

    def _between_censuses(self, settings: Mapping[str, float]) -> list[Forecast]:
        """Return forecasts of the jump-off from the first census, which the fit knows.

        Series at constant prices have none: prices before the base year are not known.
        """
        plan, first = self.plan, min(self.case.years.censuses, default=None)
        series = tuple(
            each.model_copy(update={"line_from": FIRST_YEAR})
            for each in plan.series
            if not (each.deflated or each.stands_for)
        )
        if first is None or first >= plan.jump_off or not series:
            return []
        years = {"jump_off": first, "origins": (first,), "years": (plan.jump_off,)}
        earlier = plan.model_copy(update={**years, "series": series})
        return forecasts(self.system, earlier, self.quantities, settings)

    def _wholes(self) -> tuple[str, ...]:
        """Return the places that stand for the whole; the first of a series counts."""
        return (self.case.whole, KNOWN, *self.case.areas)

    def _misses(self, settings: Mapping[str, float]) -> Iterator[Miss]:
        """Yield the misses of a run from the first census, in the order of the plan."""
        hindcasts, quantities = self.plan.hindcast, self.quantities
        if not hindcasts:
            return
        end = max(year for hindcast in hindcasts for year in hindcast.years)
        first = min(self.case.years.censuses, default=self.plan.jump_off)
        runs = simulate(self.system, hindcasts, first, end, [settings])
        for hindcast in hindcasts:
            every = hindcast.places == EVERY_REGION
            for place in quantities.all_regions if every else (hindcast.places,):
                regions = quantities.regions(hindcast, place)
                for year in hindcast.years:
                    published = quantities.find(hindcast, place, year)
                    if published is None:
                        continue
                    observed = published.value
                    model = float(runs.values(hindcast, regions, year)[0])
                    miss = (model - observed) / (1.0 if hindcast.absolute else observed)
                    numbers = observed, model, miss, hindcast.limit
                    yield Miss(hindcast.id, place, year, *numbers)


def predictive_forecasts(case: Case) -> list[PredictiveForecast]:
    """Return every forecast of the plan in each form; nothing without a posterior.

    Raises
    ------
    CqsimError
        The model, the plan, the ledger or the draws cannot be read.
    """
    if not case.file(DRAWS).is_file():
        return []
    import pandas as pd

    draws = pd.read_csv(case.file(DRAWS))
    scored = _Scored.of(case)
    system, plan, quantities = scored.system, scored.plan, scored.quantities
    found = []
    for origin in plan.origins:
        one = runs_from_jump_off(system, plan, origin)
        many = runs_from_jump_off(system, plan, origin, draws=draws)
        for series in plan.series:
            for year in (y for y in plan.years if y > origin):
                for place in places_of(quantities, series, origin, year):
                    came = place.published(year)
                    if came is None or place.published(origin) is None:
                        continue
                    own = place.members(plan, one, origin, year)
                    drawn = place.members(plan, many, origin, year)
                    declared = series.deviation(float(own[0]), year - origin)
                    both = float(np.hypot(declared, came.deviation))
                    forms = ((own, both), (drawn, came.deviation), (drawn, both))
                    key = series.id, place.name, origin, came.value
                    found += [
                        PredictiveForecast(*key, form, members, deviation)
                        for form, (members, deviation) in zip(FORMS, forms, strict=True)
                    ]
    return found


def trials_of(case: Case) -> Trials:
    """Return the changes that the plan of a case tries, scored anew; none without one.

    Raises
    ------
    CqsimError
        The plan or the model cannot be read, or a change names what it does not have.
    """
    if not case.file(FILE).is_file():
        return []
    plan = read_skill_plan(case.file(FILE))
    return [
        (each, [(trial, details_of(case, trial)) for trial in each.tried])
        for each in plan.shortfall
    ]


def details_of(case: Case, trial: Trial) -> Details:
    """Return what every check of skill sees once a change is made to a copy."""
    with TemporaryDirectory() as scratch:
        folder = copytree(case.model_path.parent, Path(scratch) / "model")
        path = folder / case.model_path.name
        copy = replace(case, model_path=path)
        text = path.read_text(encoding="utf-8")
        path.write_text(replaced(path, text, trial.equations), encoding="utf-8")
        if trial.refit:
            write_texts(folder, fit_model(copy).file_texts())
        skill = _Scored.of(copy).skill(trial.set)
    return {result.check: result.detail for result in skill.results()}


def replaced(path: Path, text: str, equations: Mapping[str, str]) -> str:
    """Return a model's text with other right sides of some equations.

    Raises
    ------
    UnknownNameError
        The model has no equation with such a left side.
    """
    found = {
        definition.left: definition.value
        for definition in parse_vensim(path, text.encode()).definitions
        if definition.value is not None
    }
    for left in equations:
        if left not in found:
            raise UnknownNameError(FILE, "equation", left, sorted(found))
    for left in sorted(equations, key=lambda left: -found[left].start):
        start, end = found[left].start, found[left].end
        text = f"{text[:start]}{equations[left]}{text[end:]}"
    return text
