"""Attribute a difference to changed settings, to factors or to flows.

Three exact methods, of which none leaves a residual: Shapley values of changes between
two runs (Shapley 1953), the additive logarithmic mean Divisia index of factors (LMDI-I,
Ang 2005, doi:10.1016/j.enpol.2003.10.010), and flows summed step by step.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

from cqsim.case.indicators import Term
from cqsim.case.registers import Identity, ShareFlows
from cqsim.judge.measure import Measure

Floats = NDArray[np.float64]
Value = Callable[[Sequence[int]], Floats]
"""From coalitions (bit i: change i is made) to outcomes (coalition, outcome)."""

MOST_EXACT = 10
"""Changes up to which every coalition is run: 2 to this power runs."""

PAIRS = 24
"""Orders drawn beyond that, each with its reverse."""

SEED = 20220800
"""Of the orders that are drawn; fixed, so that a comparison says the same twice."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """The parts of a difference.

    Attributes
    ----------
    parts : (change, outcome)
        In the unit of each outcome.
    total : (outcome,)
        The whole difference; the parts sum to it.
    error : (change, outcome)
        Standard error of each part; 0 where all coalitions were run.
    runs
        How many runs it took.
    """

    parts: Floats
    total: Floats
    error: Floats
    runs: int

    @property
    def exact(self) -> bool:
        """Whether all coalitions were run."""
        return not self.error.any()


def attribute(count: int, value: Value) -> Attribution:
    """Return the Shapley values of a number of changes.

    All coalitions are run for up to `MOST_EXACT` changes; beyond that the orders are
    sampled, which leaves an error in the parts and none in their sum.
    """
    if count <= MOST_EXACT:
        return _exact(count, value)
    return _sampled(count, value, np.random.default_rng(SEED))


def _exact(count: int, value: Value) -> Attribution:
    coalitions = range(1 << count)
    outcomes = value(coalitions)
    sizes = np.array([mask.bit_count() for mask in coalitions])
    masks = np.array(coalitions)
    parts = np.zeros((count, outcomes.shape[1]))
    for change in range(count):
        without = masks[(masks >> change) & 1 == 0]
        weights = np.array(
            [
                factorial(size) * factorial(count - size - 1) / factorial(count)
                for size in sizes[without]
            ]
        )
        gains = outcomes[without | (1 << change)] - outcomes[without]
        parts[change] = weights @ gains
    total = outcomes[-1] - outcomes[0]
    return Attribution(parts, total, np.zeros_like(parts), len(coalitions))


def _sampled(count: int, value: Value, random: np.random.Generator) -> Attribution:
    orders = []
    for _ in range(PAIRS):
        order = random.permutation(count)
        orders += [order, order[::-1]]
    chains = [[0, *np.cumsum(1 << order).tolist()] for order in orders]
    needed = sorted({mask for chain in chains for mask in chain})
    outcomes = dict(zip(needed, value(needed), strict=True))
    gains = np.empty((len(orders), count, len(outcomes[0])))
    for number, (order, chain) in enumerate(zip(orders, chains, strict=True)):
        path = np.array([outcomes[mask] for mask in chain])
        gains[number, order] = np.diff(path, axis=0)
    pairs = gains.reshape(PAIRS, 2, count, -1).mean(axis=1)
    error = pairs.std(axis=0, ddof=1) / np.sqrt(PAIRS)
    total = outcomes[needed[-1]] - outcomes[0]
    return Attribution(gains.mean(axis=0), total, error, len(needed))


NEAR = 0.5
"""How far from 1 a ratio may be for its logarithm to be taken from a difference."""


@dataclass(frozen=True, slots=True)
class FactorEffects:
    """The effect of each factor on the change of a total, by region (LMDI-I).

    Attributes
    ----------
    effects : (factor, region)
        In the total's unit; over factors they sum to `change`.
    change : (region,)
    """

    regions: tuple[str, ...]
    factors: tuple[str, ...]
    effects: Floats
    change: Floats

    @property
    def residual(self) -> float:
        """The largest part of a region's change that no factor explains."""
        return float(np.abs(self.effects.sum(axis=0) - self.change).max())


def logarithmic_mean(one: Floats, other: Floats) -> Floats:
    """Return the logarithmic mean of positive numbers, elementwise."""
    ratio = one / other
    same = one == other
    near = np.abs(ratio - 1.0) < NEAR
    # Of a ratio near 1 the difference knows more digits than the quotient does.
    log = np.where(
        near, np.log1p(np.where(near, (one - other) / other, 0)), np.log(ratio)
    )
    return np.where(same, one, (one - other) / np.where(same, 1.0, log))


def lmdi(before: Floats, after: Floats) -> Floats:
    """Return the effect of each factor on the change of the product.

    Parameters
    ----------
    before, after : (factor, region, ...)
        The factors of each region's total.

    Returns
    -------
    effects : (factor, region, ...)
        Where a factor is 0 or undefined at one end, the region's whole change counts
        as the first factor's.
    """
    sound = (np.isfinite(before) & (before > 0) & np.isfinite(after) & (after > 0)).all(
        0
    )
    first, last = np.where(sound, before, 1.0), np.where(sound, after, 1.0)
    weight = logarithmic_mean(last.prod(axis=0), first.prod(axis=0))
    effects = weight * np.log(last / first)
    change = np.nan_to_num(after.prod(axis=0)) - np.nan_to_num(before.prod(axis=0))
    effects = np.where(sound, effects, 0.0)
    effects[0] = np.where(sound, effects[0], change)
    return effects


def effects_over_years(
    identity: Identity, measure: Measure, scope: str
) -> FactorEffects:
    """Return the effects of factors over all saved years of a run alone.

    The index is chained: taken from each saved time to the next and summed. Where all
    years are known, this is what the index stands for, an integral along the way that
    the factors took; from the two ends alone it would depend on which they are (Ang
    2005). It is taken region by region, so that a shift between regions counts as the
    people and the output of those regions, and not as an intensity.
    """
    factors, total = _factors(identity, measure, scope)
    effects = lmdi(factors[:, :, :-1], factors[:, :, 1:]).sum(axis=2)
    change = total[:, -1] - total[:, 0]
    return FactorEffects(_regions(measure, scope), _ids(identity), effects, change)


def effects_between(
    identity: Identity, measures: tuple[Measure, Measure], year: int, scope: str
) -> FactorEffects:
    """Return the effects of factors from one run to another in the same year."""
    ends, totals = [], []
    for measure in measures:
        factors, total = _factors(identity, measure, scope)
        at = measure.position(identity.total, scope, year)
        ends.append(factors[:, :, at])
        totals.append(total[:, at])
    regions = _regions(measures[0], scope)
    change = totals[1] - totals[0]
    return FactorEffects(regions, _ids(identity), lmdi(*ends), change)


def _factors(identity: Identity, measure: Measure, scope: str) -> tuple[Floats, Floats]:
    """Return the factors (factor, region, time) and the total (region, time)."""

    def values(variable: str) -> Floats:
        term = Term(variable=variable)
        return measure.by_region("decomposition", term, scope)[:, 0]

    factors = []
    for factor in identity.factor:
        upper = values(factor.numerator)
        with np.errstate(divide="ignore", invalid="ignore"):
            lower = 1.0 if factor.denominator is None else values(factor.denominator)
            factors.append(upper / lower)
    return np.array(factors), values(identity.total)


def _ids(identity: Identity) -> tuple[str, ...]:
    return tuple(factor.id for factor in identity.factor)


def _regions(measure: Measure, scope: str) -> tuple[str, ...]:
    return measure.regions("decomposition", scope)


@dataclass(frozen=True, slots=True)
class ShareChange:
    """The change of a share between two years.

    Attributes
    ----------
    before, after
        The share at both ends, times the scale of its definition.
    parts : (component,)
        They sum to after less before.
    """

    scope: str
    before: float
    after: float
    components: tuple[str, ...]
    parts: Floats

    @property
    def residual(self) -> float:
        """The part of the change that no flow explains."""
        return abs(self.after - self.before - float(self.parts.sum()))


def share_change(
    flows: ShareFlows, measure: Measure, scope: str, first: int, last: int
) -> ShareChange:
    """Return the change of a share between two years of a run kept at every step.

    A step adds u to the part U and p to the whole P. The share s = U/P then moves by
    (u - s p)/(P + p), which is a sum over the flows: each flow's own u and p. Summed
    over the steps of a run by Euler's method, the parts give the whole change.
    """
    times = measure.times
    at = np.flatnonzero((times >= first - 1e-9) & (times <= last + 1e-9))
    steps, ends = at[:-1], at[1:]

    def summed(terms: Sequence[Term]) -> Floats:
        (found,) = measure.total("decomposition", terms, scope)
        return np.asarray(found)

    part, whole = (summed([Term(variable=n)]) for n in (flows.part, flows.whole))
    share = part / whole
    length = np.diff(times[at])
    parts = [
        float(
            np.sum(
                length
                * (summed(c.part)[steps] - share[steps] * summed(c.whole)[steps])
                / whole[ends]
            )
        )
        for c in flows.component
    ]
    return ShareChange(
        scope,
        flows.scale * float(share[at[0]]),
        flows.scale * float(share[at[-1]]),
        tuple(component.id for component in flows.component),
        flows.scale * np.array(parts),
    )
