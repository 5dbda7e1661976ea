"""Decompositions of a change: of population by flows, of emissions by factors."""

from collections.abc import Sequence
from dataclasses import dataclass

from cqsim.errors import CqsimError, InputFileError
from cqsim.judge.judged_run import JudgedRun
from cqsim.judge.measure import Floats, UndefinedIndicatorError
from cqsim.language.syntax import canonical
from cqsim.report.phrases import Phrase
from cqsim.report.plan import Kaya, People
from cqsim.study.attribution import effects_over_years
from cqsim.study.batch import run_again


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A number at the start, the parts that changed it in order, and at the end.

    `rest` is what the parts leave unexplained, in the same unit; exact methods leave
    nothing but rounding errors.
    """

    scope: str
    indicator: str
    years: tuple[int, int]
    start: float
    parts: tuple[tuple[Phrase, float], ...]
    end: float

    @property
    def rest(self) -> float:
        """The part of the change that no part explains."""
        return self.end - self.start - sum(value for _, value in self.parts)


def of_people(outcome: JudgedRun, people: People) -> list[Decomposition]:
    """Return how births, deaths and moves change the number of people, by scope.

    The flows are saved at every step and summed as the model sums them, so that
    nothing is left over. Empty where the model has no such flows.
    """
    model = outcome.scenario.model
    rules = outcome.case
    order = rules.scopes[rules.whole]
    names = [flow.variable for flow in people.flows]
    step = outcome.clock.step
    if people.stock not in rules.indicators or step is None:
        return []
    if any(model.variable(name) is None for name in names):
        return []
    series = run_again(outcome, names, save=step)
    measure = outcome.measure
    found = []
    for scope in people.scopes:
        try:
            regions = measure.regions(people.stock, scope)
            path = measure.path(people.stock, scope)
        except CqsimError:
            continue
        parts = tuple(
            (
                flow.title,
                flow.sign
                * people.scale
                * step
                * _summed(series.values[flow.variable], regions, order),
            )
            for flow in people.flows
        )
        years = _years(outcome)
        found.append(
            Decomposition(
                scope, people.stock, years, float(path[0]), parts, float(path[-1])
            )
        )
    return found


def _summed(values: Floats, regions: Sequence[str], order: Sequence[str]) -> float:
    """Return the sum over regions and over every step but the one at the end."""
    chosen = [[canonical(r) for r in order].index(canonical(r)) for r in regions]
    return float(values[:-1, chosen].sum())


def of_emissions(outcome: JudgedRun, kaya: Kaya) -> list[Decomposition]:
    """Return the parts of the factors in the change of the last indicator of a chain.

    They are those of `cqsim compare`; empty where the case does not name the factors.

    Raises
    ------
    InputFileError
        The case names another number of factors than the report has titles.
    """
    path = outcome.scenario.model.path.parent / "decompositions.toml"
    identity = outcome.case.decompositions.emissions
    rules, total = outcome.case, kaya.chain[-1]
    if identity is None or total not in rules.indicators:
        return []
    if len(identity.factor) != len(kaya.titles):
        what = f"it has {len(identity.factor)} factors, the report titles for "
        remedy = "Give each factor a title in [kaya] of report.toml."
        raise InputFileError(path, 0, f"{what}{len(kaya.titles)}", remedy)
    measure = outcome.measure
    found = []
    for scope in kaya.scopes:
        try:
            ends = measure.path(total, scope)[[0, -1]].tolist()
            effects = effects_over_years(identity, measure, scope).effects
        except UndefinedIndicatorError:
            continue
        parts = tuple(zip(kaya.titles, effects.sum(axis=1).tolist(), strict=True))
        years = _years(outcome)
        found.append(Decomposition(scope, total, years, ends[0], parts, ends[1]))
    return found


def _years(outcome: JudgedRun) -> tuple[int, int]:
    times = outcome.result.times
    return int(times[0]), int(times[-1])
