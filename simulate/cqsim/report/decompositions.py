"""What changed a number: flows of people, and the factors of emissions."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cqsim.errors import CqsimError
from cqsim.judge.measure import Floats, Measure, UndefinedIndicatorError
from cqsim.judge.outcome import Outcome
from cqsim.language.syntax import canonical
from cqsim.report.phrases import Phrase
from cqsim.report.plan import Kaya, People
from cqsim.report.probes import Laboratory
from cqsim.study.lmdi import lmdi


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
        """What the parts do not explain."""
        return self.end - self.start - sum(value for _, value in self.parts)


def of_people(laboratory: Laboratory, people: People) -> list[Decomposition]:
    """Return how births, deaths and moves change the number of people, by scope.

    The flows are saved at every step and summed as the model sums them, so that
    nothing is left over. Empty where the model has no such flows.
    """
    outcome = laboratory.outcome
    model = outcome.scenario.model
    rules = outcome.task.rules
    names = [flow.variable for flow in people.flows]
    step = outcome.task.clock.step
    if people.stock not in rules.indicators or step is None:
        return []
    if any(model.variable(name) is None for name in names):
        return []
    series = laboratory.runs([{}], names, save=step)[0]
    measure = Measure(outcome.result, rules.indicators, rules.scopes)
    whole, found = next(iter(rules.scopes)), []
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
                * _summed(series.values[flow.variable], regions, rules.scopes[whole]),
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


def of_emissions(outcome: Outcome, kaya: Kaya) -> list[Decomposition]:
    """Return the parts of the factors in the change of the last indicator of a chain.

    Logarithmic mean Divisia index, additive form (Ang 2005,
    doi:10.1016/j.enpol.2003.10.010), year by year and then summed: exact.
    """
    rules = outcome.task.rules
    if any(name not in rules.indicators for name in kaya.chain):
        return []
    measure = Measure(outcome.result, rules.indicators, rules.scopes)
    found = []
    for scope in kaya.scopes:
        try:
            paths = [measure.path(name, scope) for name in kaya.chain]
        except UndefinedIndicatorError:
            continue
        factors = [paths[0]] + [upper / lower for lower, upper in pairwise(paths)]
        parts = divisia(factors)
        titles = kaya.titles
        found.append(
            Decomposition(
                scope,
                kaya.chain[-1],
                _years(outcome),
                float(paths[-1][0]),
                tuple(zip(titles, parts, strict=True)),
                float(paths[-1][-1]),
            )
        )
    return found


def divisia(factors: Sequence[Floats]) -> list[float]:
    """Return each factor's part in the change of their product over all times.

    Parameters
    ----------
    factors : each (time,)
        Positive.
    """
    paths = np.array(factors)
    return [float(part) for part in lmdi(paths[:, :-1], paths[:, 1:]).sum(axis=1)]


def _years(outcome: Outcome) -> tuple[int, int]:
    times = outcome.result.times
    return int(times[0]), int(times[-1])
